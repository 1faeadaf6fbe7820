import json
import random
from pathlib import Path
from typing import Any

from schemas.interval import Interval
from schemas.record import Role
from tests.conftest import Build

REAL = "annotations/time_r1_xiaomi/tvgbench.json"


def test_real_list_keeps_all_800_rows_and_flags_what_is_wrong(shared: Path, build: Build) -> None:
    built = build("tvgbench", shared / REAL, "test")
    assert len(built.records) == 800
    assert not built.rejects
    assert built.flags["zero_length_span"] == 11
    assert built.flags["unearnable"] == 11
    records = built.records.values()
    assert all(r.role is Role.EVALUATION for r in records)
    assert sum(r.media.start_s is not None for r in records) == 252
    zero = [json.loads(r.meta) for r in records if "zero_length_span" in r.flags]
    assert all("dataset_name" not in meta for meta in zero)
    past = [r for r in records if r.spans_s[0].end > (r.media.duration_source_s or 0)]
    assert len(past) == 27
    assert sum("impossible_span" in r.flags for r in past) == 1
    (one,) = (r for r in records if r.media.key == "KWZSA" and "sitting" in r.question)
    assert one.spans_s == [Interval(13.4, 28.1)]
    assert one.media.path == "dataset/timer1/videos/tvgbench_data/KWZSA.mp4"


def test_shuffling_the_real_rows_keeps_every_id(shared: Path, build: Build, tmp_path: Path) -> None:
    rows = json.loads((shared / REAL).read_text())
    random.Random(1).shuffle(rows)
    (tmp_path / "tvgbench.json").write_text(json.dumps(rows))
    shuffled = build("tvgbench", tmp_path, "test")
    assert shuffled.records == build("tvgbench", shared / REAL, "test").records


def test_an_answer_that_is_no_span_is_rejected(tmp_path: Path, build: Build) -> None:
    row: dict[str, Any] = {"path": "./v/a.mp4", "question": "a door opens", "duration": 20.0}
    answers = ["2-8.5", "2 to 8", "-1-3", None, "8-2"]
    rows = [{**row, "answer": answer, "start": None, "end": None} for answer in answers]
    (tmp_path / "tvgbench.json").write_text(json.dumps(rows))
    built = build("tvgbench", tmp_path, "test")
    assert [r.spans_s for r in built.records.values()] == [[Interval(2, 8.5)], [Interval(8, 2)]]
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (2, "bad_span"),
        (3, "bad_span"),
        (4, "bad_row"),
    ]
