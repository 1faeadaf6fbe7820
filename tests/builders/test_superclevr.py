import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import AnswerType
from schemas.errors import BadFile
from tests.conftest import Build


def question(number: int, answer: Any, image: Any = 0) -> dict[str, Any]:
    return {
        "image_index": image,
        "image_filename": "superCLEVR_new_000000.png",
        "question": f"question {number}?",
        "answer": answer,
        "question_index": number,
    }


def write(folder: Path, questions: list[Any]) -> None:
    text = json.dumps({"info": {"version": "1.0"}, "questions": questions, "more": [1]})
    (folder / "superCLEVR_questions_made.json").write_text(text)


def test_real_questions(shared: Path, build: Build) -> None:
    built = build("superclevr", shared / "annotations/superclevr", "train")
    assert len(built.records) == 238
    assert not built.rejects
    assert Counter(record.answer_type for record in built.records.values()) == {
        AnswerType.BOOLEAN: 158,
        AnswerType.NUMERICAL: 45,
        AnswerType.FREE_FORM: 35,
    }
    record = built.records["superclevr/train/superCLEVR_new_000000/0"]
    assert (record.answer, record.answer_type) == ("no", AnswerType.BOOLEAN)
    images = {record.media.path for record in built.records.values()}
    assert len(images) == 5
    assert {path.name for path in (shared / "images/superclevr").iterdir()} <= images
    assert not build("superclevr", shared / "annotations/superclevr", "val").records


def test_answers_keep_their_kind_in_any_order(tmp_path: Path, build: Build) -> None:
    questions = [question(0, True), question(1, 0), question(2, "gray"), question(3, False)]
    write(tmp_path, questions)
    built = build("superclevr", tmp_path, "train")
    assert [(r.answer, r.answer_type) for r in built.records.values()] == [
        ("yes", AnswerType.BOOLEAN),
        ("0", AnswerType.NUMERICAL),
        ("gray", AnswerType.FREE_FORM),
        ("no", AnswerType.BOOLEAN),
    ]
    write(tmp_path, questions[::-1])
    assert build("superclevr", tmp_path, "train").records == built.records


def test_the_number_of_the_image_tells_the_split(tmp_path: Path, build: Build) -> None:
    images = (0, 19_999, 20_000, 24_999, 25_000, 29_999)
    write(tmp_path, [question(number, "gray", image) for number, image in enumerate(images)])
    found = {
        split: [id.split("/")[-1] for id in build("superclevr", tmp_path, split).records]
        for split in ("train", "val", "test")
    }
    assert found == {"train": ["0", "1"], "val": ["2", "3"], "test": ["4", "5"]}


def test_bad_questions_are_set_aside(tmp_path: Path, build: Build) -> None:
    write(
        tmp_path,
        [
            question(0, None),
            "x",
            question(2, 2.5),
            question(3, " "),
            question(4, 1),
            question(5, 1, None),
        ],
    )
    built = build("superclevr", tmp_path, "train")
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (1, "bad_answer"),
        (2, "bad_row"),
        (3, "bad_answer"),
        (4, "bad_answer"),
        (6, "bad_number"),
    ]
    assert built.one().id.endswith("/4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"info": {}}', "no list 'questions'"),
        ('{"questions": {}}', "no list 'questions'"),
        ('{"questions": [{"question_index": 1}', "cut off"),
        ('{"questions": []', "cut off"),
        ("[1]", "no JSON object: starts with"),
        ('{"questions": []} {}', "more text follows"),
    ],
)
def test_a_file_of_another_form_is_refused(
    tmp_path: Path, build: Build, text: str, message: str
) -> None:
    (tmp_path / "superCLEVR_questions_5.json").write_text(text)
    with pytest.raises(BadFile, match=message):
        build("superclevr", tmp_path, "train")
