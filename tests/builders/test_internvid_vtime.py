import json
from pathlib import Path

from builders.reading.bracketed_times import bracketed_events
from schemas.errors import BadRow
from schemas.interval import Interval
from tests.conftest import Build

# The form of the row that VTimeLLM documents, with our own words.
ROW = {
    "source": "internvid",
    "id": "3n3oCNerzV0",
    "conversations": [
        {"from": "human", "value": "<video>\nTell what happens, with times."},
        {
            "from": "gpt",
            "value": "From <s0> to <e0>, a woman counts to 10. From <s1> to <e1>, two people "
            "shake hands.",
        },
        {"from": "human", "value": "When do they shake hands?"},
        {"from": "gpt", "value": "From <s1> to <e1>."},
        {"from": "human", "value": "What happens from <s0> to <e0>?"},
        {"from": "gpt", "value": "A woman counts."},
    ],
    "meta": {
        "split": [129.8, 184.0],
        "duration": 54.2,
        "token": {"<s0>": 0, "<e0>": 9.4, "<s1>": 49.4, "<e1>": 53.2},
    },
}


def made(path: Path, rows: list[object]) -> Path:
    (path / "stage2.json").write_text(json.dumps(rows))
    return path


def test_a_conversation_is_its_events(tmp_path: Path, build: Build) -> None:
    built = build("internvid-vtime", made(tmp_path, [ROW]), "train")
    first, second = Interval(0, 9.4), Interval(49.4, 53.2)
    assert {(r.question, *r.spans_s) for r in built.records.values()} == {
        ("a woman counts to 10.", first),
        ("two people shake hands.", second),
        ("When do they shake hands?", second),
        ("A woman counts.", first),
    }
    for record in built.records.values():
        assert record.id.startswith("internvid-vtime/train/3n3oCNerzV0/")
        assert (record.media.start_s, record.media.end_s) == (129.8, 184.0)
        assert record.media.path == "3n3oCNerzV0.mp4"
        assert json.loads(record.meta)["source"] == "internvid"
    assert not built.rejects


def test_without_a_split_the_whole_video_is_meant(tmp_path: Path, build: Build) -> None:
    meta = {"duration": 10, "token": {"<s0>": 1, "<e0>": 12}}
    turns = [{"from": "human", "value": "<video>\nWhen?"}, {"from": "gpt", "value": "<s0> to <e0>"}]
    row = ROW | {"meta": meta, "conversations": turns}
    record = build("internvid-vtime", made(tmp_path, [row]), "train").one()
    assert record.spans == [Interval(0.1, 1.0)]
    assert record.flags == ["clamped"]
    assert record.media.start_s is None


def test_bad_rows(tmp_path: Path, build: Build) -> None:
    turns = [{"from": "human", "value": "Who?"}, {"from": "gpt", "value": "A man."}]
    rows: list[object] = [
        {name: value for name, value in ROW.items() if name != "meta"},
        ROW | {"meta": {"duration": 54.2, "token": {}}},
        ROW | {"conversations": turns},
        ROW | {"conversations": turns[:1]},
        ROW | {"meta": {"duration": 54.2, "split": [3], "token": {}}},
        {"id": 3},
    ]
    built = build("internvid-vtime", made(tmp_path, rows), "train")
    assert not built.records
    assert [(reject.reason, reject.key) for reject in built.rejects] == [
        ("no_spans", "3n3oCNerzV0"),
        ("bad_number", "3n3oCNerzV0"),
        ("no_spans", "3n3oCNerzV0/0"),
        ("bad_row", "3n3oCNerzV0"),
        ("bad_span", "3n3oCNerzV0"),
        ("bad_row", "3"),
    ]


def test_two_excerpts_of_a_video_have_ids_of_their_own(tmp_path: Path, build: Build) -> None:
    other = ROW | {"meta": {**ROW["meta"], "split": [10.0, 64.2]}}  # type: ignore[dict-item]
    ids = set(build("internvid-vtime", made(tmp_path, [ROW, other]), "train").records)
    assert len(ids) == 8
    assert set(build("internvid-vtime", made(tmp_path, [other, ROW]), "train").records) == ids


def test_what_a_question_and_its_answer_locate() -> None:
    def located(question: str, answer: str) -> list[tuple[str, list[Interval]]] | str:
        try:
            return [(event.text, event.spans_s) for event in bracketed_events(question, answer)]
        except BadRow as bad:
            return bad.reason

    several = "From <1.0> to <2.0>. Again <4> - <5>."
    assert located("When?", several) == [("When?", [Interval(1, 2), Interval(4, 5)])]
    lines = "From <0.0> to <1.5>, a\nbetween <1.5> and <3>: b, from <8> to <9>"
    assert located("List.", lines) == [
        ("a", [Interval(0, 1.5)]),
        ("b, from <8> to <9>", [Interval(1.5, 3)]),
    ]
    assert located("What is at <3.0>?", "A dog.") == "instants"
    assert located("What is there?", "A dog.") == "no_spans"
