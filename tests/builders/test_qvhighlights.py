import json
from pathlib import Path

from schemas.interval import Interval
from tests.conftest import Build


def test_real_train_keeps_every_window(shared: Path, build: Build) -> None:
    built = build("qvhighlights", shared / "annotations/qvhighlights", "train")
    assert len(built.records) == 7_218
    assert not built.rejects
    assert not built.flags
    assert sum(len(record.spans) for record in built.records.values()) == 12_803
    assert sum(len(record.spans) > 1 for record in built.records.values()) == 2_363
    shorter = [
        record
        for record in built.records.values()
        if record.media.duration_s != _named_length_s(record.media.key)
    ]
    assert len(shorter) == 213
    record = built.records["qvhighlights/train/j7rJstUseKg_210.0_360.0/10016"]
    assert record.spans_s == [Interval(96, 114)]
    assert len(json.loads(record.meta)["saliency_scores"]) == 9
    assert record.media.path == "j7rJstUseKg_210.0_360.0.mp4"


def _named_length_s(clip: str) -> float:
    _, start, end = clip.rsplit("_", 2)
    return float(end) - float(start)


def test_real_test_has_no_windows(shared: Path, build: Build) -> None:
    built = build("qvhighlights", shared / "annotations/qvhighlights", "test")
    assert not built.records
    assert built.reasons == {"no_spans": 1_542}
    assert built.rejects[0].key == "_6hnl_BrFvs_360.0_510.0/3158"


ROWS = [
    {"qid": 1, "query": "a", "duration": 126, "vid": "x_0.0_150.0", "relevant_windows": [[0, 2]]},
    {"qid": 2, "query": "b", "duration": 150, "vid": "x_0.0_150.0", "relevant_windows": [[2, 1]]},
    {"qid": 3, "query": "c", "duration": 150, "vid": "x_0.0_150.0", "relevant_windows": [[4]]},
    {"qid": 4, "query": "", "duration": 150, "vid": "x_0.0_150.0", "relevant_windows": [[4, 6]]},
    {"query": "e", "duration": 150, "vid": "x_0.0_150.0", "relevant_windows": [[4, 6]]},
    ["not", "an", "object"],
]


def test_bad_rows_of_a_made_file(tmp_path: Path, build: Build) -> None:
    lines = [*(json.dumps(row) for row in ROWS), '{"qid": 7, "que']
    (tmp_path / "highlight_train_release.jsonl").write_text("\n".join(lines))
    built = build("qvhighlights", tmp_path, "train")
    assert built.one().media.duration_s == 126
    assert [(reject.at.row, reject.reason) for reject in built.rejects] == [
        (2, "reversed_span"),
        (3, "bad_span"),
        (4, "no_question"),
        (5, "bad_row"),
        (6, "bad_row"),
        (7, "bad_row"),
    ]


def test_evaluation_keeps_a_reversed_window_and_flags_it(tmp_path: Path, build: Build) -> None:
    (tmp_path / "highlight_val_release.jsonl").write_text(json.dumps(ROWS[1]))
    assert build("qvhighlights", tmp_path, "val").one().flags == ["reversed_span", "unearnable"]
