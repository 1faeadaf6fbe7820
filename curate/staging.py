"""Staged batches: how a unit of work grows row by row and becomes tables.

A batch under `.staging/` is there whole or not at all, so a process killed at any instant loses
at most the one in flight. A new run takes up what is left with an anti-join on where each row came
from. When all is staged, the batches are sorted by id into tables. Their bytes depend on the rows
alone: not on their order, on batches or on interruptions.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.store import (
    ORIGIN,
    PROBES,
    PROVENANCE,
    REJECTS,
    ROW_GROUP,
    Manifest,
    Part,
    PartWriter,
    sync_folder,
    view,
    write_atomic,
)
from schemas.arrow import RECORDS
from schemas.record import Probed

STAGED_GROUP = 2_048
STAGED_BYTES = 4 << 20
RANGE_BYTES = 16 << 20
# Key of a staged file: bytes of its rows in memory, which repeated values take on disk only once.
_SIZE = b"curate.bytes"
SORT_MEMORY = "192MB"


class Staging:
    """The batches of one unit of work, on their way to become tables.

    Args:
        root: the workspace.
        unit: `<source>/<split>`.
        key: fingerprint of inputs, parameters and code; batches staged under another one are
            dropped by `open`.
    """

    def __init__(self, root: Path, unit: str, key: str) -> None:
        self.root = root
        self.unit = unit
        self.key = key
        self.folder = root / ".staging" / unit
        self._batches = 0

    def open(self) -> bool:
        """Make the folder ready; True when rows staged for other inputs had to be dropped.

        The folder is moved away before it is emptied: a run killed half-way through must not leave
        batches that the next one would take for its own.
        """
        shutil.rmtree(self._spent(), ignore_errors=True)
        dropped = 0
        if self.folder.exists() and not self.unfinished:
            dropped = len(self._staged())
            self._drop()
        if not self.folder.exists():
            write_atomic(self.folder / "key", self.key.encode())
        self._batches = len(self._staged())
        return dropped > 0

    @property
    def unfinished(self) -> bool:
        """True when an earlier run of the same inputs did not come to its end."""
        marker = self.folder / "key"
        return marker.is_file() and marker.read_text() == self.key

    def append(self, records: pa.Table, rejects: pa.Table) -> None:
        """Stage one batch; both tables have the columns of `ORIGIN` beside their own.

        The batch counts once its records file is in place, which is written last. Rows are
        sorted in small row groups, so that a range of ids is read without the others.
        """
        for name, table in (("rejects", rejects), ("records", records)):
            path = self.folder / f"{name}-{self._batches:05d}.parquet"
            temporary = path.with_name(f".{path.name}.tmp")
            facts = {**(table.schema.metadata or {}), _SIZE: str(table.nbytes)}
            rows = table.sort_by("id").replace_schema_metadata(facts)
            group = min(STAGED_GROUP, 1 + STAGED_BYTES * table.num_rows // (table.nbytes + 1))
            pq.write_table(rows, temporary, compression="lz4", row_group_size=group)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        sync_folder(self.folder)
        self._batches += 1

    def done(self) -> dict[str, set[int]]:
        """Where the staged rows came from: by file, numbers made by `origin_key`."""
        found: dict[str, set[int]] = defaultdict(set)
        for path in (p for name in ("records", "rejects") for p in self.paths(name)):
            columns = pq.read_table(path, columns=["file", "row", "part"]).to_pydict()
            for file, row, part in zip(*columns.values(), strict=True):
                found[file].add(origin_key(row, part))
        return found

    def paths(self, name: str) -> list[Path]:
        """The committed batches of a table."""
        return [self.folder / f"{name}-{number:05d}.parquet" for number in range(self._batches)]

    def publish(
        self, hashes: Mapping[str, str], manifest: Manifest, probes: Iterable[Probed] | None = ()
    ) -> dict[str, Any]:
        """Sort the batches into the unit's tables, write their manifests, return the counts.

        Args:
            hashes: sha256 of each file that `ORIGIN` names.
            manifest: without counts and parts, which are filled in.
            probes: what is known of each media file; none without a media root; None leaves the
                table as it is.
        """
        new, old = self.folder / "new", self.folder / "old"
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
        with _sorter(self.folder / "spill") as connection:
            parts, renamed = self._sorted(connection, new, hashes)
            counts = self._counts(connection, renamed)
        if probes is not None:
            parts["probes"] = _write_probes(new / "probes", probes)
        for table, written in parts.items():
            values = asdict(manifest) | {"counts": counts, "parts": [asdict(p) for p in written]}
            text = json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            write_atomic(new / table / "manifest.json", text.encode())
        for table in parts:
            _swap(new / table, self.root / table / self.unit, old / table)
        self._drop()
        return counts

    def _staged(self) -> list[Path]:
        return list(self.folder.glob("records-*.parquet"))

    def _drop(self) -> None:
        self.folder.replace(self._spent())
        shutil.rmtree(self._spent())

    def _spent(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.spent")

    def _sorted(
        self, connection: duckdb.DuckDBPyConnection, new: Path, hashes: Mapping[str, str]
    ) -> tuple[dict[str, list[Part]], int]:
        """Write the tables; their parts, and how many records had an id that was taken."""
        renamed = 0
        provenance = PartWriter(new / "provenance", PROVENANCE)
        parts = {}
        for name, schema in (("records", RECORDS), ("rejects", REJECTS)):
            writer = PartWriter(new / name, schema)
            paths = self.paths(name)
            if paths:
                view(connection, name, paths)
            else:
                connection.register(name, _placed(schema).empty_table())
            for batch in _in_order(connection, name, schema, paths):
                writer.add(batch.select(schema.names))
                provenance.add(_provenance(batch, name, hashes))
                renamed += _renamed(batch) if name == "records" else 0
            parts[name] = writer.close()
        return parts | {"provenance": provenance.close()}, renamed

    def _counts(self, connection: duckdb.DuckDBPyConnection, renamed: int) -> dict[str, Any]:
        def count(sql: str) -> dict[str, int]:
            return {str(key): int(n) for key, n in connection.sql(sql).fetchall()}

        flags = count("select unnest(flags) as flag, count(*) from records group by flag")
        if renamed:
            flags["duplicate_id"] = renamed
        reasons = count("select reason, count(*) from rejects group by reason")
        rows, media, missing = connection.sql(
            "select count(*), count(distinct media.path), count(distinct media.path) "
            "filter ('missing_media' in flags) from records"
        ).fetchall()[0]
        return {
            "records": rows,
            "rejects": sum(reasons.values()),
            "clamped": flags.get("clamped", 0),
            "media": media,
            "missing_media": missing,
            "flags": dict(sorted(flags.items())),
            "reasons": dict(sorted(reasons.items())),
        }


def origin_key(row: int, part: int) -> int:
    """One number for a row of a file and its part."""
    return row << 20 | part


@contextmanager
def _sorter(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sorts more rows than memory holds, on disk.

    Raises:
        KeyboardInterrupt: Ctrl-C, which DuckDB tells as an error of its own.
    """
    spill.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": SORT_MEMORY,
        "temp_directory": str(spill),
        "threads": 2,
    }
    with duckdb.connect(config=settings) as connection:
        try:
            yield connection
        except RuntimeError as stopped:
            if "Query interrupted" in str(stopped):
                raise KeyboardInterrupt from None
            raise


