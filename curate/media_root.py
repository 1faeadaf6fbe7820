"""The folder that holds a source's media: finding published files in it, and probing them once.

A published path is looked for as it is, then without its leading folders, then by its name with
another ending; a file found elsewhere than published is flagged as relocated, and a name that two
files have is not guessed. Nothing outside the root is opened (unless `follow_links` allows the
links that lead there), and only regular files are.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from curate import __version__
from curate.config import MediaConfig
from curate.store import fingerprint
from schemas.errors import MediaError, MissingFile, WorkspaceError
from schemas.frames import PRESETS
from schemas.record import Probed

if TYPE_CHECKING:
    from curate.media import Probe

# What a probe says beyond the columns of a record's media.
FACTS = (
    "kind",
    "fps_real",
    "variable_rate",
    "rotation",
    "sample_aspect",
    "audio",
    "codec",
    "pixel_format",
    "container",
)

# Token counts are part of a probe, so other presets are other probes.
_PRESETS = [[name, plan.text(), budget.text()] for name, (plan, budget) in PRESETS.items()]

Progress = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Found:
    """What looking for a published path gave.

    Args:
        path: relative to the root, `/` throughout; the published one where none was found.
        relocated: it is not the published path.
        problem: word of `schemas.record.FLAGS`, or None.
        message: its cause and cure.
    """

    path: str
    relocated: bool = False
    problem: str | None = None
    message: str = ""


class MediaRoot:
    """The media root of one source.

    Args:
        root: the folder.
        cache: SQLite file of probes, shared by all sources of a workspace; safe to delete.
        config: how to decode.
        follow_links: a link may lead out of the root.

    Raises:
        MissingFile: the root is not a folder.
    """

    def __init__(
        self, root: Path, cache: Path, config: MediaConfig, *, follow_links: bool = False
    ) -> None:
        if not root.is_dir():
            hint = "check --videos, or media in curate.toml"
            raise MissingFile("no such folder of media", file=str(root), hint=hint)
        self.root = root.resolve()
        self.cache = cache
        self.config = config
        self.follow_links = follow_links

    @cached_property
    def _listing(self) -> dict[str, tuple[int, int]]:
        """Every file below the root: relative path -> (bytes, modification time in ns)."""
        return dict(sorted(_walk(self.root, follow_links=self.follow_links)))

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        stems = defaultdict(list)
        for path in self._listing:
            stems[PurePosixPath(path).stem].append(path)
        return stems

    def digest(self) -> str:
        """A hash of what the folder holds: names, sizes and times, not contents."""
        return fingerprint([[path, *facts] for path, facts in self._listing.items()])

    def find(self, published: str) -> Found:
        """The file for a published path."""
        path = PurePosixPath(published)
        parts = path.parts
        if path.is_absolute() or ".." in parts:
            cause = "its path climbs out of the media root; mend the annotation"
            return Found(published, problem="unreadable_media", message=cause)
        if published in self._listing or os.path.lexists(self.root / path):
            return self._judged(published, published)
        for start in range(1, len(parts)):
            candidate = "/".join(parts[start:])
            if candidate in self._listing:
                return self._judged(candidate, published)
        others = self._by_stem.get(path.stem, [])
        if len(others) == 1:
            return self._judged(others[0], published)
        cause = f"no such file in {self.root}; put it there, or check --videos"
        if others:
            cause = (
                f"{len(others)} files have this name ({', '.join(others[:3])}) and none the "
                "published path; put the right one there"
            )
        return Found(published, problem="missing_media", message=cause)

    def probe(
        self, published: Iterable[str], progress: Progress = lambda done, total, failed: None
    ) -> dict[str, Probed]:
        """What decoding says of each published path; files probed before are not read again.

        Args:
            published: paths as the annotations name them; one that is no text gets no answer.
            progress: called with files done, files to do and files that failed.
        """
        found = {path: self.find(path) for path in dict.fromkeys(published) if _is_text(path)}
        wanted = dict.fromkeys(f.path for f in found.values() if f.problem is None)
        with closing(_Cache(self.cache)) as cache:
            known = {path: kept for path in wanted if (kept := cache.read(self._cache_key(path)))}
            todo = [path for path in wanted if path not in known or _again(known[path])]
            failed = 0
            progress(0, len(todo), failed)
            for done, (path, values) in enumerate(self._probed(todo), start=1):
                known[path] = values
                cache.write(self._cache_key(path), values)
                failed += values.problem is not None
                progress(done, len(todo), failed)
        return {path: _joined(f, known.get(f.path)) for path, f in found.items()}

    def folder(self, published: str) -> Probed:
        """A folder of frames: its files are counted, none is decoded."""
        found = self.find(published)
        where = self.root / found.path
        inside = self.follow_links or where.resolve().is_relative_to(self.root)
        if found.problem == "missing_media" or not where.is_dir() or not inside:
            message = found.message or "it is a file, not a folder of frames"
            return Probed(published, problem=found.problem or "unreadable_media", message=message)
        frames = sum(entry.is_file() for entry in os.scandir(where))
        return Probed(found.path, found.relocated, frames=frames, facts={"kind": "frames"})

    def why(self, published: str) -> str:
        """Cause and cure of a path that is missing or unreadable, by what is known; none decoded.

        Args:
            published: the path that the annotation names, or where the file was found.
        """
        found = self.find(published)
        if found.problem is not None:
            return found.message
        with closing(_Cache(self.cache)) as cache:
            kept = cache.read(self._cache_key(found.path))
        cause = kept.message if kept else "it could not be decoded"
        return f"{cause}; download it again, or give another copy"

    def unprobed(self, published: Iterable[str]) -> tuple[int, int]:
        """How many of the paths are missing, and how many files are still to be decoded."""
        found = [self.find(path) for path in dict.fromkeys(published)]
        there = {f.path for f in found if f.problem is None}
        with closing(_Cache(self.cache)) as cache:
            kept = [cache.read(self._cache_key(path)) for path in there]
        todo = sum(probed is None or _again(probed) for probed in kept)
        return sum(f.problem == "missing_media" for f in found), todo

    def _probed(self, paths: list[str]) -> Iterator[tuple[str, Probed]]:
        if not paths:
            return
        from curate.media import Pool

        workers = self.config.workers or os.cpu_count() or 1
        names = {str(self.root / path): path for path in paths}
        with Pool(
            workers=min(workers, len(paths)),
            time_limit_s=self.config.time_limit_s,
            backend=self.config.decoder,
        ) as pool:
            for where, result in pool.probe([self.root / path for path in paths]):
                path = names[str(where)]
                yield path, _probed(path, result)

    def _judged(self, path: str, published: str) -> Found:
        """Refuse what leads out of the root or is no regular file; nothing is opened here."""
        if not _is_text(path):
            cause = f"it is found as {path!a}, which is no UTF-8; rename it"
            return Found(published, problem="unreadable_media", message=cause)
        full = os.path.join(self.root, path)  # noqa: PTH118 - as fast as the others here
        real = Path(os.path.realpath(full))
        relocated = path != published
        if not self.follow_links and not real.is_relative_to(self.root):
            cure = "it is a link out of the media root; follow_links = true allows that"
            return Found(path, relocated, "unreadable_media", cure)
        if not os.path.isfile(real):  # noqa: PTH113 - false, too, where this user may not look
            what = "a broken link" if os.path.islink(full) else _kind(real)  # noqa: PTH114
            cause = f"it is {what}, not a file; put the file there"
            return Found(path, relocated, "unreadable_media", cause)
        return Found(path, relocated)

    def _cache_key(self, path: str) -> str:
        where = str(self.root / path)
        facts = self._listing.get(path) or _facts(where)
        return fingerprint(where, facts, self.config.decoder, __version__, _PRESETS)


class _Cache:
    """Probes by key, on disk; each is kept at once, so that an interruption loses none.

    Raises:
        WorkspaceError: the file is no cache.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
        try:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute("create table if not exists probes (key text primary key, value text)")
        except sqlite3.DatabaseError as bad:
            self._db.close()
            hint = "delete it: media are then decoded again"
            raise WorkspaceError(f"{bad}", file=str(path), hint=hint) from None

    def read(self, key: str) -> Probed | None:
        """The stored probe, or None."""
        row = self._db.execute("select value from probes where key = ?", (key,)).fetchone()
        return Probed(**json.loads(row[0])) if row else None

    def write(self, key: str, probed: Probed) -> None:
        """Keep a probe."""
        text = json.dumps(asdict(probed))
        self._db.execute("insert or replace into probes values (?, ?)", (key, text))

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _probed(path: str, result: Probe | MediaError) -> Probed:
    if isinstance(result, MediaError):
        message = f"{result.reason}: {result.message}"
        return Probed(path, problem="unreadable_media", message=message)
    return Probed(
        path,
        duration_s=result.duration_s,
        fps=result.fps,
        frames=result.frames,
        width=result.width,
        height=result.height,
        sha256=result.sha256,
        facts={name: getattr(result, name) for name in FACTS}
        | {
            "notes": list(result.notes),
            "tokens": [[name, *count] for name, count in result.tokens.items()],
        },
    )


