import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import AnswerType
from schemas.errors import BadFile, ConfigError, CurateError, MissingColumn
from schemas.interval import Interval
from schemas.record import Record
from tests.conftest import Build

ROW: dict[str, Any] = {"video": "kitchen/1.mp4", "question": "what is cut first?"}


def write(folder: Path, *rows: Any, name: str = "mine.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def one(folder: Path, build: Build, **columns: Any) -> Record:
    return build("jsonl", write(folder, {**ROW, **columns}), "train").one()


def test_every_column_has_its_place(tmp_path: Path, build: Build) -> None:
    record = one(
        tmp_path,
        build,
        id=50,
        options=["A. bread", "B. an apple"],
        answer="B",
        spans_s=[[2, 4.5], [6, 7]],
        duration_s=10,
        licence="CC0",
        meta={"topic": "food"},
        split="training",
    )
    assert record.id == "jsonl/train/kitchen/1/50"
    assert (record.media.kind, record.media.path) == ("video", "kitchen/1.mp4")
    assert record.media.duration_source_s == 10
    assert (record.options, record.answer) == (["bread", "an apple"], "B")
    assert record.answer_type is AnswerType.MULTIPLE_CHOICE
    assert record.spans_s == [Interval(2, 4.5), Interval(6, 7)]
    assert record.spans == [Interval(0.2, 0.45), Interval(0.6, 0.7)]
    assert (record.licence, record.meta) == ("CC0", '{"topic":"food"}')


@pytest.mark.parametrize("answer", ["B", "b2", "(B)", "B. b2", 1, "1"])
def test_an_answer_names_its_option_in_any_usual_way(
    tmp_path: Path, build: Build, answer: Any
) -> None:
    assert one(tmp_path, build, options=["a1", "b2"], answer=answer).answer == "B"


@pytest.mark.parametrize(
    ("columns", "answer", "kind"),
    [
        ({}, None, AnswerType.NONE),
        ({"answer": "an apple"}, "an apple", AnswerType.FREE_FORM),
        ({"answer": 3}, "3", AnswerType.NUMERICAL),
        ({"answer": 2.5}, "2.5", AnswerType.NUMERICAL),
        ({"answer": True}, "yes", AnswerType.BOOLEAN),
        ({"answer": "No."}, "no", AnswerType.BOOLEAN),
        ({"answer": "False", "answer_type": "boolean"}, "no", AnswerType.BOOLEAN),
        ({"answer": "12 km", "answer_type": "OCR"}, "12 km", AnswerType.OCR),
        ({"answer": "6.", "answer_type": "free_form"}, "6.", AnswerType.FREE_FORM),
        ({"answer": "3.2", "answer_type": "regression"}, "3.2", AnswerType.REGRESSION),
        ({"answer": "x^2", "answer_type": "math"}, "x^2", AnswerType.MATH),
    ],
)
def test_answers_without_options(
    tmp_path: Path, build: Build, columns: dict[str, Any], answer: str | None, kind: AnswerType
) -> None:
    record = one(tmp_path, build, **columns)
    assert (record.answer, record.answer_type) == (answer, kind)


@pytest.mark.parametrize(
    ("columns", "spans"),
    [
        ({"spans": [0.2, 0.5], "duration_s": 10}, [Interval(0.2, 0.5)]),
        ({"spans": [[0.2, 0.5]], "start_s": 5, "end_s": 15}, [Interval(0.2, 0.5)]),
        ({"spans_s": {}, "spans": []}, []),
        ({"spans_s": [{"start": 2, "end": 5}], "duration_s": 10}, [Interval(0.2, 0.5)]),
        ({"spans_s": [2, 5], "spans": [[0, 1]], "duration_s": 10}, [Interval(0.2, 0.5)]),
    ],
)
def test_spans_in_ratios_and_in_seconds(
    tmp_path: Path, build: Build, columns: dict[str, Any], spans: list[Interval]
) -> None:
    assert one(tmp_path, build, **columns).spans == spans


@pytest.mark.parametrize(
    ("columns", "kind", "key"),
    [
        ({"media": "a/1.mp4"}, "video", "a/1"),
        ({"media": "a/1.PNG"}, "image", "a/1"),
        ({"image": "./a/1.png"}, "image", "a/1"),
        ({"media": {"kind": "frames", "path": "a/1", "key": "one"}}, "frames", "one"),
        ({"video": "a/1.gif"}, "video", "a/1"),
    ],
)
def test_media_of_every_kind(
    tmp_path: Path, build: Build, columns: dict[str, Any], kind: str, key: str
) -> None:
    file = write(tmp_path, {"question": "what?", **columns})
    media = build("jsonl", file, "train").one().media
    assert (media.kind, media.key) == (kind, key)


def test_an_excerpt_may_be_open_at_either_end(tmp_path: Path, build: Build) -> None:
    late = one(tmp_path, build, start_s=4, duration_s=10).media
    early = one(tmp_path, build, end_s=4).media
    assert (late.start_s, late.end_s, late.duration_s) == (4, 10, 6)
    assert (early.start_s, early.end_s, early.duration_s) == (0, 4, 4)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"image": "a.png"}, "unsupported_media"),
        ({"video": None}, "unsupported_media"),
        ({"video": ["a.mp4", "b.mp4"]}, "bad_row"),
        ({"video": "../a.mp4"}, "path_escapes"),
        ({"video": None, "media": {"kind": "audio", "path": "a.mp3"}}, "unsupported_media"),
        ({"question": ""}, "bad_row"),
        ({"question": "  "}, "no_question"),
        ({"id": 1.5}, "bad_row"),
        ({"split": "holdout"}, "bad_row"),
        ({"options": ["a", "b"]}, "bad_answer"),
        ({"options": ["a", "b"], "answer": "c"}, "bad_answer"),
        ({"options": ["a", "b"], "answer": 2}, "bad_answer"),
        ({"options": ["a", "b"], "answer": True}, "bad_answer"),
        ({"options": ["2", "1", "0"], "answer": "2"}, "bad_answer"),
        ({"options": ["B", "A"], "answer": "A"}, "bad_answer"),
        ({"options": ["a", "b"], "answer": "A", "answer_type": "OCR"}, "bad_answer"),
        ({"options": "a, b", "answer": "A"}, "bad_row"),
        ({"answer": "B", "answer_type": "multiple_choice"}, "bad_answer"),
        ({"answer": "many", "answer_type": "numerical"}, "bad_number"),
        ({"answer": "perhaps", "answer_type": "boolean"}, "bad_answer"),
        ({"answer": float("nan")}, "bad_answer"),
        ({"answer": ["x"]}, "bad_answer"),
        ({"answer": "x", "answer_type": "essay"}, "bad_row"),
        ({"answer": "x", "answer_type": 7}, "bad_row"),
        ({"answer_type": "math"}, "bad_answer"),
        ({"spans": [0.2, 0.5]}, "no_duration"),
        ({"spans": [2, 5], "duration_s": 10}, "bad_span"),
        ({"spans_s": "2-5", "duration_s": 10}, "bad_span"),
        ({"spans_s": [[2, 5]]}, "no_duration"),
        ({"spans_s": [[5, 2]], "duration_s": 10}, "reversed_span"),
        ({"start_s": 5}, "no_duration"),
        ({"duration_s": "long"}, "bad_number"),
        ({"meta": "x"}, "bad_row"),
        ({"colour": "red"}, "bad_row"),
    ],
)
def test_bad_rows_are_set_aside(
    tmp_path: Path, build: Build, columns: dict[str, Any], reason: str
) -> None:
    file = write(tmp_path, ROW, {**ROW, **columns})
    built = build("jsonl", file, "train")
    assert [(r.at.row, r.reason) for r in built.rejects] == [(2, reason)]
    assert len(built.records) == 1


