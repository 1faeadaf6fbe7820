import json
from pathlib import Path

import pytest

from schemas.interval import Interval
from tests.conftest import Build


def test_real_train_in_seconds(shared: Path, build: Build) -> None:
    built = build("tacos", shared / "annotations/tacos", "train")
    assert len(built.records) == 9_790
    assert not built.rejects
    assert built.flags == {"clamped": 43}
    record = built.records["tacos/train/s17-d69/0"]
    assert record.media.path == "s17-d69.avi"
    assert json.loads(record.meta) == {"frames": [224, 358]}
    assert record.media.fps == pytest.approx(29.4)
    assert record.spans_s[0].start == pytest.approx(224 / 29.4)
    assert record.spans_s[0].end == pytest.approx(358 / 29.4)


def test_real_val_loses_nothing(shared: Path, build: Build) -> None:
    built = build("tacos", shared / "annotations/tacos", "val")
    assert len(built.records) == 4_436
    assert not built.rejects
    assert not built.flags


def test_a_made_file(tmp_path: Path, build: Build) -> None:
    good = {"timestamps": [[0, 50], [90, 102]], "sentences": ["a", "b"], "num_frames": 100}
    rows = {"s1-d2.avi": good | {"fps": 25}, "s1-d3.avi": good | {"fps": 0}, "s1-d4.avi": good}
    (tmp_path / "train.json").write_text(json.dumps(rows))
    built = build("tacos", tmp_path, "train")
    assert built.records["tacos/train/s1-d2/0"].spans == [Interval(0, 0.5)]
    assert built.records["tacos/train/s1-d2/1"].spans == [Interval(0.9, 1.0)]
    assert built.records["tacos/train/s1-d2/1"].flags == ["clamped"]
    assert [(r.at.row, r.reason) for r in built.rejects] == [(2, "bad_number"), (3, "bad_row")]


def test_ids_do_not_depend_on_the_order_of_videos(tmp_path: Path, build: Build) -> None:
    entry = {"timestamps": [[0, 5]], "sentences": ["a"], "num_frames": 100, "fps": 10}
    ids = []
    for names in (["a.avi", "b.avi"], ["b.avi", "a.avi"]):
        (tmp_path / "val.json").write_text(json.dumps(dict.fromkeys(names, entry)))
        ids.append(set(build("tacos", tmp_path, "val").records))
    assert ids[0] == ids[1] == {"tacos/val/a/0", "tacos/val/b/0"}
