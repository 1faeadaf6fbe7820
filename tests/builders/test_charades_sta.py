from pathlib import Path

from schemas.interval import Interval
from tests.conftest import Build


def test_real_train_keeps_all_but_the_four_reversed_lines(shared: Path, build: Build) -> None:
    built = build("charades-sta", shared / "annotations/charades_sta_2dtan", "train")
    assert len(built.records) == 12_404
    assert [(r.at.row, r.key, r.reason) for r in built.rejects] == [
        (8252, "LEOL6", "reversed_span"),
        (8440, "IOL8Q", "reversed_span"),
        (9623, "AKKWU", "reversed_span"),
        (9624, "AKKWU", "reversed_span"),
    ]
    assert all(Path(r.at.file).name == "charades_sta_train.txt" for r in built.rejects)
    test = build("charades-sta", shared / "annotations/charades_sta_2dtan", "test")
    assert len(test.records) == 3_720
    keys = {r.media.key for records in (built, test) for r in records.records.values()}
    assert {"50E06", "469E8", "00607"} <= keys
    assert sum("#" in record.question for record in built.records.values()) == 6


def test_a_made_file_with_crlf_and_no_lengths(tmp_path: Path, build: Build) -> None:
    (tmp_path / "charades_sta_test.txt").write_bytes(b"00607 1.0 2.5##person #1 sits.\r\n\r\n")
    (tmp_path / "Charades_v1_test.csv").write_bytes(b"id,length\r\n00607,10\r\n")
    record = build("charades-sta", tmp_path, "test").one()
    assert record.id.startswith("charades-sta/test/00607/")
    assert record.question == "person #1 sits."
    assert record.spans_s == [Interval(1.0, 2.5)]
    assert record.spans == [Interval(0.1, 0.25)]
    (tmp_path / "Charades_v1_test.csv").unlink()
    assert build("charades-sta", tmp_path, "test").one().flags == ["no_duration"]