def test_the_first_row_says_what_to_write_and_that_works(tmp_path: Path, build: Build) -> None:
    row = {"clip": "a.mp4", "prompt": "what?", "gt": "an apple", "my topic": "food"}
    file = write(tmp_path, row)
    with pytest.raises(MissingColumn) as refused:
        build("jsonl", file, "train")
    error = refused.value
    assert str(error) == (
        f"{file}, row 1: no key for question, video, image or media; "
        "keys that are no columns: clip, prompt, gt, my topic"
    )
    said, _, toml = (error.hint or "").partition(": ")
    assert said == "write under [sources.jsonl] in curate.toml"
    options = tomllib.loads(toml)["options"]
    assert options == {
        "map": {"video": "clip", "question": "prompt", "answer": "gt"},
        "extra": "meta",
    }
    record = build("jsonl", file, "train", options=options).one()
    assert (record.question, record.answer) == ("what?", "an apple")
    assert record.meta == '{"my topic":"food"}'


def test_keys_that_cannot_be_guessed_are_left_to_the_user(tmp_path: Path, build: Build) -> None:
    file = write(tmp_path, {"image": "a.png", "frage": "was?", "question_text": "what?"})
    with pytest.raises(MissingColumn) as refused:
        build("jsonl", file, "train", options={"map": {"question": "text"}})
    assert '{ map = { question = "..." }, extra = "meta" }' in (refused.value.hint or "")


