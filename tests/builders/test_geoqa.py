import json
from pathlib import Path
from typing import Any

from schemas.answers import AnswerType
from tests.conftest import Build


def problem(number: int, **changed: Any) -> str:
    row = {
        "image_path": f"./Geo170K/images/test/{number}.png",
        "question": "angle 2 is equal to ()",
        "ground_truth": "65°",
        **changed,
    }
    return json.dumps(row) + "\n"


def test_real_prompts(shared: Path, build: Build) -> None:
    built = build("geoqa", shared / "annotations/video_r1_images", "test")
    assert len(built.records) == 754
    assert not built.rejects
    assert {record.answer_type for record in built.records.values()} == {AnswerType.MATH}
    answers = [str(record.answer) for record in built.records.values()]
    assert sum("°" in answer for answer in answers) == 386
    assert sum(answer.replace(".", "", 1).isdecimal() for answer in answers) == 151
    assert {"π", "3cm", "22.5°"} <= set(answers)
    first = next(iter(built.records.values()))
    assert first.id.startswith("geoqa/test/Geo170K/images/test/0/")
    assert (first.media.kind, first.media.path) == ("image", "Geo170K/images/test/0.png")
    assert (first.answer, first.role) == ("140°", "evaluation")


def test_bad_rows_and_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    file = tmp_path / "geoqa_test_prompts.jsonl"
    good = [problem(1), problem(2), problem(1, ground_truth="3cm")]
    bad = [problem(3, ground_truth=" "), problem(4, image_path="../x.png"), "[1]\n"]
    file.write_text("".join(good + bad))
    built = build("geoqa", tmp_path, "test")
    assert len(built.records) == 3
    assert [r.reason for r in built.rejects] == ["bad_answer", "path_escapes", "bad_row"]
    file.write_text("".join(reversed(good)))
    assert build("geoqa", tmp_path, "test").records == built.records
