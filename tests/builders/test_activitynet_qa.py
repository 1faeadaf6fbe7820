import json
from collections import Counter
from pathlib import Path
from typing import Any

from schemas.answers import AnswerType
from tests.conftest import Build


def write(folder: Path, questions: list[Any], answers: list[Any]) -> None:
    (folder / "train_q.json").write_text(json.dumps(questions))
    (folder / "train_a.json").write_text(json.dumps(answers))


def question(video: str, number: int, text: str = "what") -> dict[str, str]:
    return {
        "video_name": video,
        "question": text,
        "question_id": f"v_{video}_{number}",
    }


def answer(video: str, number: int, text: str = "a dog", type: int = 8) -> dict[str, Any]:
    return {"answer": text, "type": type, "question_id": f"v_{video}_{number}"}


def test_real_train_and_val(shared: Path, build: Build) -> None:
    train = build("activitynet-qa", shared / "annotations/activitynet_qa", "train")
    assert len(train.records) == 32_000
    assert not train.rejects
    kinds = Counter(record.answer_type for record in train.records.values())
    assert kinds[AnswerType.BOOLEAN] >= 7_242
    yes_no = [r for r in train.records.values() if '"type":"yes/no"' in r.meta]
    assert Counter(record.answer for record in yes_no) == {"yes": 3_744, "no": 3_498}
    doubled = [id for id, r in train.records.items() if r.media.key == "v_v_UmAH95xls"]
    assert len(doubled) == 10
    assert "activitynet-qa/train/v_v_UmAH95xls/4" in doubled
    assert train.records[doubled[0]].media.path == "v_v_UmAH95xls.mp4"
    val = build("activitynet-qa", shared / "annotations/activitynet_qa", "val")
    assert (len(val.records), len(val.rejects)) == (18_000, 0)
    clip = [r for r in val.records.values() if r.media.key == "v_GGSY1Qvo990"]
    assert len(clip) == 10


def test_answers_are_joined_by_id_and_typed(tmp_path: Path, build: Build) -> None:
    write(
        tmp_path,
        [question("x", 1), question("x", 2), question("x", 3)],
        [answer("x", 3, "Yes", 3), answer("x", 1), answer("x", 2, "2", 7)],
    )
    built = build("activitynet-qa", tmp_path, "train")
    found = {id.split("/")[-1]: (r.answer, r.answer_type) for id, r in built.records.items()}
    assert found == {
        "1": ("a dog", AnswerType.FREE_FORM),
        "2": ("2", AnswerType.NUMERICAL),
        "3": ("yes", AnswerType.BOOLEAN),
    }


def test_what_has_no_partner_is_set_aside_from_its_own_file(tmp_path: Path, build: Build) -> None:
    write(
        tmp_path,
        [question("x", 1), question("x", 2), question("x", 3), "x"],
        [answer("x", 2), answer("y", 1), answer("x", 2, "again"), 7, answer("x", 3, "red", 9)],
    )
    built = build("activitynet-qa", tmp_path, "train")
    assert list(built.records) == ["activitynet-qa/train/v_x/2"]
    found = [(Path(r.at.file).name, r.at.row, r.reason, r.key) for r in built.rejects]
    assert found == [
        ("train_q.json", 1, "bad_answer", "v_x_1"),
        ("train_q.json", 3, "bad_row", "v_x_3"),
        ("train_q.json", 4, "bad_row", None),
        ("train_a.json", 2, "no_question", "v_y_1"),
        ("train_a.json", 3, "no_question", "v_x_2"),
        ("train_a.json", 4, "bad_row", None),
    ]


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    questions = [question("x", i) for i in range(5)]
    answers = [answer("x", i, f"dog {i}") for i in range(5)]
    write(tmp_path, questions, answers)
    built = build("activitynet-qa", tmp_path, "train")
    write(tmp_path, questions[::-1], answers[2:] + answers[:2])
    assert build("activitynet-qa", tmp_path, "train").records == built.records
