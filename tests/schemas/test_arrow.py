import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from schemas.answers import AnswerType
from schemas.arrow import RECORDS, VERSION, from_row, from_table, to_table
from schemas.interval import Interval
from schemas.record import Media, Record, Role

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.floats(allow_nan=False)
intervals = st.lists(st.builds(Interval, numbers, numbers), max_size=3)
medias = st.builds(
    Media,
    kind=st.sampled_from(["video", "image", "frames"]),
    key=texts,
    path=texts,
    duration_s=st.none() | numbers,
    duration_source_s=st.none() | numbers,
    fps=st.none() | numbers,
    frames=st.none() | st.integers(0, 2**31 - 1),
    width=st.none() | st.integers(0, 2**31 - 1),
    height=st.none() | st.integers(0, 2**31 - 1),
    sha256=st.none() | texts,
    start_s=st.none() | numbers,
    end_s=st.none() | numbers,
)
records = st.builds(
    Record,
    id=texts,
    source=texts,
    split=texts,
    role=st.sampled_from(Role),
    media=medias,
    question=texts,
    options=st.lists(texts, max_size=3),
    answer=st.none() | texts,
    answer_type=st.sampled_from(AnswerType),
    spans=intervals,
    spans_s=intervals,
    flags=st.lists(texts, max_size=2),
    licence=texts,
    meta=texts,
)

EMPTY = Record(
    id="s/t/v/1",
    source="s",
    split="t",
    role=Role.TRAINING,
    media=Media("video", "v", "v.mp4"),
    question="q",
    options=[],
    answer=None,
    answer_type=AnswerType.NONE,
    spans=[],
    spans_s=[],
    flags=[],
    licence="",
    meta="{}",
)


def _described(field: pa.Field) -> dict[str, Any]:
    kind: pa.DataType = field.type
    described = {"name": field.name, "nullable": field.nullable, "type": str(kind)}
    if pa.types.is_struct(kind):
        return {**described, "type": "struct", "fields": [_described(inner) for inner in kind]}
    if pa.types.is_list(kind):
        return {**described, "type": "list", "item": _described(kind.value_field)}
    return described


def test_the_schema_of_this_version_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    described = {"version": VERSION, "columns": [_described(field) for field in RECORDS]}
    golden("records.schema.json", json.dumps(described, indent=1) + "\n")
    assert RECORDS.metadata == {b"curate.schema": str(VERSION).encode()}


def test_the_columns_are_the_fields_of_a_record_in_order() -> None:
    assert RECORDS.names == list(Record.__slots__)
    assert [field.name for field in RECORDS.field("media").type] == list(Media.__slots__)


@given(st.lists(records, max_size=5))
def test_records_come_back_from_a_table(rows: list[Record]) -> None:
    table = to_table(rows)
    table.validate(full=True)
    assert table.schema.equals(RECORDS, check_metadata=True)
    back = list(from_table(table))
    assert back == rows
    assert all(type(row.role) is Role and type(row.answer_type) is AnswerType for row in back)
    assert all(type(span) is Interval for row in back for span in row.spans + row.spans_s)


@given(st.lists(records, max_size=5))
def test_records_come_back_from_a_file(rows: list[Record]) -> None:
    assert list(from_table(pq.read_table(io.BytesIO(_parquet(rows))))) == rows


def test_a_batch_of_nulls_and_empty_lists_has_the_types_of_any_other() -> None:
    first, none = to_table([EMPTY, EMPTY]), to_table([])
    assert first.schema.equals(RECORDS, check_metadata=True)
    assert none.schema.equals(RECORDS, check_metadata=True)
    together = pa.concat_tables([first, none])
    assert list(from_table(together)) == [EMPTY, EMPTY]
    row = together.to_pylist()[0]
    assert (row["answer"], row["options"], row["media"]["fps"]) == (None, [], None)


def test_rows_of_a_wider_table_are_records_too() -> None:
    wider = to_table([EMPTY]).append_column("score", pa.array([0.5]))
    assert list(from_table(wider)) == [EMPTY]
    assert from_row(to_table([EMPTY]).to_pylist()[0]) == EMPTY


def _parquet(rows: list[Record]) -> bytes:
    file = io.BytesIO()
    pq.write_table(to_table(rows), file)
    return file.getvalue()


@given(st.lists(records, min_size=1, max_size=5))
def test_the_same_records_are_the_same_bytes(rows: list[Record]) -> None:
    assert _parquet(rows) == _parquet(list(rows))
    assert _parquet(rows) != _parquet([*rows, EMPTY])


def test_a_second_writing_of_what_was_read_has_the_same_bytes() -> None:
    once = _parquet([EMPTY])
    assert _parquet(list(from_table(pq.read_table(io.BytesIO(once))))) == once
