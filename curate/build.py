"""`curate build`: annotation files (and media) to records, one split of one source at a time."""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

import builders
import schemas
from builders.reading import bytes_read, sha256_of
from curate import __version__
from curate.media_root import MediaRoot
from curate.staging import Staging, origin_key
from curate.store import ORIGIN, REJECTS, Manifest, fingerprint, locked, read_manifest
from schemas.arrow import to_table
from schemas.errors import BadRow
from schemas.record import Probed, Record, canonical, record_id, settle
from schemas.source import Files, Item, Located, Reject, Source

BATCH_ROWS = 8_192
BATCH_BYTES = 32 << 20


class Watch(Protocol):
    """What a build tells while it runs; see `curate.console`."""

    def rows(self, done: int, rejects: int) -> None:
        """Rows staged so far."""

    def media(self, done: int, total: int, failed: int) -> None:
        """Media files decoded so far."""

    def say(self, line: str) -> None:
        """One line that the user should read."""


@dataclass(frozen=True)
class Job:
    """One split of one source to build.

    Args:
        name: the source's name in this workspace; differs from `source.name` where
            `[sources.NAME] builder` is set.
        source: its declaration and reader.
        files: found on disk.
        media: its media root, or None when media are not at hand.
    """

    name: str
    source: Source
    files: Files
    media: MediaRoot | None = None

    @property
    def unit(self) -> str:
        """`<source>/<split>`, as the tables' folders are called."""
        return f"{self.name}/{self.files.split}"


@dataclass(frozen=True)
class Outcome:
    """What building a unit gave; `fresh` is False when it was up to date already."""

    unit: str
    counts: Mapping[str, Any]
    fresh: bool = True


def build(root: Path, job: Job, watch: Watch, *, force: bool = False) -> Outcome:
    """Build one unit into the workspace; taken up where an earlier run was interrupted.

    Nothing is done when inputs, parameters and code are those of the tables that are there.
    """
    with locked(root, job.unit):
        inputs = _inputs(job.files)
        manifest = _manifest(job, inputs)
        staging = Staging(root, job.unit, manifest.fingerprint)
        known = read_manifest(root / "records" / job.unit) if not force else None
        if known and known.fingerprint == manifest.fingerprint and not staging.unfinished:
            return Outcome(job.unit, known.counts, fresh=False)
        if known and known.fingerprint != manifest.fingerprint:
            watch.say(
                f"{job.unit}: inputs, parameters or code changed; the {known.counts['records']:,} "
                "records that are there are replaced"
            )
        if staging.open():
            watch.say(
                f"{job.unit}: inputs changed since an interrupted build; its rows are dropped"
            )
        probed = _probed(job, watch)
        _stage(job, staging, inputs.names, probed, watch)
        counts = staging.publish(inputs.hashes, manifest, probed.values())
        return Outcome(job.unit, counts)


def estimate(job: Job) -> dict[str, int]:
    """What building would do, without doing it: rows, media named, missing, still to decode."""
    rows = rejects = 0
    paths: dict[str, None] = {}
    for item in job.source.read(job.files):
        if isinstance(item, Reject):
            rejects += 1
        else:
            rows += 1
            paths[item.annotation.media.path] = None
    missing, todo = job.media.unprobed(paths) if job.media else (0, 0)
    return {
        "records": rows,
        "rejects": rejects,
        "media": len(paths),
        "missing_media": missing,
        "to_decode": todo,
    }


@dataclass(frozen=True)
class _Inputs:
    """The files of a job: what they are called in the tables, and their hashes."""

    names: Mapping[str, str]
    hashes: Mapping[str, str]
    facts: list[dict[str, Any]]


def _inputs(files: Files) -> _Inputs:
    paths = sorted({path for found in files.found.values() for path in found})
    common = Path(os.path.commonpath([path.parent for path in paths]))
    names = {str(path): path.relative_to(common).as_posix() for path in paths}
    hashes = {names[str(path)]: sha256_of(path) for path in paths}
    facts = [
        {
            "file": names[str(path)],
            "bytes": path.stat().st_size,
            "sha256": hashes[names[str(path)]],
        }
        for path in paths
    ]
    return _Inputs(names, hashes, facts)


def _manifest(job: Job, inputs: _Inputs) -> Manifest:
    """The manifest of what is about to be built, without counts."""
    parameters = {
        "builder": job.source.name,
        "options": dict(job.files.options),
        "media": None if job.media is None else str(job.media.root),
        "decoder": None if job.media is None else job.media.config.decoder,
    }
    listing = job.media.digest() if job.media else None
    key = fingerprint(job.unit, inputs.facts, parameters, listing, __version__, _code(job.source))
    return Manifest(key, __version__, inputs.facts, parameters, counts={})


