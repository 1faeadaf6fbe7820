import json
import random
from pathlib import Path

from builders.didemo import agreed
from schemas.interval import Interval
from schemas.record import Probed
from tests.conftest import Build

ROW = {
    "num_segments": 6,
    "description": "the dog jumps",
    "dl_link": "https://www.flickr.com/video_download.gne?id=2",
    "times": [[1, 1], [1, 1], [1, 2], [5, 5]],
    "video": "1@N00_2_ab.mov",
    "annotation_id": 7,
}


def test_real_val_loses_nothing(shared: Path, build: Build) -> None:
    built = build("didemo", shared / "annotations/didemo", "val")
    assert len(built.records) == 4_180
    assert not built.rejects
    assert not built.flags
    records = built.records.values()
    assert sum(record.media.duration_s == 25 for record in records) == 723
    assert sum(len(record.spans) > 1 for record in records) == 327
    assert max(len(record.spans) for record in records) == 3
    record = built.records["didemo/val/35034348999@N01_6060447507_dc1a90b8ef/49152"]
    assert record.spans_s == [Interval(5, 10)]
    assert record.media.path == "35034348999@N01_6060447507_dc1a90b8ef.mov"
    assert json.loads(record.meta)["times"] == [[1, 1], [1, 1], [1, 1], [0, 0]]


def test_the_gold_spans_are_those_that_annotators_agree_on() -> None:
    a, b, c, d = Interval(0, 5), Interval(5, 10), Interval(5, 15), Interval(20, 30)
    assert agreed([a]) == [a]
    assert agreed([a, b, b, b]) == [b]
    assert agreed([a, a, b, b]) == [a, b]
    assert agreed([a, b, c, d]) == [b, c]
    assert agreed([a, b, c, c]) == [c]
    assert agreed([a, a, a, b, b, b, b]) == [a, b]


def test_the_excerpt_is_cut_at_the_end_of_the_video(tmp_path: Path, build: Build) -> None:
    (tmp_path / "train_data.json").write_text(json.dumps([ROW]))
    assert build("didemo", tmp_path, "train").one().spans == [Interval(5 / 30, 10 / 30)]
    for decoded_s, ratio in ((60.0, 30.0), (28.5, 28.5)):
        probed = {"1@N00_2_ab.mov": Probed("1@N00_2_ab.mov", duration_s=decoded_s)}
        record = build("didemo", tmp_path, "train", probed=probed).one()
        assert record.media.duration_s == ratio
        assert record.spans == [Interval(5 / ratio, 10 / ratio)]


def test_bad_rows(tmp_path: Path, build: Build) -> None:
    rows = [
        ROW | {"times": []},
        ROW | {"times": [[0, 6]]},
        ROW | {"times": [[2, 1]]},
        ROW | {"num_segments": None},
        {name: value for name, value in ROW.items() if name != "annotation_id"},
    ]
    (tmp_path / "train_data.json").write_text(json.dumps(rows))
    built = build("didemo", tmp_path, "train")
    assert not built.records
    assert [reject.reason for reject in built.rejects] == [
        "no_spans",
        "bad_span",
        "bad_span",
        "bad_number",
        "bad_row",
    ]


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, shared: Path, build: Build) -> None:
    file = shared / "annotations/didemo/val_data.json"
    rows = json.loads(file.read_text())[:500]
    ids = []
    for _ in range(2):
        random.Random(3).shuffle(rows)
        (tmp_path / "val_data.json").write_text(json.dumps(rows))
        ids.append(set(build("didemo", tmp_path, "val").records))
    assert ids[0] == ids[1]
    assert len(ids[0]) == 500


def test_the_last_segment_means_the_end_of_the_video(tmp_path: Path, build: Build) -> None:
    row = ROW | {"times": [[5, 5], [5, 5], [5, 5], [5, 5]]}
    (tmp_path / "train_data.json").write_text(json.dumps([row]))
    probed = {"1@N00_2_ab.mov": Probed("1@N00_2_ab.mov", duration_s=26.0)}
    record = build("didemo", tmp_path, "train", probed=probed).one()
    assert record.spans == [Interval(25 / 26, 1.0)]
    assert "clamped" in record.flags
    probed = {"1@N00_2_ab.mov": Probed("1@N00_2_ab.mov", duration_s=24.0)}
    assert build("didemo", tmp_path, "train", probed=probed).reasons == {"impossible_span": 1}
