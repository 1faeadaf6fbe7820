import gzip
import random
from pathlib import Path

import pytest

from schemas.answers import AnswerType
from tests.conftest import Build, Built

MC = "video,frame_count,width,height,question,answer,qid,type,a0,a1,a2,a3,a4\n"
OE = "video,frame_count,width,height,question,answer,qid,type\n"


def shuffled(header: str, rows: str) -> str:
    lines = rows.splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    assert "".join(lines) != rows
    return header + "".join(lines)


def test_real_val_of_multiple_choice(shared: Path, build: Build) -> None:
    built = build("nextqa", shared / "annotations/nextqa_mc", "val")
    assert len(built.records) == 4_996
    assert not built.rejects
    assert built.flags == {"equal_options": 3}
    record = built.records["nextqa/val/4010069381/6"]
    assert record.question == "how do the two man play the instrument"
    assert (record.answer, record.options[0]) == ("A", "roll the handle")
    assert (record.media.path, record.media.width) == ("4010069381.mp4", 640)
    assert record.meta == '{"type":"CH"}'


def test_igvlm_copy_of_val_gives_the_same_records(shared: Path, build: Build) -> None:
    published = build("nextqa", shared / "annotations/nextqa_mc", "val").records
    copy = build("nextqa", shared / "annotations/igvlm_mc/NExT_QA.csv", "val")
    assert not copy.rejects
    assert copy.records == published


def test_real_open_ended_train_keeps_the_three_doubled_qids(shared: Path, build: Build) -> None:
    built = build("nextqa", shared / "annotations/nextqa_oe", "train")
    assert len(built.records) == 37_523
    assert not built.rejects
    answers = [
        record.answer
        for record in built.records.values()
        if record.media.key == "4598213889" and '"qid":"5"' in record.meta
    ]
    assert sorted(str(answer) for answer in answers) == ["pushes it back", "yes"]
    val = build("nextqa", shared / "annotations/nextqa_oe", "val")
    assert (len(val.records), len(val.rejects)) == (5_343, 0)
    kinds = {record.answer_type for record in val.records.values()}
    assert kinds == {AnswerType.FREE_FORM, AnswerType.BOOLEAN}


def test_both_forms_may_share_a_folder_of_ids(tmp_path: Path, build: Build) -> None:
    (tmp_path / "val.csv").write_text(MC + "7,30,64,48,why,2,1,CW,a,b,c,d,e\n")
    choice = build("nextqa", tmp_path, "val").one()
    (tmp_path / "val.csv").write_text(OE + "7,30,64,48,why,No,1,CW\n")
    opened = build("nextqa", tmp_path, "val").one()
    assert (choice.id, choice.answer, choice.options) == ("nextqa/val/7/1", "C", list("abcde"))
    assert opened.id != choice.id
    assert (opened.answer, opened.answer_type, opened.options) == ("no", AnswerType.BOOLEAN, [])


def test_second_answers_and_vidor_paths_are_joined(tmp_path: Path, build: Build) -> None:
    with gzip.open(tmp_path / "test.csv.gz", "wt") as file:
        file.write(OE + "7,30,64,48,where,home,2,DL\n7,30,64,48,how many,2,3,DC\n")
    (tmp_path / "add_reference_answer_test.json").write_text('{"7": {"2": "house"}}')
    (tmp_path / "map_vid_vidorID.json").write_text('{"7": "1105/7"}')
    records = build("nextqa", tmp_path, "test").records.values()
    metas = {record.question: record.meta for record in records}
    assert metas["where"] == '{"form":"open","qid":"2","references":["house"],"type":"DL"}'
    assert "references" not in metas["how many"]
    assert {record.media.path for record in records} == {"1105/7.mp4"}
    assert {record.role for record in records} == {"evaluation"}


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (MC, "7,30,64,48,why,5,1,CW,a,b,c,d,e", "bad_answer"),
        (MC, "7,30,64,48,why,b,1,CW,a,b,c,d,e", "bad_answer"),
        (MC, "7,30,64,48,why,1,1,CW,a,b,,d,e", "bad_answer"),
        (MC, "7,many,64,48,why,1,1,CW,a,b,c,d,e", "bad_number"),
        (MC, "7,30,64,48,why,1,1,CW,a,a,a,a,a", "duplicate_options"),
        (MC, "7,30,64,48, ,1,1,CW,a,b,c,d,e", "no_question"),
        (MC, "7,30,64,48,why", "bad_row"),
        (OE, "7,30,64,48,why, ,1,CW", "bad_answer"),
    ],
)
def test_bad_rows_are_set_aside(
    tmp_path: Path, build: Build, header: str, row: str, reason: str
) -> None:
    good = "8,30,64,48,how,1,1,CH,a,b,c,d,e" if header == MC else "8,30,64,48,how,so,1,CH"
    (tmp_path / "train.csv").write_text(f"{header}{row}\n{good}\n")
    built = build("nextqa", tmp_path, "train")
    assert [record.media.key for record in built.records.values()] == ["8"]
    assert [(reject.reason, reject.at.row) for reject in built.rejects] == [(reason, 2)]


def test_igvlm_index_and_text_must_agree(tmp_path: Path, build: Build) -> None:
    (tmp_path / "NExT_QA.csv").write_text(
        ",video_name,question,answer_number,question_id,question_type,a0,a1,answer\n"
        "0,7,why,1,73,CW,a,b,a\n"
    )
    built = build("nextqa", tmp_path, "val")
    assert built.rejects[0].message == "answer 'a' is not option 1"


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = "".join(f"7,30,64,48,why {i},{i % 5},{i},CW,a,b,c,d,e\n" for i in range(9))
    opens = "".join(f"7,30,64,48,why {i},so,1,CW\n" for i in range(9))

    def ids(text: str) -> set[str]:
        (tmp_path / "train.csv").write_text(text)
        built: Built = build("nextqa", tmp_path, "train")
        return set(built.records)

    assert ids(MC + rows) == ids(shuffled(MC, rows))
    assert ids(OE + opens) == ids(shuffled(OE, opens))
    assert len(ids(OE + opens)) == 9


def test_both_forms_below_one_folder_are_one_split(tmp_path: Path, build: Build) -> None:
    for form, text in (
        ("mc", MC + "7,9,8,8,why,1,3,CW,a,b,c,d,e\n"),
        ("oe", OE + "7,9,8,8,why,because,3,CW\n"),
    ):
        (tmp_path / form).mkdir()
        (tmp_path / form / "val.csv").write_text(text)
    built = build("nextqa", tmp_path, "val")
    assert {record.answer for record in built.records.values()} == {"B", "because"}
    assert not built.rejects