def _code(source: Source) -> str:
    """A hash of the code that decides what a row becomes, a plug-in's own module included."""
    paths = {p for package in (schemas, builders) for p in Path(package.__path__[0]).rglob("*.py")}
    if own := sys.modules[source.read.__module__].__file__:
        paths.add(Path(own))
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _stage(
    job: Job,
    staging: Staging,
    names: Mapping[str, str],
    probed: Mapping[str, Probed],
    watch: Watch,
) -> None:
    """Read, settle and stage whatever is not staged yet."""
    done = staging.done()
    rows = sum(len(keys) for keys in done.values())
    if rows:
        watch.say(f"{job.unit}: {rows:,} rows of an interrupted build are kept")
    settler = _Settler(job, names, probed)
    todo = (i for i in job.source.read(job.files) if not _is_done(i, names, done))
    with _no_cycle_search():
        while items := _batch(todo):
            records, rejects = settler.tables(items)
            staging.append(records, rejects)
            rows += len(items)
            watch.rows(rows, settler.rejects)


def _batch(items: Iterator[Item]) -> list[Item]:
    """The next items: some thousand, or fewer where their file's rows are large."""
    until = bytes_read() + BATCH_BYTES
    batch = []
    for item in islice(items, BATCH_ROWS):
        batch.append(item)
        if bytes_read() > until:
            break
    return batch


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Rows hold no reference cycles; looking for some among them doubles the time of a build."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _probed(job: Job, watch: Watch) -> Mapping[str, Probed]:
    if job.media is None:
        return {}
    named = (i.annotation.media for i in job.source.read(job.files) if isinstance(i, Located))
    kinds = {media.path: media.kind for media in named}
    files = (path for path, kind in kinds.items() if kind != "frames")
    folders = (path for path, kind in kinds.items() if kind == "frames")
    probed = job.media.probe(files, watch.media)
    return probed | {path: job.media.folder(path) for path in folders}


def _is_done(item: Item, names: Mapping[str, str], done: Mapping[str, set[int]]) -> bool:
    if not done:
        return False
    keys = done.get(names[item.at.file])
    return keys is not None and origin_key(item.at.row, item.part) in keys


class _Settler:
    """Turns what a builder yields into the two tables of a batch."""

    def __init__(self, job: Job, names: Mapping[str, str], probed: Mapping[str, Probed]) -> None:
        self.job = job
        self.names = names
        self.probed = probed
        self.role = job.source.splits[job.files.split]
        self.rejects = 0

    def tables(self, items: list[Item]) -> tuple[pa.Table, pa.Table]:
        """Records and rejects of a batch, with the columns of `ORIGIN`."""
        records: list[Record] = []
        placed: list[Item] = []
        refused: list[tuple[Reject, str]] = []
        for item in items:
            settled = self._settled(item)
            if isinstance(settled, Record):
                records.append(settled)
                placed.append(item)
            else:
                refused.append(settled)
        self.rejects += len(refused)
        rejects = [
            [id, self.job.name, self.job.files.split, r.reason, r.message, canonical(r.raw)]
            for r, id in refused
        ]
        columns = list(zip(*rejects, strict=True)) or [()] * len(REJECTS.names)
        arrays = [pa.array(column, pa.string()) for column in columns]
        table = pa.Table.from_arrays(arrays, schema=REJECTS)
        return self._placed(to_table(records), placed), self._placed(table, [r for r, _ in refused])

    def _settled(self, item: Item) -> Record | tuple[Reject, str]:
        if isinstance(item, Reject):
            return item, self._raw_id(item)
        annotation = item.annotation
        try:
            return settle(
                annotation,
                source=self.job.name,
                split=self.job.files.split,
                role=self.role,
                licence=self.job.source.licence,
                probed=self.probed.get(annotation.media.path),
            )
        except BadRow as bad:
            id = record_id(self.job.name, self.job.files.split, annotation)
            key = bad.key or annotation.media.key
            return Reject(item.at, bad.reason, bad.message, item.raw, key, item.part), id

    def _raw_id(self, reject: Reject) -> str:
        """The id of a row that no record could be made of: its key and a hash of its text."""
        digest = hashlib.sha256(canonical([reject.raw, reject.part]).encode()).hexdigest()[:8]
        return "/".join((self.job.unit, reject.key or "-", digest))

    def _placed(self, table: pa.Table, items: Sequence[Item]) -> pa.Table:
        columns = (
            [self.names[item.at.file] for item in items],
            [item.at.row for item in items],
            [item.part for item in items],
        )
        for origin, values in zip(ORIGIN, columns, strict=True):
            table = table.append_column(origin, pa.array(values, origin.type))
        return table
