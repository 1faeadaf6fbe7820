import json
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import AnswerType
from tests.conftest import Build


def row(*texts: str, **columns: Any) -> dict[str, Any]:
    said = [{"from": ("human", "gpt")[i % 2], "value": text} for i, text in enumerate(texts)]
    return {"id": "7", "video": "academic/NextQA/7.mp4", "conversations": said, **columns}


def write(folder: Path, *rows: Any) -> None:
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


CHOICE = (
    "<image>\nWhy does he run?\nA. He is late.\nB. He is cold.\n"
    "Please respond with only the letter of the correct answer."
)


def test_real_example_of_internvideo(shared: Path, build: Build) -> None:
    folder = shared / "annotations/internvideo2_5_ft_example"
    built = build("llava-video", folder, "train")
    assert len(built.records) == 2_111
    assert not built.rejects
    assert not any("<image>" in record.question for record in built.records.values())
    (record,) = (r for r in built.records.values() if r.media.key == "video_3827")
    assert record.question.startswith("Generate video descriptions")
    assert (record.media.kind, record.media.path) == ("video", "video_3827.mp4")
    assert record.media.duration_source_s == 23.77147423092289
    assert record.answer_type is AnswerType.FREE_FORM
    assert record.meta == '{"id":"video_3827"}'


def test_real_examples_of_qwen3vl(shared: Path, build: Build) -> None:
    built = build("llava-video", shared / "annotations/qwen3vl_demo", "train")
    assert len(built.records) == 6
    found = {r.question: (r.media.path, r.answer, r.answer_type) for r in built.records.values()}
    path = "demo/images/10095.png"
    assert found["Is the value of Favorable 38 in 2015?"] == (path, "yes", AnswerType.BOOLEAN)
    asked = "How many values are below 40 in Unfavorable graph?"
    assert found[asked] == (path, "6", AnswerType.NUMERICAL)
    kinds = [record.media.kind for record in built.records.values()]
    assert sorted(kinds) == ["image"] * 3 + ["video"] * 3


def test_options_in_the_text_and_data_source(tmp_path: Path, build: Build) -> None:
    write(tmp_path, row(CHOICE, "B. He is cold.", data_source="0_30_s_nextqa"))
    record = build("llava-video", tmp_path, "train").one()
    assert (record.question, record.answer) == ("Why does he run?", "B")
    assert record.options == ["He is late.", "He is cold."]
    assert record.answer_type is AnswerType.MULTIPLE_CHOICE
    assert record.media.key == "academic/NextQA/7"
    assert json.loads(record.meta) == {
        "data_source": "0_30_s_nextqa",
        "id": "7",
        "instruction": "Please respond with only the letter of the correct answer.",
    }


def test_options_stay_in_the_question_where_the_answer_is_none_of_them(
    tmp_path: Path, build: Build
) -> None:
    write(tmp_path, row(CHOICE, "He is neither."))
    record = build("llava-video", tmp_path, "train").one()
    assert (record.options, record.answer) == ([], "He is neither.")
    assert "A. He is late." in record.question


def test_a_conversation_gives_one_record_a_question(tmp_path: Path, build: Build) -> None:
    write(tmp_path, row("<video>\nWho?", "A man.", "Where?", "Outdoors.", "Running?", "Yes"))
    built = build("llava-video", tmp_path, "train")
    turns = {r.question: json.loads(r.meta)["turn"] for r in built.records.values()}
    assert turns == {"Who?": 1, "Where?": 2, "Running?": 3}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("Who?", "A man.", video=None), "unsupported_media"),
        (row("Who?", "A man.", image="a.png"), "unsupported_media"),
        (row("Who?", "A man.", video=["a.mp4", "b.mp4"]), "unsupported_media"),
        (row("Who?", "A man.", video=7), "bad_row"),
        (row("Who?", "A man.", video="../a.mp4"), "path_escapes"),
        (row("Who?", "A man.", duration="long"), "bad_number"),
        (row("Who?"), "bad_row"),
        (row("<image>\n", "A man."), "no_question"),
        (row("Who?", " "), "bad_answer"),
        (row(CHOICE, "A. He is cold."), "bad_answer"),
        (["Who?"], "bad_row"),
    ],
)
def test_bad_rows_are_set_aside(tmp_path: Path, build: Build, bad: Any, reason: str) -> None:
    write(tmp_path, row("Who?", "A man.", video=["a.mp4"]), bad)
    built = build("llava-video", tmp_path, "train")
    assert [(r.at.row, r.reason) for r in built.rejects] == [(2, reason)]
    assert built.one().media.path == "a.mp4"


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = [row("Who?", f"Man {n}.", "Where?", "Here.") for n in range(4)]
    write(tmp_path, *rows)
    built = build("llava-video", tmp_path, "train")
    assert len(built.records) == 8
    write(tmp_path, *rows[::-1])
    assert build("llava-video", tmp_path, "train").records == built.records
