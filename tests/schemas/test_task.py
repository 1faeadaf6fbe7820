"""What every registered task must do, whoever wrote it."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas.tasks
from schemas.answers import AnswerType
from schemas.asking import chain, with_chain
from schemas.interval import Interval
from schemas.record import Media, Record
from schemas.source import SOURCES
from schemas.task import TASKS, Reading, examples
from tests.schemas.records import golds, image, open_record, record, records, short_of_full

NAMES = ["answer", "elements", "ground", "ground-think", "grounded-qa", "think"]
SCORES = {"accuracy", "iou", "format", "f1"}

every_task = pytest.mark.parametrize("name", TASKS.names())


def test_the_six_tasks_of_the_design_are_there() -> None:
    assert set(NAMES) <= set(TASKS.names())
    assert {name for source in SOURCES for name in source.tasks} <= set(TASKS.names())


@every_task
def test_the_file_is_called_as_the_task(name: str) -> None:
    module = type(TASKS[name]).__module__
    assert TASKS[name].name == name
    assert module == f"schemas.tasks.{name.replace('-', '_')}"
    (folder,) = schemas.tasks.__path__
    path = Path(folder, f"{module.rpartition('.')[2]}.py")
    assert (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").startswith(f"`{name}`: ")


@every_task
def test_the_declaration_is_complete(name: str) -> None:
    task = TASKS[name]
    assert task.about
    assert task.about == task.about.strip()
    assert "\n" not in task.about
    assert task.outcome in SCORES - {"format"}
    assert all(token.startswith("<|") and token.endswith("|>") for token in task.tokens)


# Gold -------------------------------------------------------------------------------------------


@given(records())
def test_gold_earns_full_marks(one: Record) -> None:
    assert not short_of_full(one)
    for task, gold, scores in golds(one):
        assert set(scores) <= SCORES
        assert task.outcome in scores
        assert gold == gold.strip()


@given(records())
def test_gold_earns_full_marks_of_a_lenient_reader_too(one: Record) -> None:
    for task, gold, strict in golds(one):
        lenient = task.scores(one, gold, Reading.LENIENT)
        assert lenient == pytest.approx(strict)


@given(records())
def test_gold_follows_its_prefix(one: Record) -> None:
    for example in examples(one):
        prefix, target = example.prompt.prefix, example.target
        assert not prefix or prefix.endswith(" ")
        assert target is None or not target.startswith((" ", "\n", prefix or "\0"))
        assert target is None or not chain(one) or target


@given(records())
def test_chains_are_never_made_up(one: Record) -> None:
    silent = with_chain(one, None)
    assert all(e.target is None for e in examples(silent, ["think"]))
    for name in ("ground-think", "grounded-qa"):
        assert all(e.target is None for e in examples(silent, [name]))


# Anything a model may say -----------------------------------------------------------------------

PIECES = [
    *("<think>", "</think>", "<answer>", "</answer>", "<observe>", "</observe>", "<|im_end|>"),
    *("<|event_start|>", "<|event_end|>", "[", "]", "(", ")", ",", " - ", " to ", ":", ".", "%"),
    *("0.43", "0.70", "43.0", "70.0", "-5", "nan", "inf", "1e999", "1_000", "1,000", "٤٢", "½"),
    *("A", "B", "b", "B. unwrap it", "unwrap it", "yes", "the answer is ", "\n", "\\", "{", "}"),
    *('{"start_time": "43.0", "end_time": "70.0"}', '{"start_time": ', '"end_time"', '"'),
    *("\0", "\u202e", "В", "你好", "\ud800", "🙂", "\\frac{1}{2}"),
]
completions = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@given(records(), completions, st.sampled_from(Reading))
def test_any_completion_is_scored(one: Record, completion: str, reading: Reading) -> None:
    for name in TASKS.names():
        task = TASKS[name]
        if task.fits(one):
            scores = task.scores(one, completion, reading)
            assert set(scores) == set(task.scores(one, "", reading)), "by record alone"
            assert all(0.0 <= value <= 1.0 for value in scores.values())
            assert task.scores(one, completion, reading) == scores


@every_task
def test_nothing_said_earns_nothing(name: str) -> None:
    asked = record(meta={"elements": ["boy", "present", "sofa", "paper"]})
    for completion in ("", " ", "\n", "<|im_end|>", TASKS[name].prompt(asked).prefix):
        assert not any(TASKS[name].scores(asked, completion).values()), completion


# Fanning out ------------------------------------------------------------------------------------


def names_of(one: Record, only: list[str] | None = None) -> list[str]:
    return [example.task for example in examples(one, only)]


def test_a_record_is_asked_as_every_task_that_fits() -> None:
    assert names_of(record()) == NAMES
    assert names_of(record(spans=[])) == ["answer", "elements", "think"]
    located = open_record("", AnswerType.NONE)
    assert names_of(located) == ["elements", "ground", "ground-think"]
    assert names_of(record(media=Media("frames", "f", "f", duration_s=9.0))) == NAMES


def test_images_are_asked_for_answers_alone() -> None:
    assert names_of(image()) == ["answer", "think"]
    assert names_of(replace(image(), spans=[Interval(0.1, 0.2)])) == ["answer", "think"]


def test_seconds_need_a_duration() -> None:
    unknown = record(media=Media("video", "v", "v.mp4"))
    assert names_of(unknown) == ["answer", "elements", "ground", "think"]


def test_a_source_or_a_recipe_selects_tasks_in_its_own_order() -> None:
    assert names_of(record(), ["ground", "answer"]) == ["ground", "answer"]
    assert names_of(image(), ["ground", "answer"]) == ["answer"]
    chosen = list(SOURCES["nextgqa"].tasks)
    assert names_of(record(), chosen) == chosen


def test_spans_that_nobody_can_earn_stay_in_the_denominator() -> None:
    unearnable = record(spans=[Interval(0.5, 0.5)])
    assert "ground" in names_of(unearnable)
    (example,) = examples(unearnable, ["ground"])
    assert example.target is None
    said = "<|event_start|>[0.49, 0.51]<|event_end|>"
    assert TASKS["ground"].scores(unearnable, said) == {"iou": 0.0, "format": 1.0}


@given(records())
def test_an_example_tells_what_its_record_does(one: Record) -> None:
    for example in examples(one):
        assert (example.id, example.media, example.answer) == (one.id, one.media, one.answer)
        assert (example.spans, example.duration_s) == (one.spans, one.media.duration_s)
        assert one.question in example.prompt.text


def test_a_prompt_speaks_of_the_media_that_it_is_about() -> None:
    for example in examples(image()):
        assert "image" in example.prompt.text
        assert "video" not in example.prompt.text
    for example in examples(record()):
        assert "video" in example.prompt.text
        assert "image" not in example.prompt.text


def test_three_tasks_of_one_record_differ_by_their_prefix_alone() -> None:
    prompts = [TASKS[name].prompt(record()) for name in ("answer", "elements", "ground")]
    assert len({replace(prompt, prefix="") for prompt in prompts}) == 1
    assert [prompt.prefix for prompt in prompts] == [
        "The answer is: ",
        "I want to output the key elements: ",
        "I want to locate the key event in the video. ",
    ]


# Completions made to cheat or to stall ------------------------------------------------------------

LONG = 1_000_000
STALLING = [
    *("x" * LONG, " " * LONG, "9" * LONG, "<" * LONG, "[" * LONG, "," * LONG, "\0" * LONG),
    *("<think>" * (LONG // 7), "</think><answer>" * (LONG // 16), "<answer>B" * (LONG // 9)),
    *("</think>" + " " * LONG, "<|event_start|>[" + "0" * LONG, "<|event_start|>" * (LONG // 15)),
    '<think></think><answer>{"start_time": "' + "1" * LONG,
    "<answer>" + "[" * LONG + "</answer>",
    "<think>x</think><answer>" + '{"start_time":' * (LONG // 14) + "</answer>",
]


@pytest.mark.parametrize("completion", STALLING, ids=lambda text: repr(text[:24]))
@pytest.mark.parametrize("reading", Reading)
def test_a_megabyte_is_scored_in_linear_time(completion: str, reading: Reading) -> None:
    """What takes quadratic time here takes hours."""
    asked = record(meta={"elements": ["boy", "present", "sofa", "paper"]})
    for name in TASKS.names():
        scores = TASKS[name].scores(asked, completion, reading)
        assert reading is not Reading.STRICT or scores[TASKS[name].outcome] == 0.0


@pytest.mark.parametrize(
    "completion",
    [
        "".join(f"<answer>{letter}</answer>" for letter in "ABCDE") * 2,
        "<think>x</think>" + "".join(f"<answer>{letter}</answer>" for letter in "ABCDE"),
        "<think>x</think><answer>A, B, C, D, E</answer>",
        "<think>x</think><answer>\u0412</answer>",
        "<think>x</think><answer>A\u202eB</answer>",
        "<think>x</think><answer>A<answer>B</answer>",
        "<think>x</think><answer>C</answer><|im_end|><answer>B</answer>",
    ],
)
def test_hedging_and_disguise_are_not_right(completion: str) -> None:
    for name in ("think", "grounded-qa"):
        assert TASKS[name].scores(record(), completion)["accuracy"] == 0.0


def test_several_events_or_times_earn_nothing() -> None:
    spans = [f"<|event_start|>[{n / 10}, {n / 10 + 0.3:.1f}]<|event_end|>" for n in range(8)]
    assert TASKS["ground"].scores(record(), "".join(spans)) == {"iou": 0.0, "format": 0.0}
    times = [f'<answer>{{"start_time": "{n}", "end_time": "70"}}</answer>' for n in (40, 43)]
    assert TASKS["ground-think"].scores(record(), "".join(times)) == {"iou": 0.0, "format": 0.0}


def test_the_best_of_several_segments_counts() -> None:
    several = record(spans=[Interval(0.1, 0.2), Interval(0.5, 0.9)])
    said = "<|event_start|>[0.10, 0.20]<|event_end|>"
    assert TASKS["ground"].scores(several, said)["iou"] == pytest.approx(1)
    assert TASKS["ground"].gold(several) == "<|event_start|>[0.50, 0.90]<|event_end|>"