def _in_order(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, paths: Sequence[Path]
) -> Iterator[pa.Table]:
    """All rows of a view in the order of their ids, ids made unique, with the columns of `ORIGIN`.

    The ids are cut into ranges of some 16 MB, and one range at a time is sorted: memory stays flat
    however many rows there are, and however large. The cuts are taken from the ids whose hash ends
    in ten zero bits; they have no influence on the result.
    """
    columns = ", ".join(f'"{column}"' for column in (*schema.names, "file", "row", "part"))
    sample = connection.sql(f"select id from {name} where hash(id) % 1024 = 0 order by id")
    cuts = [row[0] for row in sample.fetchall()][:: _rows_in(RANGE_BYTES, paths) // 1024 or 1]
    for low, high in zip(["", *cuts], [*cuts, None], strict=True):
        below = "" if high is None else "and id < ?"
        bounds = [low] if high is None else [low, high]
        rows = connection.sql(
            f"select {columns} from {name} where id >= ? {below} order by id", params=bounds
        )
        yield _without_twins(connection, name, rows.to_arrow_table().cast(_placed(schema)))


def _rows_in(size: int, paths: Sequence[Path]) -> int:
    """How many rows of average size these bytes hold, at most 32k."""
    rows = total = 0
    for path in paths:
        facts = pq.read_metadata(path)
        rows += facts.num_rows
        total += int(facts.metadata[_SIZE])
    return min(size * rows // max(total, 1), 32_768)


def _write_probes(folder: Path, probes: Iterable[Probed]) -> list[Part]:
    """One row a file, sorted by path."""
    writer = PartWriter(folder, PROBES)
    rows = sorted({one.path: one for one in probes}.items())
    for start in range(0, len(rows), ROW_GROUP):
        values = [_probe_row(one) for _, one in rows[start : start + ROW_GROUP]]
        writer.add(pa.Table.from_pylist(values, schema=PROBES))
    return writer.close()


def _probe_row(one: Probed) -> dict[str, Any]:
    known: dict[str, Any] = {name: getattr(one, name, None) for name in PROBES.names}
    known |= one.facts
    tokens = [
        dict(zip(("preset", "frames", "tokens"), c, strict=True)) for c in known["tokens"] or ()
    ]
    return known | {"notes": list(known["notes"] or ()), "tokens": tokens}


def _placed(schema: pa.Schema) -> pa.Schema:
    return pa.schema([*schema, *ORIGIN], metadata=schema.metadata)


def _without_twins(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> pa.Table:
    """Sorted rows with the second and later of an id renamed to `-2`, `-3`, ... and flagged.

    Twins stand in the order of their content, so where they were read from does not matter.
    """
    ids = table.column("id").combine_chunks()
    if len(ids) < 2:
        return table
    same = pc.equal(ids[1:], ids[:-1])
    if not pc.any(same).as_py():
        return table
    twin = pc.is_in(ids, pc.unique(ids[1:].filter(same)))
    rows = sorted(table.filter(twin).to_pylist(), key=_content)
    table = table.append_column("_of", ids).append_column("_place", pa.array([1] * len(ids)))
    named = list(_named_apart(rows, _ids_like(connection, name, {row["id"] for row in rows})))
    parts = [table.filter(pc.invert(twin)), pa.Table.from_pylist(named, schema=table.schema)]
    whole = pa.concat_tables(parts)
    return whole.sort_by([("_of", "ascending"), ("_place", "ascending")]).drop(["_of", "_place"])


def _renamed(records: pa.Table) -> int:
    flags = pc.list_flatten(records.column("flags"))
    return int(pc.sum(pc.equal(flags, "duplicate_id")).as_py() or 0)


def _content(row: Mapping[str, Any]) -> tuple[str, str, tuple[Any, ...]]:
    """What twins are ordered by: id, then content, then place for rows that are equal."""
    origin = tuple(row[field.name] for field in ORIGIN)
    rest = {key: value for key, value in row.items() if key not in ("file", "row", "part")}
    return row["id"], json.dumps(rest, sort_keys=True), origin


def _named_apart(rows: Sequence[dict[str, Any]], taken: set[str]) -> Iterator[dict[str, Any]]:
    for id, twins in groupby(rows, key=lambda row: str(row["id"])):
        number = 1
        for place, row in enumerate(twins, start=1):
            if place > 1:
                number += 1
                while f"{id}-{number}" in taken:
                    number += 1
                row = row | {"id": f"{id}-{number}"}
                if "flags" in row:
                    row["flags"] = sorted({*row["flags"], "duplicate_id"})
            yield row | {"_of": id, "_place": place}


def _ids_like(connection: duckdb.DuckDBPyConnection, name: str, ids: set[str]) -> set[str]:
    """Ids of the table that read like one of `ids` with a number behind it."""
    twins = pa.table({"id": sorted(ids)})
    connection.register("twins", twins)
    numbered = "regexp_replace(id, '-[0-9]+$', '') in (select id from twins)"
    return {r[0] for r in connection.sql(f"select id from {name} where {numbered}").fetchall()}


def _provenance(batch: pa.Table, name: str, hashes: Mapping[str, str]) -> pa.Table:
    files = batch.column("file").to_pylist()
    columns = [
        batch.column("id"),
        pa.array([name] * batch.num_rows, pa.string()),
        *(batch.column(column) for column in ("file", "row", "part")),
        pa.array([hashes[file] for file in files], pa.string()),
    ]
    return pa.table(columns, names=PROVENANCE.names)


def _swap(new: Path, final: Path, old: Path) -> None:
    """Put a finished folder in the place of an older one, which goes where no reader looks."""
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.exists():
        old.parent.mkdir(parents=True, exist_ok=True)
        final.replace(old)
    new.replace(final)
    sync_folder(final.parent)
