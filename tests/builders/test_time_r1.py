import json
import random
from pathlib import Path
from typing import Any

import pytest

from schemas.interval import Interval
from schemas.record import Probed
from tests.conftest import Build

REAL = "annotations/time_r1_xiaomi/train_2k5.json"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "video": "./dataset/timer1/videos/timerft_data/QtWT8rxUuNk.mp4",
        "duration": 93.2,
        "timestamp": [1.0, 4.0],
        "sentence": "A purple hanger.",
        "qid": "my|cosmo|QtWT8rxUuNk|A purple hanger.",
        "video_start": None,
        "video_end": None,
        "difficulty": 50.0,
        "pred": [0.0, 3.0],
    } | changes


def test_real_train_rejects_the_impossible_spans_by_name(shared: Path, build: Build) -> None:
    built = build("time-r1", shared / REAL, "train")
    assert built.reasons == {"impossible_span": 23}
    assert len(built.records) == 2_477
    assert built.flags["clamped"] == 25
    (worst,) = (r for r in built.rejects if r.key == "gw3ppXUO0B4")
    assert worst.message.endswith("start 120 s, end 14220 s, duration 157.791 s")
    excerpts = [r.media for r in built.records.values() if r.media.start_s is not None]
    assert len(excerpts) == 156
    assert all(
        m.duration_s == pytest.approx(m.duration_source_s) and m.end_s is not None for m in excerpts
    )
    assert sum(":" in r.media.key for r in built.records.values()) == 509
    (one,) = (
        r for r in built.records.values() if r.media.key == "48552055@N03_8345764421_a2bd133502"
    )
    assert one.spans_s == [Interval(15.0, 30.0)]
    assert json.loads(one.meta)["qid"].startswith("my|didemo|48552055@N03")


def test_shuffling_the_real_rows_keeps_every_id(shared: Path, build: Build, tmp_path: Path) -> None:
    rows = json.loads((shared / REAL).read_text())
    random.Random(1).shuffle(rows)
    (tmp_path / "train_2k5.json").write_text(json.dumps(rows))
    shuffled = build("time-r1", tmp_path, "train")
    assert shuffled.records == build("time-r1", shared / REAL, "train").records


def test_an_excerpt_is_a_part_of_its_file_unless_the_name_says_it_is_cut(
    tmp_path: Path, build: Build
) -> None:
    folder = "dataset/timer1/videos/timerft_data"
    cut = row(video=f"./{folder}/a_00:00:39:000_00:01:24:700.mp4", video_start=39.0, video_end=84.7)
    part = row(video=f"./{folder}/b.mp4", duration=40.0, video_start=100.5, video_end=140.5)
    (tmp_path / "train_2k5.json").write_text(json.dumps([cut, part]))
    probed = {f"{folder}/b.mp4": Probed(f"{folder}/b.mp4", duration_s=130.5)}
    first, second = build("time-r1", tmp_path, "train", probed=probed).records.values()
    assert first.media.key == "a_00:00:39:000_00:01:24:700"
    assert (first.media.start_s, first.media.duration_s) == (None, 93.2)
    assert json.loads(first.meta)["video_start"] == 39.0
    assert (second.media.start_s, second.media.end_s) == (100.5, 140.5)
    assert second.media.duration_s == 30.0
    assert second.spans == [Interval(1 / 30, 4 / 30)]


def test_bad_rows_are_set_aside_by_reason(tmp_path: Path, build: Build) -> None:
    rows = [
        row(duration="long"),
        row(timestamp=[1.0]),
        row(timestamp=[4.0, 1.0]),
        row(sentence=None),
        row(duration=float("nan")),
        row(video_start=5.0, video_end=5.0),
        "row",
    ]
    (tmp_path / "train_2k5.json").write_text(json.dumps(rows))
    built = build("time-r1", tmp_path, "train")
    assert not built.records
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (1, "bad_number"),
        (2, "bad_span"),
        (3, "reversed_span"),
        (4, "bad_row"),
        (5, "bad_number"),
        (6, "impossible_span"),
        (7, "bad_row"),
    ]
