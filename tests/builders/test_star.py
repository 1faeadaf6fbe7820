import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Build


def row(number: int = 1, **changed: Any) -> dict[str, Any]:
    choices = [
        {"choice_id": 1, "choice": "The blanket.", "choice_program": []},
        {"choice_id": 0, "choice": "The clothes.", "choice_program": []},
    ]
    return {
        "question_id": f"Interaction_T1_{number}",
        "question": "Which object was tidied up by the person?",
        "video_id": "6H78U",
        "start": 11.1,
        "end": 19.6,
        "answer": "The blanket.",
        "question_program": [],
        "choices": choices,
        "situations": {"000335": {"rel_labels": []}},
        **changed,
    }


def test_real_val_of_igvlm(shared: Path, build: Build) -> None:
    built = build("star", shared / "annotations/igvlm_mc/STAR.csv", "val")
    assert len(built.records) == 7_098
    assert not built.rejects
    assert not built.flags
    assert len({record.media.key for record in built.records.values()}) == 914
    record = built.records["star/val/6H78U/Interaction_T1_13"]
    assert (record.media.path, record.media.start_s, record.media.end_s) == (
        "6H78U.mp4",
        11.1,
        19.6,
    )
    assert record.media.duration_s == pytest.approx(8.5)
    assert record.options[ord(record.answer or "") - ord("A")] == "The clothes."
    assert record.meta == '{"type":"Interaction_T1"}'


def test_json_form_orders_choices_by_their_id(tmp_path: Path, build: Build) -> None:
    (tmp_path / "STAR_train.json").write_text(json.dumps([row()]))
    record = build("star", tmp_path, "train").one()
    assert record.id == "star/train/6H78U/Interaction_T1_1"
    assert (record.options, record.answer) == (["The clothes.", "The blanket."], "B")
    assert record.media.duration_s == pytest.approx(8.5)
    assert record.meta == '{"type":"Interaction_T1"}'


def test_both_forms_of_a_question_give_one_record(tmp_path: Path, build: Build) -> None:
    (tmp_path / "STAR.csv").write_text(
        ",video_name,question,answer_number,question_id,question_type,a0,a1,answer\n"
        "1,6H78U_11.1_19.6,Which object was tidied up by the person?,1,Interaction_T1_1,"
        "Interaction_T1,The clothes.,The blanket.,The blanket.\n"
    )
    copy = build("star", tmp_path, "val").one()
    (tmp_path / "STAR_val.json").write_text(json.dumps([row()]))
    assert build("star", tmp_path, "val").one() == copy


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"answer": None}, "bad_answer"),
        ({"answer": "The door."}, "bad_answer"),
        ({"start": None}, "bad_number"),
        ({"start": 20.0}, "impossible_span"),
        ({"choices": [{"choice": "The blanket."}]}, "bad_row"),
        ({"choices": "The blanket."}, "bad_row"),
        ({"question_id": 7}, "bad_row"),
    ],
)
def test_bad_rows_are_set_aside(
    tmp_path: Path, build: Build, changed: dict[str, Any], reason: str
) -> None:
    (tmp_path / "STAR_train.json").write_text(json.dumps([row(1), row(2, **changed), "x"]))
    built = build("star", tmp_path, "train")
    assert list(built.records) == ["star/train/6H78U/Interaction_T1_1"]
    assert [(r.at.row, r.reason) for r in built.rejects] == [(2, reason), (3, "bad_row")]


def test_a_video_name_without_a_trim_is_set_aside(tmp_path: Path, build: Build) -> None:
    (tmp_path / "STAR.csv").write_text(
        "video_name,question,answer_number,question_id,question_type,a0,a1,answer\n"
        "6H78U,what,1,Interaction_T1_1,Interaction_T1,a,b,b\n"
    )
    assert build("star", tmp_path, "val").reasons == {"bad_row": 1}
