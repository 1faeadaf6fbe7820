"""The Arrow schema of the `records` table: explicit, versioned, never inferred.

Columns are appended one by one into lists and become Arrow arrays in one go, which keeps a
million rows within seconds and lets no first batch of nulls decide a type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Any

import pyarrow as pa

from schemas.answers import AnswerType
from schemas.interval import Interval
from schemas.record import Media, Record, Role

VERSION = 1

SPANS = pa.list_(
    pa.field(
        "item",
        pa.struct([pa.field("start", pa.float64(), False), pa.field("end", pa.float64(), False)]),
        nullable=False,
    )
)
TEXTS = pa.list_(pa.field("item", pa.string(), nullable=False))

MEDIA = pa.struct(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("key", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("duration_s", pa.float64()),
        pa.field("duration_source_s", pa.float64()),
        pa.field("fps", pa.float64()),
        pa.field("frames", pa.int64()),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("sha256", pa.string()),
        pa.field("start_s", pa.float64()),
        pa.field("end_s", pa.float64()),
    ]
)

RECORDS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("media", MEDIA, nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("options", TEXTS, nullable=False),
        pa.field("answer", pa.string()),
        pa.field("answer_type", pa.string(), nullable=False),
        pa.field("spans", SPANS, nullable=False),
        pa.field("spans_s", SPANS, nullable=False),
        pa.field("flags", TEXTS, nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("meta", pa.string(), nullable=False),
    ],
    metadata={"curate.schema": str(VERSION)},
)


def to_table(records: Iterable[Record]) -> pa.Table:
    """Records as a table with the schema `RECORDS`."""
    rows = list(records)
    medias = [row.media for row in rows]
    media = pa.StructArray.from_arrays(
        [pa.array(map(attrgetter(f.name), medias), f.type, size=len(rows)) for f in MEDIA],
        fields=list(MEDIA),
    )
    columns = {
        "media": media,
        "options": _texts([row.options for row in rows]),
        "spans": _spans([row.spans for row in rows]),
        "spans_s": _spans([row.spans_s for row in rows]),
        "flags": _texts([row.flags for row in rows]),
    }
    arrays = [
        columns[f.name]
        if f.name in columns
        else pa.array(map(attrgetter(f.name), rows), f.type, size=len(rows))
        for f in RECORDS
    ]
    return pa.Table.from_arrays(arrays, schema=RECORDS)


def from_table(table: pa.Table) -> Iterator[Record]:
    """The records of a table that has (at least) the columns of `RECORDS`."""
    for row in table.select(RECORDS.names).to_pylist():
        yield from_row(row)


def from_row(row: dict[str, Any]) -> Record:
    """One record from a row as `pyarrow` gives it."""
    return Record(
        **{
            **row,
            "role": Role(row["role"]),
            "media": Media(**row["media"]),
            "answer_type": AnswerType(row["answer_type"]),
            "spans": [Interval(**span) for span in row["spans"]],
            "spans_s": [Interval(**span) for span in row["spans_s"]],
        }
    )


def _offsets(lists: list[Any]) -> pa.Array:
    total = 0
    offsets = [0]
    for one in lists:
        total += len(one)
        offsets.append(total)
    return pa.array(offsets, pa.int32())


def _texts(lists: list[list[str]]) -> pa.Array:
    values = pa.array(list(chain.from_iterable(lists)), pa.string())
    return pa.ListArray.from_arrays(_offsets(lists), values, type=TEXTS)


def _spans(lists: list[list[Interval]]) -> pa.Array:
    flat = list(chain.from_iterable(lists))
    ends = [pa.array([span[i] for span in flat], pa.float64()) for i in (0, 1)]
    values = pa.StructArray.from_arrays(ends, fields=list(SPANS.value_type))
    return pa.ListArray.from_arrays(_offsets(lists), values, type=SPANS)
