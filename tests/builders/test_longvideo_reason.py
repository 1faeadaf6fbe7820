import json
from pathlib import Path
from typing import Any

from schemas.answers import AnswerType
from schemas.record import Role
from tests.conftest import Build

ROW: dict[str, Any] = {
    "problem_id": 0,
    "problem": "What happens next?\n\nC. third\nA. first\nB. second\n  and more\n",
    "data_type": "video",
    "problem_type": "goal",
    "reasoning": "Start thinking.\nThe scene says so.",
    "videos": "longvila_videos/clip.webm",
    "answer": "<answer>B</answer>",
}


def write(folder: Path, rows: list[dict[str, Any]], name: str) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_real_list_of_easyvideor1(shared: Path, build: Build) -> None:
    where = shared / "benchmarks/easyvideor1/longvideoreason.json"
    built = build("longvideo-reason", where, "test")
    records = built.records.values()
    assert len(records) == 851
    assert not built.rejects
    assert built.flags == {"ambiguous_answer": 2, "equal_options": 5}
    assert all(r.role is Role.EVALUATION for r in records)
    assert sum("published_letters" in r.meta for r in records) == 156
    by_id = {json.loads(r.meta)["problem_id"]: r for r in records}
    assert by_id[766].options == ["74", "86", "91", "99"]
    assert by_id[766].answer == "C"
    assert json.loads(by_id[766].meta)["published_letters"] == "ACBD"
    assert by_id[336].options[ord(by_id[336].answer or "") - ord("A")] == "Fixing a ceiling fan"
    assert by_id[1].media.key == "I_Q3ajyOrcI"


def test_options_are_taken_out_of_the_problem(tmp_path: Path, build: Build) -> None:
    write(tmp_path, [ROW], "train.jsonl")
    record = build("longvideo-reason", tmp_path, "train").one()
    assert record.question == "What happens next?"
    assert record.options == ["first", "second\nand more", "third"]
    assert (record.answer, record.answer_type) == ("B", AnswerType.MULTIPLE_CHOICE)
    assert record.media.path == "longvila_videos/clip.webm"
    assert json.loads(record.meta) == {
        "problem_id": 0,
        "problem_type": "goal",
        "published_letters": "CAB",
        "think": "Start thinking.\nThe scene says so.",
    }


def test_letters_that_are_no_option_are_rejected_and_texts_are_read(
    tmp_path: Path, build: Build
) -> None:
    rows = [
        {**ROW, "answer": "<answer>D</answer>"},
        {**ROW, "answer": "second\nand more"},
        {**ROW, "problem": "Who is the man?\n\n", "answer": "<answer>C</answer>"},
        {**ROW, "problem": "Who is the man?", "answer": "The driver."},
        {**ROW, "videos": ["a.mp4", "b.mp4"]},
        {**ROW, "videos": None},
    ]
    write(tmp_path, rows, "openended.jsonl")
    built = build("longvideo-reason", tmp_path, "openended")
    found = [(r.answer, r.answer_type.value) for r in built.records.values()]
    assert found == [("B", "multiple_choice"), ("The driver.", "free_form")]
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (1, "bad_answer"),
        (3, "bad_answer"),
        (5, "unsupported_media"),
        (6, "unsupported_media"),
    ]


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = [{**ROW, "problem_id": i} for i in range(5)]
    write(tmp_path, rows, "test.jsonl")
    forward = build("longvideo-reason", tmp_path, "test").records
    write(tmp_path, rows[::-1], "test.jsonl")
    assert build("longvideo-reason", tmp_path, "test").records == forward