def _joined(found: Found, probed: Probed | None) -> Probed:
    if probed is None:
        return Probed(found.path, found.relocated, found.problem, found.message)
    return Probed(**{**asdict(probed), "path": found.path, "relocated": found.relocated})


def _again(probed: Probed) -> bool:
    """True for a failure that may not come again: a machine that was busy runs into time limits."""
    return probed.problem is not None and probed.message.startswith("timeout")


def _walk(root: Path, *, follow_links: bool) -> Iterator[tuple[str, tuple[int, int]]]:
    """Every file below the root, in no order; a linked folder once, and only one that is outside.

    A folder linked from inside the root is listed under its own name alone.
    """
    start = len(str(root)) + 1
    seen = {str(root)}
    for folder, folders, files in os.walk(root, followlinks=follow_links):
        folders[:] = [name for name in folders if _is_new(folder, name, root, seen)]
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - a million of these
            yield path[start:], _facts(path)


def _is_text(path: str) -> bool:
    """False for a name that no text column can hold."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_new(folder: str, name: str, root: Path, seen: set[str]) -> bool:
    """False for a link to a folder that is walked anyway, or that holds the root itself."""
    path = os.path.join(folder, name)  # noqa: PTH118
    if not os.path.islink(path):  # noqa: PTH114
        return True
    real = os.path.realpath(path)
    if real in seen or Path(real).is_relative_to(root) or root.is_relative_to(real):
        return False
    seen.add(real)
    return True


def _facts(path: str) -> tuple[int, int]:
    """Bytes and modification time of the file a link leads to; of the link if that is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        found = os.lstat(path)
    return found.st_size, found.st_mtime_ns


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "a FIFO, socket or device"
