import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Build

ASK = " When does the described content occur in the video? Please return the timestamps."
JSON_FORM = ' Answer as {"start_time": "12.0", "end_time": "20.5"}.'


def row(**changes: Any) -> dict[str, Any]:
    return {
        "dataset": "didemo",
        "video": "clips/a.mp4",
        "problem": 'Give you a textual query: "person opens a door".' + ASK,
        "solution": [0.1, 0.35],
        "video_length": 40.0,
    } | changes


def write(folder: Path, rows: list[Any]) -> None:
    (folder / "train.json").write_text(json.dumps(rows))


def test_ratios_become_seconds_and_the_sentence_leaves_its_quotes(
    tmp_path: Path, build: Build
) -> None:
    write(tmp_path, [row()])
    record = build("temporal-rlt", tmp_path, "train").one()
    assert record.question == "person opens a door"
    assert record.spans_s[0] == pytest.approx((4.0, 14.0))
    assert record.spans[0] == pytest.approx((0.1, 0.35))
    assert record.media.duration_source_s == 40.0
    meta = json.loads(record.meta)
    assert (meta["dataset"], meta["solution"]) == ("didemo", [0.1, 0.35])
    assert meta["problem"] == row()["problem"]


@pytest.mark.parametrize(
    ("problem", "question"),
    [
        ('Query: "a sign says "no" to all".' + ASK + JSON_FORM, 'a sign says "no" to all'),
        ('Query: "she smiles when he sits".' + ASK + JSON_FORM, "she smiles when he sits"),
        ('Locate "a cat jumps" in seconds.', "a cat jumps"),
        ("When does the cat jump?", "When does the cat jump?"),
    ],
)
def test_the_sentence_in_other_wordings(
    tmp_path: Path, build: Build, problem: str, question: str
) -> None:
    write(tmp_path, [row(problem=problem)])
    assert build("temporal-rlt", tmp_path, "train").one().question == question


def test_charades_rows_take_their_length_from_the_csv(tmp_path: Path, build: Build) -> None:
    charades = row(dataset="charades_train", video="00607.mp4")
    del charades["video_length"]
    write(tmp_path, [charades])
    built = build("temporal-rlt", tmp_path, "train")
    assert [r.reason for r in built.rejects] == ["no_duration"]
    assert "Charades_v1_train.csv" in built.rejects[0].message
    (tmp_path / "Charades_v1_train.csv").write_bytes(b"id,length\r\n00607,20\r\n")
    record = build("temporal-rlt", tmp_path, "train").one()
    assert record.spans_s[0] == pytest.approx((2.0, 7.0))


def test_questions_and_rows_of_no_published_form(tmp_path: Path, build: Build) -> None:
    rows = [
        row(problem="Why?\n(A) rain\n(B) sun", solution="(B)"),
        row(problem="Why does it rain?", solution="<answer>Clouds.</answer>"),
        row(solution={"answer": "B", "span": [0.1, 0.2]}),
        row(solution=[12.0, 20.5]),
        row(solution=[0.5, 0.2]),
        row(sampled_frame_paths=["1.jpg", "2.jpg"], dataset="youcook_rerank_train"),
        row(video=None),
        "row",
    ]
    write(tmp_path, rows)
    built = build("temporal-rlt", tmp_path, "train")
    assert [(r.question, r.options, r.answer) for r in built.records.values()] == [
        ("Why?", ["rain", "sun"], "B"),
        ("Why does it rain?", [], "Clouds."),
    ]
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (3, "bad_span"),
        (4, "impossible_span"),
        (5, "reversed_span"),
        (6, "unsupported_media"),
        (7, "bad_row"),
        (8, "bad_row"),
    ]


def test_every_file_is_read_and_order_does_not_matter(tmp_path: Path, build: Build) -> None:
    rows = [row(video=f"clips/{i}.mp4") for i in range(4)]
    (tmp_path / "a.json").write_text(json.dumps(rows[:2]))
    (tmp_path / "b.json").write_text(json.dumps(rows[2:]))
    forward = build("temporal-rlt", tmp_path, "train").records
    (tmp_path / "a.json").write_text(json.dumps(rows[3:1:-1]))
    (tmp_path / "b.json").write_text(json.dumps(rows[1::-1]))
    assert len(forward) == 4
    assert build("temporal-rlt", tmp_path, "train").records == forward
