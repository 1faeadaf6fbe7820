import json
from pathlib import Path

import pytest

from schemas.interval import Interval
from tests.conftest import Build

PAIRS = [
    {"q": "When does he win?", "a": "<12.3> <20.5> He raises his arms at <19.0>."},
    {"q": "Why?", "a": "Because."},
    {"q": "When does it end?", "a": "[<30.> <25.5>] The screen turns black."},
]
TRAIN = "activitynet_train_gpt-4-0613_temp_6_f10009.json"


@pytest.mark.parametrize(
    "published",
    [
        {"v_v_x": {"duration": 40.0, "QA": PAIRS}},
        [{"id": "v_v_x", "duration": 40.0, "QA": PAIRS}],
    ],
)
def test_both_layouts_of_train(tmp_path: Path, build: Build, published: object) -> None:
    (tmp_path / TRAIN).write_text(json.dumps(published))
    built = build("activitynet-rtl", tmp_path, "train")
    record = built.one()
    assert record.id == "activitynet-rtl/train/v_v_x/" + record.id[-8:]
    assert record.question == "When does he win?"
    assert record.spans_s == [Interval(12.3, 20.5)]
    assert json.loads(record.meta) == {"answer": PAIRS[0]["a"]}
    assert [(r.key, r.part, r.reason) for r in built.rejects] == [
        ("v_v_x/1", 1, "no_spans"),
        ("v_v_x", 2, "reversed_span"),
    ]


def test_both_layouts_give_one_id(tmp_path: Path, build: Build) -> None:
    ids = []
    for published in (
        {"v_x": {"duration": 40.0, "QA": PAIRS[:1]}},
        [{"id": "v_x", "duration": 40.0, "QA": PAIRS[:1]}],
    ):
        (tmp_path / TRAIN).write_text(json.dumps(published))
        ids.append(set(build("activitynet-rtl", tmp_path, "train").records))
    assert ids[0] == ids[1]


def test_the_evaluation_file(tmp_path: Path, build: Build) -> None:
    row = {
        "question_id": 5,
        "vid": "v_UmAH95xls",
        "question": "When does he fall?",
        "answer": "<3.0> <1.0> He slips.",
        "duration": 10,
    }
    rows = [row, row | {"question_id": 6, "answer": "<3.0> only"}]
    (tmp_path / "annot_val_1_q229.json").write_text(json.dumps(rows))
    built = build("activitynet-rtl", tmp_path, "val")
    record = built.one()
    assert record.id == "activitynet-rtl/val/v_v_UmAH95xls/5"
    assert record.media.path == "v_v_UmAH95xls.mp4"
    assert record.flags == ["reversed_span", "unearnable"]
    assert [(reject.key, reject.reason) for reject in built.rejects] == [("6", "no_spans")]


def test_rows_of_another_form_are_set_aside(tmp_path: Path, build: Build) -> None:
    (tmp_path / TRAIN).write_text(json.dumps([3, {"id": "v_x"}, {"QA": []}, {"vid": "x"}]))
    built = build("activitynet-rtl", tmp_path, "train")
    assert built.reasons == {"bad_row": 4}
