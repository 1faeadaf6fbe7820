import json
import random
from pathlib import Path
from typing import Any

from schemas.answers import AnswerType
from schemas.interval import Interval
from tests.conftest import Build

LOCATE = {"problem_type": "grounding", "prefix": "I want to locate the key event in the video. "}
ANSWER = {"problem_type": "qa", "prefix": "The answer is: "}
ELEMENTS = {"problem_type": "keyitem", "prefix": "I want to output the key elements: "}
OPTIONS = ["A. share with the girl", "B. unwrap it", "C. sell it"]
QUESTION = "why did the boy pick up one present"


def gqa(**changes: Any) -> dict[str, Any]:
    return {
        "problem_id": 7,
        "times": [1.2, 5.8],
        "problem": QUESTION + "\n".join(OPTIONS),
        "data_type": "video",
        **ANSWER,
        "options": OPTIONS,
        "solution": "<answer>B</answer>",
        "path": "/mnt/data/NExTVideo/0101/2909445186.mp4",
        "data_source": "GQA",
        "duration": 34,
    } | changes


def charades(**changes: Any) -> dict[str, Any]:
    plain = {"problem": "When does she sit down?", "options": [], "solution": "", **LOCATE}
    path = "/mnt/data/Charades_v1_480/50E06.mp4"
    return gqa(**plain, path=path, data_source="Charades_v1", query="person sits") | changes


