from pathlib import Path

import pytest

from schemas.errors import MissingColumn, MissingFile
from schemas.interval import Interval
from tests.conftest import Build


def test_real_val_keeps_every_record_and_every_segment(shared: Path, build: Build) -> None:
    built = build("nextgqa", shared / "annotations/nextgqa", "val")
    assert len(built.records) == 3_358
    assert not built.rejects
    assert sum(len(record.spans) for record in built.records.values()) == 3_931
    assert sum(len(record.spans) > 1 for record in built.records.values()) == 339
    assert {id for id, record in built.records.items() if "clamped" in record.flags} == {
        "nextgqa/val/2482028659/2",
        "nextgqa/val/2482028659/5",
        "nextgqa/val/6413546609/1",
    }
    record = built.records["nextgqa/val/6037747123/3"]
    assert record.media.path == "1105/6037747123.mp4"
    assert record.options[ord(record.answer or "") - ord("A")] == "playing golf"


HEADER = "video_id,frame_count,width,height,question,answer,qid,type,a0,a1,a2,a3,a4\n"


def test_a_question_without_segments_is_rejected_by_name(tmp_path: Path, build: Build) -> None:
    rows = "7,300,64,48,why,b,1,CW,a,b,c,d,e\n7,300,64,48,how,b,2,CH,a,b,c,d,e\n"
    (tmp_path / "val.csv").write_text(HEADER + rows)
    (tmp_path / "gsub_val.json").write_text(
        '{"7": {"duration": 10, "location": {"1": [[1, 2], [4, 5]]}, "fps": 30}}'
    )
    built = build("nextgqa", tmp_path, "val")
    assert built.one().spans == [Interval(0.1, 0.2), Interval(0.4, 0.5)]
    (reject,) = built.rejects
    assert (reject.reason, reject.key, reject.at.row) == ("no_spans", "7/2", 3)


def test_what_is_missing_is_named(tmp_path: Path, build: Build) -> None:
    with pytest.raises(MissingFile, match=r"needs val\.csv"):
        build("nextgqa", tmp_path, "val")
    (tmp_path / "val.csv").write_text("video_id,question\n1,why\n")
    with pytest.raises(MissingFile, match=r"needs gsub_val\.json"):
        build("nextgqa", tmp_path, "val")
    (tmp_path / "gsub_val.json").write_text("{}")
    with pytest.raises(MissingColumn, match="answer, qid, type, a0"):
        build("nextgqa", tmp_path, "val")
