"""What may be opened at all, and which files are images. Nothing here decodes."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from schemas.errors import MediaError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*")
_IMAGE_BRANDS = (b"avif", b"heic", b"heix", b"mif1")


def checked(path: str | Path) -> str:
    """The absolute path of a regular file that is not empty.

    Absolute, since FFmpeg reads `http:...` and `concat:...` as more than names.

    Raises:
        MediaError: `missing`, `not_a_file`, `empty` or `unreadable`.
    """
    where = os.path.abspath(path)  # noqa: PTH100 - resolving links would change the name shown
    try:
        facts = os.stat(where)  # noqa: PTH116
    except FileNotFoundError:
        raise MediaError("no such file", reason="missing", file=where) from None
    except (OSError, ValueError) as error:
        raise MediaError(f"cannot be opened: {error}", file=where) from None
    if not stat.S_ISREG(facts.st_mode):
        what = _KINDS.get(stat.S_IFMT(facts.st_mode), "no regular file")
        raise MediaError(f"it is {what}, not a file", reason="not_a_file", file=where)
    if facts.st_size == 0:
        raise MediaError("the file is empty", reason="empty", file=where)
    return where


def sha256(path: str) -> str:
    """Hex digest of a file's bytes.

    Raises:
        MediaError: `unreadable`.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"cannot be read: {error}", file=path) from None


def is_image(path: str) -> bool:
    """True for the still formats that Pillow reads; a GIF counts as a video."""
    with Path(path).open("rb") as file:
        head = file.read(16)
    if head.startswith(_IMAGE_STARTS):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return True
    return head[4:8] == b"ftyp" and head[8:12] in _IMAGE_BRANDS