def write(folder: Path, rows: list[Any], name: str = "filter_GQA_da_ground.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(rows, indent=4, ensure_ascii=False))
    return path


def test_rows_that_differ_in_their_prefix_become_one_record(tmp_path: Path, build: Build) -> None:
    other = gqa(problem="what then" + "\n".join(OPTIONS), problem_id=8)
    write(tmp_path, [gqa(**LOCATE), other, gqa(problem_id=9)])
    built = build("videoreasoner", tmp_path, "rl")
    assert not built.rejects
    assert len(built.records) == 2
    (record,) = (r for r in built.records.values() if r.question == QUESTION)
    assert record.options == ["share with the girl", "unwrap it", "sell it"]
    assert (record.answer, record.answer_type) == ("B", AnswerType.MULTIPLE_CHOICE)
    assert record.spans_s == [Interval(1.2, 5.8)]
    assert record.media.path == "mnt/data/NExTVideo/0101/2909445186.mp4"
    assert record.media.duration_source_s == 34
    assert json.loads(record.meta) == {
        "data_source": "GQA",
        "problem_id": [7, 9],
        "published_as": ["answer", "ground"],
        "published_rows": 2,
    }


def test_the_order_of_rows_changes_nothing(tmp_path: Path, build: Build) -> None:
    rows = [
        gqa(problem=f"q{i}" + "\n".join(OPTIONS), problem_id=10 * i + j, **task)
        for i in range(20)
        for j, task in enumerate((LOCATE, ANSWER))
    ]
    forward = build("videoreasoner", write(tmp_path, rows), "rl").records
    random.Random(3).shuffle(rows)
    assert len(forward) == 20
    assert build("videoreasoner", write(tmp_path, rows), "rl").records == forward


def test_the_forms_of_options_and_solutions(tmp_path: Path, build: Build) -> None:
    lines = QUESTION + "\n" + "\n".join(OPTIONS)
    rows = [
        gqa(times=[], duration=0, problem=lines, solution="B. unwrap it", path="a.mp4"),
        gqa(times=[[1, 2], [4, 5]], problem=QUESTION, solution="unwrap it", path="b.mp4"),
        gqa(times=[], duration=0, options=[], problem="How many?", solution="3", path="c.mp4"),
    ]
    built = build("videoreasoner", write(tmp_path, rows), "rl")
    records = {r.media.key: r for r in built.records.values()}
    assert {(r.question, r.answer) for r in records.values()} == {
        (QUESTION, "B"),
        ("How many?", "3"),
    }
    assert records["a"].spans_s == []
    assert records["a"].media.duration_source_s is None
    assert records["b"].spans_s == [Interval(1, 2), Interval(4, 5)]
    assert records["c"].answer_type is AnswerType.FREE_FORM


def test_key_elements_are_no_answer(tmp_path: Path, build: Build) -> None:
    plain = {"times": [], "duration": 0}
    rows = [
        gqa(**plain, path="a.mp4"),
        gqa(**plain, **ELEMENTS, path="a.mp4", solution="boy, present,  red box, boy"),
        gqa(**plain, **ELEMENTS, path="b.mp4", solution="['tree, tall', 'dog']"),
        gqa(**plain, **ELEMENTS, path="c.mp4", solution="B. unwrap it"),
        gqa(**plain, **ELEMENTS, path="d.mp4", solution="nan"),
    ]
    built = build("videoreasoner", write(tmp_path, rows), "rl")
    found = {
        r.media.key: (r.answer, json.loads(r.meta).get("elements")) for r in built.records.values()
    }
    assert found == {
        "a": ("B", ["boy", "present", "red box"]),
        "b": (None, ["tree, tall", "dog"]),
        "c": ("B", None),
    }
    assert [(r.reason, r.at.row) for r in built.rejects] == [("bad_answer", 5)]


def test_cold_start_rows_tell_their_task_by_their_response(tmp_path: Path, build: Build) -> None:
    event = "I want to locate the key event in the video. <|event_start|>[0.1, 0.2]<|event_end|>"
    base = {"problem_type": "multiple choice", "prefix": None}
    rows = [
        gqa(**base, response="<think> " + event, path="a.mp4"),
        gqa(**base, response="The answer is: B. unwrap it", path="b.mp4", times=None),
        gqa(
            **base,
            response="I want to output the key elements: boy, box",
            path="c.mp4",
            times=None,
            solution=None,
            answer="B",
        ),
    ]
    built = build("videoreasoner", write(tmp_path, rows, "mix_sft_data_new_0720.json"), "sft")
    metas = {r.media.key: json.loads(r.meta) for r in built.records.values()}
    assert {key: meta["published_as"] for key, meta in metas.items()} == {
        "a": ["ground"],
        "b": ["answer"],
        "c": ["elements"],
    }
    assert metas["c"]["elements"] == ["boy", "box"]
    assert {r.answer for r in built.records.values()} == {"B"}
    assert metas["a"]["response"].endswith("<|event_end|>")


def test_a_charades_row_must_name_a_charades_video(tmp_path: Path, build: Build) -> None:
    stale = charades(path=gqa()["path"], problem="When does he run?")
    built = build("videoreasoner", write(tmp_path, [charades(), stale]), "rl")
    record = built.one()
    assert (record.question, record.answer) == ("When does she sit down?", None)
    assert record.answer_type is AnswerType.NONE
    assert json.loads(record.meta)["query"] == "person sits"
    (reject,) = built.rejects
    assert reject.reason == "bad_row"
    assert "of another set" in reject.message


def test_bad_queries_are_set_aside_by_reason(tmp_path: Path, build: Build) -> None:
    rows = [
        gqa(path="a.mp4"),
        gqa(path="a.mp4", solution="<answer>C</answer>", **LOCATE),
        gqa(path="b.mp4", solution="<answer>D</answer>"),
        gqa(path="c.mp4", times=[], **LOCATE),
        gqa(path="d.mp4", times="1.2, 5.8"),
        gqa(path="e.mp4", duration="long"),
        gqa(path="f.mp4", problem=None),
        gqa(path="g.mp4", duration=0),
        gqa(path="h.mp4", times=[], solution=""),
        ["row"],
    ]
    built = build("videoreasoner", write(tmp_path, rows), "rl")
    assert not built.records
    assert sorted((r.at.row, r.reason) for r in built.rejects) == [
        (1, "bad_answer"),
        (3, "bad_answer"),
        (4, "no_spans"),
        (5, "bad_span"),
        (6, "bad_number"),
        (7, "bad_row"),
        (8, "no_duration"),
        (9, "bad_answer"),
        (10, "bad_row"),
    ]
    (disagree,) = (r for r in built.rejects if r.at.row == 1)
    assert disagree.message == "rows of one query are answered B, C"
    assert len(disagree.raw) == 2
