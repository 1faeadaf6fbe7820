"""Records for tests: one with every part that a test does not speak of, and any at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from schemas.answers import AnswerType
from schemas.asking import chain, with_chain
from schemas.interval import Interval
from schemas.record import Media, Record, Role
from schemas.task import TASKS, Task

OPTIONS = ["tie it", "unwrap it", "throw it", "keep it", "hide it"]


def record(**parts: Any) -> Record:
    """A grounded choice about a video of 100 s; `meta` may be given as a dict."""
    parts["meta"] = json.dumps(parts.get("meta", {}))
    known: dict[str, Any] = {
        "id": "made/train/v/1",
        "source": "made",
        "split": "train",
        "role": Role.TRAINING,
        "media": Media("video", "v", "v.mp4", duration_s=100.0),
        "question": "what did the boy do with the present?",
        "options": OPTIONS,
        "answer": "B",
        "answer_type": AnswerType.MULTIPLE_CHOICE,
        "spans": [Interval(0.43, 0.7)],
        "spans_s": [],
        "flags": [],
        "licence": "MIT",
    }
    return Record(**known | parts)


def open_record(answer: str, answer_type: AnswerType, **parts: Any) -> Record:
    """A record without options."""
    return record(options=[], answer=answer, answer_type=answer_type, **parts)


def image(**parts: Any) -> Record:
    """A choice about an image."""
    return record(media=Media("image", "i", "i.png"), spans=[], **parts)


words = st.text("abcdefghijklmnopqrstuvwxyzäé你好ABC'-,. ", min_size=1, max_size=40).filter(
    lambda text: any(map(str.isalnum, text)) and text == text.strip()
)
numbers = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-1000, 1000, places=2).map(str),
)
# Below a length of 0.01 four digits may not reach IoU 0.99.
ends = st.floats(0.0, 1.0)
spans = st.tuples(ends, ends).map(sorted).map(lambda pair: Interval(*pair))
long_spans = spans.filter(lambda span: span.length >= 0.01)
durations = st.floats(2.0, 36_000.0)
ANSWERS = {
    AnswerType.NUMERICAL: numbers,
    AnswerType.REGRESSION: numbers,
    AnswerType.OCR: words,
    AnswerType.FREE_FORM: words,
    AnswerType.MATH: st.integers(-1000, 1000).map(str),
    AnswerType.BOOLEAN: st.sampled_from(["yes", "no", "Yes", "No", "true", "false"]),
}


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record that a source could make, with a chain and key elements or without."""
    kind = draw(st.sampled_from(["video", "video", "frames", "image"]))
    answer_type = draw(st.sampled_from([*ANSWERS, AnswerType.MULTIPLE_CHOICE, AnswerType.NONE]))
    options: list[str] = []
    answer = None
    if answer_type is AnswerType.MULTIPLE_CHOICE:
        options = draw(st.lists(words, min_size=2, max_size=26))
        answer = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[draw(st.integers(0, len(options) - 1))]
    elif answer_type is not AnswerType.NONE:
        answer = draw(ANSWERS[answer_type])
    meta: dict[str, Any] = {}
    if draw(st.booleans()):
        meta["think"] = draw(words)
    if draw(st.booleans()):
        names = st.text("abcdefghijklmnopqrstuvwxyz 你好", min_size=2, max_size=12)
        key = st.builds(str.strip, names).filter(lambda name: len(name) > 1)
        meta["elements"] = draw(st.lists(key, min_size=4, max_size=16, unique=True))
    video = kind != "image"
    return record(
        id=f"made/train/{draw(st.integers(0, 10**6))}",
        media=Media(kind, "v", "v.mp4", duration_s=draw(durations) if video else None),
        question=draw(words),
        options=options,
        answer=answer,
        answer_type=answer_type,
        spans=draw(st.lists(long_spans, max_size=3)) if video else [],
        meta=meta,
    )


def golds(one: Record) -> Iterator[tuple[Task, str, dict[str, float]]]:
    """Each task that fits the record with a gold completion, and the scores of that.

    A record without a chain is given one, so that the thinking tasks have golds too.
    """
    thought = one if chain(one) else with_chain(one, "I watch to the end")
    for name in TASKS.names():
        task = TASKS[name]
        gold = task.gold(thought) if task.fits(thought) else None
        if gold is not None:
            yield task, gold, dict(task.scores(thought, gold))


def short_of_full(one: Record) -> list[str]:
    """Where the record's own golds earn less than full marks."""
    return [
        f"{one.id} {task.name} {score} {value}: {gold!r}"
        for task, gold, scores in golds(one)
        for score, value in scores.items()
        if value < (0.99 if score == "iou" else 1.0)
    ]
