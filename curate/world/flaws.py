"""Faults of published annotation, put into a world on purpose.

Each is one that the real sets have: a span that ends past the video, a line whose start is after
its end, equal options, a video that cannot be had, ids that look like numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from curate.world.layout import STRANGE_IDS, Clip
from curate.world.questions import Question
from schemas.interval import Interval

# By source, number of the clip and place of the question in it.
OF_QUESTIONS = {
    ("nextgqa", 0, 1): "equal_options",
    ("nextqa", 0, 1): "equal_options",
    ("nextgqa", 7, 0): "past_the_end",
    ("charades-sta", 1, 0): "reversed_span",
    ("charades-sta", 1, 1): "past_the_end",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One fault.

    Args:
        kind: `past_the_end`, `reversed_span`, `equal_options`, `missing_video` or `strange_id`.
        source: the source whose row has it.
        split: of that source.
        media: the id of the video.
        question: the question's text; empty when the fault is the video's.
    """

    kind: str
    source: str
    split: str
    media: str
    question: str = ""


def flawed(question: Question, source: str, clip: Clip, place: int, duration_s: float) -> Question:
    """The question with the fault that its place has, or as it is."""
    kind = OF_QUESTIONS.get((source, clip.number, place))
    if kind == "equal_options":
        return replace(question, options=_equal(question), flaw=kind)
    if kind == "past_the_end":
        start, _ = question.spans_s[-1]
        span = Interval(start, math.ceil(duration_s) + 0.5)
        return replace(question, spans_s=(*question.spans_s[:-1], span), flaw=kind)
    if kind == "reversed_span":
        start, end = question.spans_s[0]
        return replace(question, spans_s=(Interval(end, start),), flaw=kind)
    return question


def flaws_of_media(clips: Iterable[Clip]) -> list[Flaw]:
    """The faults of videos and their ids."""
    found = []
    for clip in clips:
        if clip.missing:
            found += [Flaw("missing_video", name, "val", clip.id) for name in ("nextgqa", "nextqa")]
        elif clip.id in STRANGE_IDS.values():
            found.append(Flaw("strange_id", "charades-sta", clip.split, clip.id))
    return found


def _equal(question: Question) -> tuple[str, ...]:
    """The options with the second wrong one replaced by the first."""
    first, second = [option for option in question.options if option != question.answer][:2]
    return tuple(first if option == second else option for option in question.options)
