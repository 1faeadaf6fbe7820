"""`curate lint --cut`: records that fail a check become rejects, with the check as their reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.staging import Staging
from curate.store import ORIGIN, REJECTS, connect, fingerprint, locked, read_manifest
from schemas.arrow import RECORDS
from schemas.errors import BadRow, WorkspaceError
from schemas.record import canonical

BATCH_ROWS = 8_192


def cut(root: Path, unit: str, failing: Mapping[str, str]) -> dict[str, Any]:
    """Set records of a unit aside; `curate build --force` brings them back.

    Args:
        root: the workspace.
        unit: `<source>/<split>`.
        failing: why, by id; ids that are no records of the unit are ignored.

    Returns:
        The unit's counts afterwards.

    Raises:
        WorkspaceError: there is no such unit.
    """
    with locked(root, unit):
        manifest = read_manifest(root / "records" / unit)
        if manifest is None:
            raise WorkspaceError(f"{unit} is not built", hint=f"curate build {unit.split('/')[0]}")
        key = fingerprint(manifest.fingerprint, "cut", sorted(failing))
        staging = Staging(root, unit, key)
        staging.open()
        connection = connect(root, [unit])
        for table in ("records", "rejects"):
            rows = connection.sql(
                f"select t.*, p.file, p.row, p.part from {table} t join provenance p using (id) "
                f"where p.\"table\" = '{table}' order by id"
            ).to_arrow_reader(BATCH_ROWS)
            for batch in rows:
                staging.append(*_parted(pa.Table.from_batches([batch]), table, failing))
        found = connection.sql("select distinct file, sha256 from provenance").fetchall()
        return staging.publish(dict(found), replace(manifest, counts={}, parts=[]), probes=None)


def _parted(rows: pa.Table, table: str, failing: Mapping[str, str]) -> tuple[pa.Table, pa.Table]:
    """A batch as records and rejects, each with the columns of `ORIGIN`."""
    records = pa.schema([*RECORDS, *ORIGIN], metadata=RECORDS.metadata)
    rejects = pa.schema([*REJECTS, *ORIGIN], metadata=REJECTS.metadata)
    if table == "rejects":
        return records.empty_table(), rows.cast(rejects)
    rows = rows.cast(records)
    fails = pc.is_in(rows.column("id"), pa.array(sorted(failing), pa.string()))
    moved = [_reject(row, failing[row["id"]]) for row in rows.filter(fails).to_pylist()]
    return rows.filter(pc.invert(fails)), pa.Table.from_pylist(moved, schema=rejects)


def _reject(row: dict[str, Any], why: str) -> dict[str, Any]:
    record = {name: row[name] for name in RECORDS.names}
    bad = BadRow("failed_lint", why)
    return {
        **{name: row[name] for name in ("id", "source", "split", "file", "row", "part")},
        "reason": bad.reason,
        "message": bad.message,
        "raw": canonical(record),
    }
