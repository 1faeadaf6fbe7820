"""Instruction data whose answers are texts with times: TimeIT, VTG-IT and what is made like them.

A row is `{video, QA: [{q, a}]}`. An answer locates one query (`The given query happens in 35.0 -
79.0 seconds.`) or lists events (`0.0 - 13.0 seconds, clean the face.  13.0 - 25.0 seconds, ...`).
VTG-IT spells each digit of a time as a token (`<TIME_ONE><TIME_THREE><TIME_DOT><TIME_ZERO>`). What
is asked of the video is the query or the event's text, not the instruction around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from builders.reading.rows import listed_objects
from builders.reading.values import relative_path, stem, text
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media

_DIGITS = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
_SPELLED = {f"<TIME_{name}>": str(digit) for digit, name in enumerate(_DIGITS)}
_SPELLED["<TIME_DOT>"] = "."
_TOKEN = re.compile("|".join(_SPELLED))

_TIME = r"(\d+(?:\.\d+)?)"
_PAIR = re.compile(rf"{_TIME}\s*-\s*{_TIME}")
_LOCATED = re.compile(rf"happens in\s+({_PAIR.pattern}(?:\s*(?:,|and)\s*{_PAIR.pattern})*) seconds")
# An event begins the text or follows the full stop of the one before it: descriptions hold
# times of their own ("cook for 30 seconds").
_EVENT = re.compile(rf"(?:^|(?<=[.!?]))\s*{_PAIR.pattern}\s*seconds?\s*,")
_INSTANT = re.compile(rf"{_TIME}\s*seconds?\b")
_QUOTED = re.compile(r"'(.+)'", re.DOTALL)


class Event(NamedTuple):
    """What is to be located, and its spans in seconds."""

    text: str
    spans_s: list[Interval]


def numbered(spelled: str) -> str:
    """A text whose times are digits, where they were spelled in time tokens."""
    return _TOKEN.sub(lambda token: _SPELLED[token.group()], spelled)


def asked_events(question: str, answer: str) -> list[Event]:
    """The events that an answer locates, each with the text that describes it.

    Raises:
        BadRow: `instants` when the answer gives times without an end, `no_spans` when none.
    """
    plain = numbered(answer)
    located = _LOCATED.search(plain)
    if located:
        quoted = _QUOTED.search(question)
        query = quoted.group(1) if quoted else question
        return [Event(query.strip(), _spans(located.group(1)))]
    events = _events(plain)
    if events:
        return events
    shown = plain[:60]
    if _INSTANT.search(plain):
        raise BadRow("instants", f"times without an end: {shown!r}")
    raise BadRow("no_spans", f"no times in the answer: {shown!r}")


def annotated_events(
    said: Iterable[tuple[Any, Any]],
    locate: Callable[[str, str], list[Event]],
    media: Media,
    meta: Mapping[str, Any],
) -> Iterator[Annotation | BadRow]:
    """An annotation for each event of each question and answer; a bad pair is set aside.

    Args:
        said: questions and answers about the media.
        locate: the events of one question and answer, or `BadRow`.
        media: what they are about.
        meta: what else is known; the question goes in as `instruction`.
    """
    for number, (question, answer) in enumerate(said):
        try:
            if not (isinstance(question, str) and isinstance(answer, str)):
                raise BadRow("bad_row", f"not two texts: {question!r}, {answer!r}")
            events = locate(question, answer)
        except BadRow as bad:
            bad.key = f"{media.key}/{number}"
            yield bad
            continue
        for index, event in enumerate(events):
            yield Annotation(
                media,
                event.text,
                content=[media.start_s, question, answer, index],
                spans_s=event.spans_s,
                meta={**meta, "instruction": question},
            )


def timed_annotations(row: Mapping[str, Any]) -> Iterator[Annotation | BadRow]:
    """The annotations of a row of TimeIT or VTG-IT, one an event.

    Raises:
        BadRow: no such row.
    """
    path = relative_path(text(row, "video"))
    rest = {name: value for name, value in row.items() if name not in ("video", "QA")}
    said = [(pair.get("q"), pair.get("a")) for pair in listed_objects(row, "QA")]
    return annotated_events(said, asked_events, Media("video", stem(path), path), rest)


def _spans(times: str) -> list[Interval]:
    return [Interval(float(start), float(end)) for start, end in _PAIR.findall(times)]


def _events(plain: str) -> list[Event]:
    heads = list(_EVENT.finditer(plain))
    ends = [head.start() for head in heads[1:]] + [len(plain)]
    return [
        Event(
            plain[head.end() : end].strip(),
            [Interval(float(head.group(1)), float(head.group(2)))],
        )
        for head, end in zip(heads, ends, strict=False)
    ]
