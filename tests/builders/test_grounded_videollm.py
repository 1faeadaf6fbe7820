import json
from pathlib import Path

from schemas.answers import AnswerType
from schemas.interval import Interval
from schemas.record import Probed
from tests.conftest import Build, Built

FILE = "activitynet/videos/v_x.mp4"


def row(question: str, answer: str) -> dict[str, object]:
    turns = [{"from": "human", "value": f"<image>\n{question}"}, {"from": "gpt", "value": answer}]
    return {
        "video_id": "v_x",
        "question_id": "q1",
        "video_file": FILE,
        "dataset_name": "gqa",
        "conversation": turns,
    }


def built_from(rows: list[object], path: Path, build: Build) -> Built:
    (path / "G-VideoQA-gpt4o-mini-anno.json").write_text(json.dumps(rows))
    probed = {name: Probed(name, duration_s=20.0) for name in (FILE, "v_y.mp4")}
    return build("grounded-videollm", path, "train", probed=probed)


CHOICE = "Why does he jump?\n(A) to rest\n(B) to reach it\n(C) to dance"
FLAT = {
    "video_id": "v_y",
    "question": "What falls?",
    "options": ["A. a cup", "B. a hat"],
    "answer": "B",
    "timestamps": [2.0, 5.0],
}


def test_a_choice_in_a_conversation(tmp_path: Path, build: Build) -> None:
    record = built_from([row(CHOICE, "(B) to reach it <5.0> - <10.0>")], tmp_path, build).one()
    assert record.question == "Why does he jump?"
    assert record.options == ["to rest", "to reach it", "to dance"]
    assert (record.answer, record.answer_type) == ("B", AnswerType.MULTIPLE_CHOICE)
    assert record.spans == [Interval(0.25, 0.5)]
    assert (record.media.key, record.media.path) == ("v_x", FILE)
    assert json.loads(record.meta) == {"question_id": "q1", "dataset_name": "gqa"}


def test_a_conversation_without_options_is_its_events(tmp_path: Path, build: Build) -> None:
    listed = row(
        "List the events.", "From <0.0> to <2.0>, he runs.\nFrom <2.0> to <4.0>, he jumps."
    )
    located = row("When does he land?", "From <4.0> to <5.0>.")
    built = built_from([listed, located, row("Who is he?", "A man.")], tmp_path, build)
    assert {record.question for record in built.records.values()} == {
        "he runs.",
        "he jumps.",
        "When does he land?",
    }
    assert [(reject.at.row, reject.reason) for reject in built.rejects] == [(3, "no_spans")]


def test_flat_rows(tmp_path: Path, build: Build) -> None:
    several = FLAT | {"answer": "a cup", "timestamps": [[1, 2], [3, 4]]}
    built = built_from([FLAT, several, FLAT | {"answer": 0}], tmp_path, build)
    assert {(r.answer, *r.spans_s) for r in built.records.values()} == {
        ("B", Interval(2, 5)),
        ("A", Interval(1, 2), Interval(3, 4)),
        ("A", Interval(2, 5)),
    }
    assert {record.media.path for record in built.records.values()} == {"v_y.mp4"}


def test_bad_rows(tmp_path: Path, build: Build) -> None:
    rows: list[object] = [
        row(CHOICE, "(B) to reach it"),
        row(CHOICE, "(F) to fly <1.0> to <2.0>"),
        FLAT | {"timestamps": []},
        FLAT | {"answer": "C"},
        {name: value for name, value in FLAT.items() if name != "options"},
        {"question": "Who?"},
    ]
    built = built_from(rows, tmp_path, build)
    assert not built.records
    assert [reject.reason for reject in built.rejects] == [
        "no_spans",
        "bad_answer",
        "no_spans",
        "bad_answer",
        "bad_row",
        "bad_row",
    ]


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows: list[object] = [FLAT, row("When does he land?", "From <4.0> to <5.0>.")]
    ids = set(built_from(rows, tmp_path, build).records)
    assert len(ids) == 2
    assert set(built_from(rows[::-1], tmp_path, build).records) == ids
