"""Opening annotation files: gzip by its magic bytes, UTF-8 (with or without a mark) or refused."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, TypeVar, cast

from schemas.errors import BadFile, MissingFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

F = TypeVar("F", bound=io.FileIO)

_BUFFER = 1 << 18


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A text stream of a plain or gzip file, newlines untouched.

    Raises:
        MissingFile: there is no such file.
        BadFile: not a regular file, not to be read by this user, not UTF-8, or a damaged gzip;
            raised while reading, too.
    """
    with _unpacked(path) as binary:
        start = binary.peek(2)[:2]
        if start in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
            raise _not_utf8(path, "it is UTF-16")
        with io.TextIOWrapper(cast(IO[bytes], binary), "utf-8-sig", newline="") as stream:
            try:
                yield stream
            except UnicodeDecodeError as bad:
                seen = f"byte 0x{bad.object[bad.start]:02x} is not UTF-8"
                raise _not_utf8(path, seen, line=_line_of_bad_byte(path)) from None


@contextmanager
def _unpacked(path: Path) -> Iterator[io.BufferedReader[_Counted] | gzip.GzipFile]:
    """The bytes of a file, unpacked where they are gzip."""
    with io.BufferedReader(_open(path, _Counted), _BUFFER) as raw:
        try:
            yield gzip.open(raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw
        except (EOFError, gzip.BadGzipFile, zlib.error) as bad:
            raise BadFile(
                f"damaged gzip: {bad}", file=str(path), hint="download it again"
            ) from None


def _open(path: Path, kind: type[F]) -> F:
    """A regular file, opened; a FIFO would wait for a writer for ever."""
    if not path.exists():
        raise MissingFile("no such file", file=str(path))
    if not stat.S_ISREG(path.stat().st_mode):
        raise BadFile("not a regular file", file=str(path), hint="give the annotation file itself")
    try:
        return kind(path)
    except PermissionError:
        raise BadFile("this user may not read it", file=str(path)) from None


def bytes_read() -> int:
    """Bytes of annotation files that this process has read so far, for progress."""
    return _Counted.total


class _Counted(io.FileIO):
    """A file that counts what is read of it."""

    total = 0

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        size = super().readinto(buffer)
        _Counted.total += size or 0
        return size


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes as stored, in hex.

    Raises:
        MissingFile: there is no such file.
        BadFile: not a regular file, or not to be read by this user.
    """
    with _open(path, io.FileIO) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _not_utf8(path: Path, seen: str, line: int | None = None) -> BadFile:
    hint = "write it again as UTF-8, e.g. iconv -f LATIN1 -t UTF-8"
    return BadFile(seen, file=str(path), row=line, hint=hint)


def _line_of_bad_byte(path: Path) -> int:
    """The 1-based line of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with _unpacked(path) as binary:
        while chunk := binary.read(_BUFFER):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as bad:
                return line + bad.object[: bad.start].count(b"\n")
            line += chunk.count(b"\n")
    return line
