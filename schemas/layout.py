"""The tags that a completion is laid out in, and what stands between them.

Every function is linear in the completion's length; none raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.interval import Interval
from schemas.task import Reading

_THINK_THEN_ANSWER = re.compile(r"</think>\s*<answer>")

_NUMBER = r"(\d+(?:\.\d+)?)"
# Digits and spaces are counted, so that no text takes long.
_CLOCK = r"(\d{1,7}(?::\d{1,2}){0,2}(?:\.\d{1,9})?)\s{0,4}(%|s\b|secs?\b|seconds?\b)?"
_SAID = re.compile(
    rf"(?<![\w.:-]){_CLOCK}\s{{0,4}}(?:-|–|—|,|to|and|until)\s{{0,4}}{_CLOCK}(?!\w|[.:]\d)",
    re.ASCII,
)
_PAIR = re.compile(rf"\[\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\]", re.ASCII)


def pair(text: str, reading: Reading = Reading.STRICT) -> Interval | None:
    """The interval of `[0.43, 0.70]`; None for any other form, and where start >= end.

    Lenient: two numbers that a dash, a comma or a word joins will do, as percent or as a clock
    shows them, in either order.

    Published: the first and the last character are cut whatever they are, and `float` reads the
    rest, so that `(0.1, 0.2)` passes too.
    """
    if reading is Reading.PUBLISHED:
        try:
            start, end = map(float, text.strip()[1:-1].split(","))
        except ValueError:
            return None
        return Interval(start, end)
    found = _PAIR.fullmatch(text.strip())
    span = Interval(float(found[1]), float(found[2])) if found else None
    if reading is Reading.LENIENT and span is None:
        span = _said(text)
    if reading is Reading.LENIENT and span is not None:
        span = Interval(min(span), max(span))
    return span if span and span.proper else None


def _said(text: str) -> Interval | None:
    """The first two numbers that a dash, a comma or a word joins: `0:43 to 1:10`, `43% - 70%`."""
    found = _SAID.search(text)
    if found is None:
        return None
    start, start_unit, end, end_unit = found.groups()
    share = 0.01 if "%" in (start_unit, end_unit) else 1.0
    return Interval(_seconds(start) * share, _seconds(end) * share)


def _seconds(clock: str) -> float:
    """`1:10` -> 70."""
    value = 0.0
    for part in clock.split(":"):
        value = 60 * value + float(part)
    return value


def blocks(completion: str, names: Sequence[str]) -> list[str] | None:
    """What stands in each block, where the completion is these blocks in this order and no more.

    White space between blocks and around them does not matter. None where a tag is missing, comes
    twice or in another order, or where text stands between or around the blocks.
    """
    found = []
    rest = completion.strip()
    for name in names:
        opening, closing = f"<{name}>", f"</{name}>"
        if completion.count(opening) != 1 or completion.count(closing) != 1:
            return None
        inner, tag, after = rest.removeprefix(opening).partition(closing)
        if not tag or not rest.startswith(opening):
            return None
        found.append(inner.strip())
        rest = after.lstrip()
    return None if rest else found


def block(completion: str, name: str, reading: Reading = Reading.STRICT) -> str | None:
    """What stands between the tags of one name, stripped; None where nothing does.

    Strict: after the reasoning, and exactly once there. Lenient: the last one after the reasoning.
    Published: the first one, inside the reasoning too.
    """
    opening, closing = f"<{name}>", f"</{name}>"
    if reading is Reading.PUBLISHED:
        inner, tag, _ = completion.partition(opening)[2].partition(closing)
        return inner.strip() if tag else None
    said = completion.rpartition("</think>")[2]
    if reading is Reading.STRICT and not said.count(opening) == said.count(closing) == 1:
        return None
    inner, tag, _ = said.rpartition(opening)[2].partition(closing)
    return inner.strip() if tag and opening in said else None


def thinks_then_answers(completion: str) -> bool:
    """The published format of Video-R1, to the letter: two thoughts or two answers pass it.

    Equal to `fullmatch(r"<think>.*?</think>\\s*<answer>.*?</answer>", re.DOTALL)`, in linear time.
    """
    if not (completion.startswith("<think>") and completion.endswith("</answer>")):
        return False
    return _THINK_THEN_ANSWER.search(completion, len("<think>")) is not None
