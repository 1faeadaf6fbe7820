"""The workspace on disk: tables of Parquet parts with manifests, locks, and views to read them.

A unit of work is one split of one source. `records/`, `rejects/` and `provenance/` each hold a
folder a unit, sorted by id, with a `manifest.json`; `probes/` keeps what decoding found of each
media file. A folder without a manifest is no table.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.arrow import RECORDS
from schemas.arrow import VERSION as SCHEMA_VERSION
from schemas.errors import WorkspaceError

ROW_GROUP = 4_096
PART_ROWS = 64 * ROW_GROUP

REJECTS = pa.schema(
    [
        pa.field(n, pa.string(), nullable=False)
        for n in ("id", "source", "split", "reason", "message", "raw")
    ],
    metadata={"curate.schema": str(SCHEMA_VERSION)},
)
ORIGIN = [
    pa.field("file", pa.string(), nullable=False),
    pa.field("row", pa.int64(), nullable=False),
    pa.field("part", pa.int32(), nullable=False),
]
PROVENANCE = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("table", pa.string(), nullable=False),
        *ORIGIN,
        pa.field("sha256", pa.string(), nullable=False),
    ],
    metadata={"curate.schema": str(SCHEMA_VERSION)},
)
PROBES = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("problem", pa.string()),
        pa.field("message", pa.string(), nullable=False),
        pa.field("kind", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field("duration_s", pa.float64()),
        pa.field("frames", pa.int64()),
        pa.field("fps", pa.float64()),
        pa.field("fps_real", pa.float64()),
        pa.field("variable_rate", pa.bool_()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("rotation", pa.int32()),
        pa.field("sample_aspect", pa.string()),
        pa.field("audio", pa.bool_()),
        pa.field("codec", pa.string()),
        pa.field("pixel_format", pa.string()),
        pa.field("container", pa.string()),
        pa.field("notes", pa.list_(pa.string()), nullable=False),
        pa.field(
            "tokens",
            pa.list_(
                pa.struct([("preset", pa.string()), ("frames", pa.int32()), ("tokens", pa.int32())])
            ),
            nullable=False,
        ),
    ],
    metadata={"curate.schema": str(SCHEMA_VERSION)},
)
TABLES = {"records": RECORDS, "rejects": REJECTS, "provenance": PROVENANCE, "probes": PROBES}


@dataclass(frozen=True)
class Part:
    """One Parquet file of a table."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a table of a unit was made from; written last, so that a table without one is none.

    Args:
        fingerprint: hash of inputs, parameters and code; the same one need not be built again.
        code: version of curate.
        inputs: the files read, each with name, bytes and sha256.
        parameters: everything else that the rows depend on.
        counts: rows, rejects by reason, flags.
        parts: the Parquet files.
    """

    fingerprint: str
    code: str
    inputs: list[dict[str, Any]]
    parameters: dict[str, Any]
    counts: dict[str, Any]
    parts: list[Part] = field(default_factory=list)
    schema: int = SCHEMA_VERSION


def fingerprint(*parts: object) -> str:
    """A hash of values that JSON can hold, whatever the order of their keys.

    File names that are no UTF-8, which Python holds as lone surrogates, are hashed too.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, also across a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a table's folder, or None where the table is not complete.

    Raises:
        WorkspaceError: it was written by another version of the schema, or is damaged.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        return None
    hint = "build the source again with --force"
    try:
        values = json.loads(path.read_text("utf-8"))
        version = values["schema"]
        if version == SCHEMA_VERSION:
            return Manifest(**{**values, "parts": [Part(**part) for part in values["parts"]]})
    except (ValueError, TypeError, KeyError):
        raise WorkspaceError("it is damaged", file=str(path), hint=hint) from None
    raise WorkspaceError(
        f"written with schema version {version}, this is {SCHEMA_VERSION}",
        file=str(path),
        hint=hint,
    )


class PartWriter:
    """Writes rows into `part-00000.parquet`, ...; the bytes do not depend on the batches given."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.folder = folder
        self.schema = schema
        self.parts: list[Part] = []
        self._rows: list[pa.Table] = []
        self._held = 0
        self._writer: pq.ParquetWriter | None = None
        self._written = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, table: pa.Table) -> None:
        """Append rows; whole row groups are written, the rest is held."""
        self._rows.append(table.cast(self.schema))
        self._held += table.num_rows
        while self._held >= ROW_GROUP:
            self._write(ROW_GROUP)

    def close(self) -> list[Part]:
        """Write what is held and return the parts; an empty table has one part of no rows."""
        if self._held or not (self.parts or self._writer):
            self._write(self._held)
        self._end_part()
        return self.parts

    def _write(self, rows: int) -> None:
        held = pa.concat_tables(self._rows) if self._rows else self.schema.empty_table()
        if self._writer is None:
            self._writer = parquet_writer(self._path(), self.schema)
        self._writer.write_table(held.slice(0, rows).combine_chunks(), row_group_size=ROW_GROUP)
        self._rows = [held.slice(rows)]
        self._held -= rows
        self._written += rows
        if self._written >= PART_ROWS:
            self._end_part()

    def _end_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            path = self._path()
            with path.open("rb") as file:
                os.fsync(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self.parts.append(Part(path.name, self._written, digest))
            self._writer, self._written = None, 0

    def _path(self) -> Path:
        return self.folder / f"part-{len(self.parts):05d}.parquet"


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer whose bytes are the same for the same rows: every setting is fixed."""
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=3,
        version="2.6",
        data_page_version="1.0",
    )


@contextmanager
def locked(root: Path, unit: str) -> Iterator[None]:
    """Hold a unit of work for this process; it is let go when the process ends, however it ends.

    Raises:
        WorkspaceError: another process holds it.
    """
    path = root / ".staging" / f"{unit.replace('/', '.')}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "wait for it, or stop it: its work is kept"
            raise WorkspaceError(f"another process is working on {unit}", hint=hint) from None
        yield


def units(root: Path, table: str = "records") -> list[str]:
    """The complete units `<source>/<split>` of a table, sorted."""
    folder = root / table
    found = folder.glob("*/*/manifest.json") if folder.is_dir() else []
    return sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in found)


def connect(root: Path, only: Sequence[str] | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the views `records`, `rejects`, `provenance` and `probes`.

    `rejects` also has the columns `file` and `row`.

    Args:
        root: the workspace.
        only: units to read; all where None.
    """
    connection = duckdb.connect()
    for name, schema in TABLES.items():
        wanted = units(root, name) if only is None else only
        paths = [p for unit in wanted for p in sorted((root / name / unit).glob("part-*.parquet"))]
        if paths:
            view(connection, name, paths)
        else:
            connection.register(f"no_{name}", schema.empty_table())
            connection.execute(f"create view {name} as select * from no_{name}")
    connection.execute(
        "create view located_rejects as select r.*, p.file, p.row from rejects r "
        "left join (select * from provenance where \"table\" = 'rejects') p using (id)"
    )
    return connection


def view(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    """Make Parquet files a view."""
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    connection.execute(f"create or replace view {name} as select * from read_parquet([{quoted}])")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
