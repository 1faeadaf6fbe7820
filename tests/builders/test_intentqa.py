from pathlib import Path

from tests.conftest import Build

HEADER = (
    "video_id,frame_count,width,height,question,answer,qid,type,"
    "a0,a1,a2,a3,a4,action,lemma,lemma_id\n"
)


def test_real_val_in_both_published_forms(shared: Path, build: Build) -> None:
    published = build("intentqa", shared / "annotations/intentqa", "val")
    assert len(published.records) == 2_044
    assert not published.rejects
    assert published.flags == {"equal_options": 1}
    record = published.records["intentqa/val/13884124143/1"]
    assert record.options[ord(record.answer or "") - ord("A")] == "move left right to balance"
    assert record.meta == '{"action":"left","lemma":"leave","lemma_id":"130","type":"CH"}'
    copy = build("intentqa", shared / "annotations/igvlm_mc/IntentQA.csv", "val")
    assert not copy.rejects
    assert copy.records.keys() == published.records.keys()
    assert all(
        (other.question, other.options, other.answer) == (one.question, one.options, one.answer)
        for one, other in zip(
            (published.records[id] for id in sorted(published.records)),
            (copy.records[id] for id in sorted(copy.records)),
            strict=True,
        )
    )


def test_bad_rows_and_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    good = [f"7,30,64,48,why {i},{i},{i},CW,a,b,c,d,e,walking,walk,159\n" for i in range(5)]
    bad = "8,30,64,48,why,e,1,CW,a,b,c,d,e,walking,walk,159\n"
    (tmp_path / "train.csv").write_text(HEADER + "".join(good) + bad)
    built = build("intentqa", tmp_path, "train")
    assert [record.answer for record in built.records.values()] == list("ABCDE")
    assert [(reject.reason, reject.at.row) for reject in built.rejects] == [("bad_answer", 7)]
    (tmp_path / "train.csv").write_text(HEADER + bad + "".join(reversed(good)))
    assert build("intentqa", tmp_path, "train").records == built.records
