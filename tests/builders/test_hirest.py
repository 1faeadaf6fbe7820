import json
from pathlib import Path

from schemas.interval import Interval
from tests.conftest import Build

STEPS = [
    {"index": 0, "heading": "Cut it", "absolute_bounds": [10, 20]},
    {"index": 1, "heading": "Fold it", "absolute_bounds": [20, 20]},
    {"index": 2, "heading": "Glue it"},
]
VIDEO = {"relevant": True, "clip": True, "v_duration": 100.5, "bounds": [10, 60], "steps": STEPS}


def test_real_train(shared: Path, build: Build) -> None:
    built = build("hirest", shared / "annotations/hirest", "train")
    parts = [json.loads(record.meta)["part"] for record in built.records.values()]
    assert parts.count("moment") == 549 + 315
    assert parts.count("step") == 4_145 - 15
    assert built.reasons == {"no_spans": 642, "zero_length_span": 15 + 1}
    empty = [r for r in built.rejects if r.reason == "zero_length_span" and "77 s" in r.message]
    assert "fR5UcZo_pG4" in {reject.key for reject in empty}
    assert not built.flags


def test_a_video_is_its_moment_and_its_steps(tmp_path: Path, build: Build) -> None:
    whole = VIDEO | {"clip": False, "bounds": [0, 0], "steps": []}
    rows = {"Make a box": {"a.mp4": VIDEO, "b.mp4": whole, "c.mp4": 3, "d.mp4": {}}}
    (tmp_path / "all_data_train.json").write_text(json.dumps(rows))
    built = build("hirest", tmp_path, "train")
    assert {(r.question, r.media.path, *r.spans_s) for r in built.records.values()} == {
        ("Make a box", "a.mp4", Interval(10, 60)),
        ("Cut it", "a.mp4", Interval(10, 20)),
    }
    metas = [json.loads(record.meta) for record in built.records.values()]
    assert {"part": "step", "prompt": "Make a box", "index": 0} in metas
    assert [(reject.key, reject.reason) for reject in built.rejects] == [
        ("a", "zero_length_span"),
        ("a.mp4/3", "bad_row"),
        ("b.mp4", "no_spans"),
        ("c.mp4", "bad_row"),
        ("d.mp4", "bad_row"),
    ]


def test_evaluation_flags_what_training_rejects(tmp_path: Path, build: Build) -> None:
    rows = {"Make a box": {"a.mp4": VIDEO | {"bounds": [7, 7], "steps": []}}}
    (tmp_path / "all_data_val.json").write_text(json.dumps(rows))
    assert build("hirest", tmp_path, "val").one().flags == ["unearnable", "zero_length_span"]


def test_ids_do_not_depend_on_the_order_of_prompts_and_videos(tmp_path: Path, build: Build) -> None:
    whole = VIDEO | {"steps": STEPS[:1]}
    rows = {"Fold": {"a.mp4": whole, "b.mp4": whole}, "Glue": {"a.mp4": whole}}
    turned = {prompt: dict(reversed(videos.items())) for prompt, videos in reversed(rows.items())}
    ids = []
    for entries in (rows, turned):
        (tmp_path / "all_data_train.json").write_text(json.dumps(entries))
        ids.append(set(build("hirest", tmp_path, "train").records))
    assert ids[0] == ids[1]
    assert len(ids[0]) == 6
