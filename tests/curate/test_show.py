"""A record or a reject as a person reads it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curate.show import BAR, find, lines
from schemas.errors import UnknownName, WorkspaceError
from tests.curate.workspaces import built, nextgqa_row, write_nextgqa


@pytest.fixture
def root(tmp_path: Path) -> Path:
    questions = [nextgqa_row("7", "0"), nextgqa_row("7", "1"), nextgqa_row("7", "2")]
    location = {"0": [[1, 2], [5, 11]], "1": [[5, 3]], "2": [[0, 0.01]]}
    segments = {"7": {"duration": 10, "location": location, "fps": 30}}
    annotations = write_nextgqa(tmp_path / "annotations", questions, segments)
    built(tmp_path / "work", "nextgqa", annotations, "val")
    return tmp_path / "work"


def test_a_record_shows_all_that_is_known(root: Path) -> None:
    row = find(root, "nextgqa/val/7/0")
    assert row["table"] == "records"
    assert row["provenance"]["row"] == 2
    shown = list(lines(row))
    text = "\n".join(shown)
    assert shown[0] == "nextgqa/val/7/0   (record)"
    for part in (
        "role      training   licence MIT",
        "media     video 7.mp4   10.000 s, 64x48, 300 frames, as published",
        "question  why",
        "   A.   a",
        "=> B.   b",
        "1-2 s",
        "5-11 s",
        "ratios 0.5000 to 1.0000",
        "flags     clamped",
        "from      val.csv, row 2   sha256 ",
    ):
        assert part in text
    assert not [line for line in shown if "\n" in line]


def test_spans_are_drawn_where_they_are(root: Path) -> None:
    drawn = [
        line.split()[1]
        for line in lines(find(root, "nextgqa/val/7/0"))
        if line.startswith("  span")
    ]
    assert [len(bar) for bar in drawn] == [BAR, BAR]
    assert (drawn[1].index("█"), drawn[1].count("█")) == (BAR // 2, BAR // 2)
    (short,) = [x.split()[1] for x in lines(find(root, "nextgqa/val/7/2")) if "█" in x]
    assert short == "█" + "·" * (BAR - 1)


def test_a_reject_shows_its_reason_and_its_row(root: Path) -> None:
    row = find(root, "nextgqa/val/7/1")
    assert row["table"] == "rejects"
    first, reason, raw, origin = lines(row)
    assert first == "nextgqa/val/7/1   (reject)"
    assert "reversed_span: start is after end" in reason
    assert json.loads(raw.split(maxsplit=1)[1])["qid"] == "1"
    assert "val.csv, row 3" in origin


def test_an_unknown_id_names_those_near_it(root: Path) -> None:
    with pytest.raises(UnknownName, match="'nextgqa/val/7/9'") as error:
        find(root, "nextgqa/val/7/9")
    assert str(error.value.hint).startswith("near it: nextgqa/val/7/")


def test_an_id_with_quotes_is_an_id(root: Path) -> None:
    with pytest.raises(UnknownName):
        find(root, "' or 1=1 --")


def test_nothing_built_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as error:
        find(tmp_path, "x")
    assert error.value.hint == "nothing is built yet"


def test_a_table_that_cannot_be_read_points_to_lint(root: Path) -> None:
    (root / "records/nextgqa/val/part-00000.parquet").write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises(WorkspaceError, match="cannot be read") as error:
        find(root, "nextgqa/val/7/0")
    assert "curate lint" in str(error.value.hint)
