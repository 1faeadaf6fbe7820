import json
from pathlib import Path

from schemas.interval import Interval
from tests.conftest import Build

VIDEOS = {
    "v_UmAH95xls": {"duration": 10.0, "timestamps": [[0, 2.5]], "sentences": [" A piñata."]},
    "v_v_x": {
        "duration": 20,
        "timestamps": [[5, 10], [10, "later"], [0, 20.4]],
        "sentences": ["one", "two", "three"],
    },
}


def test_real_train_keeps_all_but_four_events(shared: Path, build: Build) -> None:
    built = build("activitynet-captions", shared / "annotations/anet_captions_2dtan", "train")
    assert len(built.records) == 37_421 - 4
    assert [(r.key, r.part, r.reason) for r in built.rejects] == [
        ("v_N7ppHQNikv8", 2, "zero_length_span"),
        ("v_4rKTw99bM8g", 1, "zero_length_span"),
        ("v_0bosp4-pyTM", 3, "reversed_span"),
        ("v_rhOtqArO-3Y", 5, "reversed_span"),
    ]
    assert built.flags == {"clamped": 261}
    record = built.records["activitynet-captions/train/v_QOlSCBRmfWY/1"]
    assert record.question.startswith("The girl dances around the room")
    assert record.spans_s == [Interval(17.37, 60.81)]
    assert record.media.path == "v_QOlSCBRmfWY.mp4"


def test_real_val_1_is_2d_tans_val_and_loses_nothing(shared: Path, build: Build) -> None:
    built = build("activitynet-captions", shared / "annotations/anet_captions_2dtan", "val_1")
    assert len(built.records) == 17_505
    assert not built.rejects
    assert built.flags == {"clamped": 134}


def test_real_example_of_vtimellm(shared: Path, build: Build) -> None:
    example = shared / "annotations/vtimellm/data_example.json"
    built = build("activitynet-captions", example, "val_2")
    assert len(built.records) == 6
    assert built.records["activitynet-captions/val_2/v_bXdq2zI1Ms0/0"].spans_s == [
        Interval(6.94, 69.08)
    ]


def test_a_bad_event_leaves_the_others(tmp_path: Path, build: Build) -> None:
    (tmp_path / "train.json").write_text(json.dumps(VIDEOS))
    built = build("activitynet-captions", tmp_path, "train")
    assert set(built.records) == {
        "activitynet-captions/train/v_UmAH95xls/0",
        "activitynet-captions/train/v_v_x/0",
        "activitynet-captions/train/v_v_x/2",
    }
    (reject,) = built.rejects
    assert (reject.key, reject.part, reject.reason) == ("v_v_x/1", 1, "bad_number")
    assert built.records["activitynet-captions/train/v_v_x/2"].flags == ["clamped"]


def test_entries_of_another_form_are_set_aside(tmp_path: Path, build: Build) -> None:
    rows = {
        "v_a": {"duration": 5, "timestamps": [[0, 1]], "sentences": []},
        "v_b": {"duration": 5, "timestamps": [[0, 1]]},
        "v_c": [1, 2],
        "v_d": {"timestamps": [], "sentences": []},
        "v_e": {"duration": 5, "timestamps": [[0, 1]], "sentences": [None]},
    }
    (tmp_path / "train.json").write_text(json.dumps(rows))
    built = build("activitynet-captions", tmp_path, "train")
    assert not built.records
    assert [reject.at.row for reject in built.rejects] == [1, 2, 3, 4, 5]
    assert built.reasons == {"bad_row": 5}


def test_ids_do_not_depend_on_the_order_of_videos(tmp_path: Path, build: Build) -> None:
    (tmp_path / "train.json").write_text(json.dumps(VIDEOS))
    ids = set(build("activitynet-captions", tmp_path, "train").records)
    (tmp_path / "train.json").write_text(json.dumps(dict(reversed(VIDEOS.items()))))
    assert set(build("activitynet-captions", tmp_path, "train").records) == ids
