"""Texts with times in angle brackets: `From <0.0> to <9.4>, a woman counts money.`

So write LITA, Grounded-VideoLLM and, once its placeholders are filled, VTimeLLM. The bracketed
times are seconds.
"""

from __future__ import annotations

import re

from builders.reading.timed_text import Event
from schemas.errors import BadRow
from schemas.interval import Interval

_TIME = r"<(-?(?:\d*\.)?\d+\.?)>"
_TIMES = re.compile(_TIME)
_PAIR = re.compile(rf"{_TIME}\s*(?:to|and|[-–,])?\s*{_TIME}")
# "From <a> to <b>, text": at the start of the answer, of a line or of a sentence.
_HEAD = re.compile(
    rf"(?:^|(?<=[.!?\n]))\s*(?:from|between)?\s*{_PAIR.pattern}\s*[,:]", re.IGNORECASE
)


def bracketed_times(text: str) -> list[float]:
    """Every bracketed time, in order."""
    return [float(time) for time in _TIMES.findall(text)]


def bracketed_spans(text: str) -> list[Interval]:
    """Every pair of bracketed times that belong together (`<a> to <b>`), in order."""
    return [Interval(float(start), float(end)) for start, end in _PAIR.findall(text)]


def without_times(text: str) -> str:
    """The text without its bracketed times."""
    return " ".join(_TIMES.sub(" ", _PAIR.sub(" ", text)).split())


def bracketed_events(question: str, answer: str) -> list[Event]:
    """The events that a question and its answer locate.

    An answer that lists `From <a> to <b>, text` gives an event for each. One that gives times
    alone locates what the question asks for; one that describes the times in the question is
    the event that happens there.

    Raises:
        BadRow: `instants` when there are times without an end, `no_spans` when there are none.
    """
    events = _listed_events(answer)
    if events:
        return events
    spans = bracketed_spans(answer)
    if spans:
        return [Event(question, spans)]
    spans = bracketed_spans(question)
    if spans and not _TIMES.search(answer):
        return [Event(answer, spans)]
    if bracketed_times(question + answer):
        raise BadRow("instants", f"times without an end: {answer[:60]!r}")
    raise BadRow("no_spans", f"no times in the question or the answer: {answer[:60]!r}")


def _listed_events(answer: str) -> list[Event]:
    heads = list(_HEAD.finditer(answer))
    ends = [head.start() for head in heads[1:]] + [len(answer)]
    return [
        Event(
            answer[head.end() : end].strip(),
            [Interval(float(head.group(1)), float(head.group(2)))],
        )
        for head, end in zip(heads, ends, strict=False)
    ]