def test_unknown_keys_are_an_error_or_kept(tmp_path: Path, build: Build) -> None:
    file = write(tmp_path, {**ROW, "answer": "x", "gt": "y"})
    with pytest.raises(BadFile, match="no columns: gt") as refused:
        build("jsonl", file, "train")
    assert (refused.value.hint or "").endswith(': options = { extra = "meta" }')
    kept = build("jsonl", file, "train", options={"extra": "meta"}).one()
    assert (kept.answer, kept.meta) == ("x", '{"gt":"y"}')
    mapped = {"map": {"answer": "gt"}, "extra": "meta"}
    other = build("jsonl", file, "train", options=mapped).one()
    assert (other.answer, other.meta) == ("y", '{"answer":"x"}')


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"map": {"qestion": "q"}}, "no column 'qestion'"),
        ({"map": {"question": 7}}, "option map"),
        ({"map": {"question": "q", "answer": "q"}}, "two columns have one key"),
        ({"extra": "drop"}, "option extra"),
        ({"maps": {}}, "no option 'maps'"),
    ],
)
def test_bad_options_are_refused(
    tmp_path: Path, build: Build, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build("jsonl", write(tmp_path, ROW), "train", options=options)


def test_rows_name_their_split(tmp_path: Path, build: Build) -> None:
    rows = [{**ROW, "id": n, "split": name} for n, name in enumerate(("train", "dev", "test"))]
    file = write(tmp_path, *rows, {**ROW, "id": 3})
    found = {
        split: [id.split("/")[-1] for id in build("jsonl", file, split).records]
        for split in ("train", "val", "test")
    }
    assert found == {"train": ["0", "3"], "val": ["1", "3"], "test": ["2", "3"]}


def test_a_file_named_after_a_split_is_of_that_split(tmp_path: Path, build: Build) -> None:
    write(tmp_path, ROW, name="test.jsonl")
    assert build("jsonl", tmp_path, "test").one().role == "evaluation"
    with pytest.raises(BadFile, match=r"no row is of split train; it has test \(1\)"):
        build("jsonl", tmp_path, "train")


def test_json_and_csv_give_the_same_records(tmp_path: Path, build: Build) -> None:
    row = {**ROW, "id": "07", "options": ["a1", "b2"], "answer": "B", "meta": {"n": 1}}
    published = build("jsonl", write(tmp_path, row), "train").one()
    (tmp_path / "mine.json").write_text(json.dumps([row], indent=1))
    assert build("jsonl", tmp_path / "mine.json", "train").one() == published
    (tmp_path / "mine.csv").write_text(
        "id,video,question,options,answer,meta,duration_s\n"
        '07,kitchen/1.mp4,what is cut first?,"[""a1"", ""b2""]",B,"{""n"": 1}",\n'
    )
    assert build("jsonl", tmp_path / "mine.csv", "train").one() == published
    (tmp_path / "mine.csv").write_text(
        "video,question,options,answer\na.mp4,what?,a1|b2,A\nb.mp4,what?,,\n"
    )
    built = build("jsonl", tmp_path / "mine.csv", "train")
    assert [(r.at.row, r.message) for r in built.rejects] == [(2, "options is 'a1|b2', not JSON")]
    assert built.one().media.key == "b"


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = [{**ROW, "answer": str(n)} for n in range(5)]
    built = build("jsonl", write(tmp_path, *rows), "train")
    assert len(built.records) == 5
    assert build("jsonl", write(tmp_path, *rows[::-1]), "train").records == built.records


def test_a_line_that_is_no_json_is_set_aside(tmp_path: Path, build: Build) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(f'{json.dumps(ROW)}\n{{"video": \n[1]\n')
    built = build("jsonl", file, "train")
    assert [(r.at.row, r.reason) for r in built.rejects] == [(2, "bad_row"), (3, "bad_row")]
    file.write_text("")
    with pytest.raises(CurateError):
        build("jsonl", file, "train")
