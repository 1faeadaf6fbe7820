"""Intervals of time and their algebra.

An `Interval` is a pair of floats; whether it is in seconds or in ratios of the duration is said
by the name that holds it (`span_s`, `spans`). An interval is proper when both ends are finite
and start < end; the measures below give 0 for any other, never an exception and never a stale
value (published rewards return the previous row's IoU when a prediction holds a nan).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Interval(NamedTuple):
    """A closed interval [start, end]."""

    start: float
    end: float

    @property
    def length(self) -> float:
        """end - start; negative when reversed."""
        return self.end - self.start

    @property
    def proper(self) -> bool:
        """True when both ends and the length are finite and start < end."""
        return 0.0 < self.length < math.inf


def overlap(a: Interval, b: Interval) -> float:
    """Length of the intersection, at least 0; 0 when either is not proper."""
    if not (a.proper and b.proper):
        return 0.0
    return max(0.0, min(a.end, b.end) - max(a.start, b.start))


def iou(a: Interval, b: Interval) -> float:
    """Intersection over union in [0, 1] (VideoReasoner Eq. 4, Temporal-RLT Eq. 2).

    Two disjoint intervals have IoU 0. Where they overlap, the union is the hull, so this equals
    the published forms that divide by the hull.
    """
    shared = overlap(a, b)
    if shared == 0.0:
        return 0.0
    return shared / (max(a.end, b.end) - min(a.start, b.start))


def iop(prediction: Interval, gold: Interval) -> float:
    """Intersection over the prediction's length, in [0, 1] (NExT-GQA, section 4)."""
    shared = overlap(prediction, gold)
    return shared / prediction.length if shared else 0.0


def best_iou(prediction: Interval, golds: Iterable[Interval]) -> float:
    """The highest IoU with any of several gold segments; 0 without any."""
    return max((iou(prediction, gold) for gold in golds), default=0.0)


def longest(spans: Sequence[Interval]) -> Interval | None:
    """The longest span, the earliest of equals; None without any."""
    return max(spans, key=lambda span: (span.length, -span.start), default=None)


def merge(spans: Iterable[Interval], gap: float = 0.0) -> list[Interval]:
    """The union of spans as sorted, disjoint intervals; those up to `gap` apart are joined."""
    merged: list[Interval] = []
    for span in sorted(span for span in spans if span.proper):
        if merged and span.start - merged[-1].end <= gap:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def covered(spans: Iterable[Interval]) -> float:
    """Length of the union of spans."""
    return sum(span.length for span in merge(spans))


def clamp(span: Interval, upper: float, lower: float = 0.0) -> tuple[Interval, bool]:
    """The span with both ends inside [lower, upper], and whether that moved an end."""
    inside = Interval(min(max(span.start, lower), upper), min(max(span.end, lower), upper))
    return inside, inside != span


def ratio(span_s: Interval, duration_s: float) -> Interval:
    """Seconds to ratios of the duration.

    Raises:
        ValueError: the duration is not a positive number.
    """
    if not (math.isfinite(duration_s) and duration_s > 0):
        raise ValueError(f"duration {duration_s!r} s is not a positive number")
    return Interval(span_s.start / duration_s, span_s.end / duration_s)


def seconds(span: Interval, duration_s: float) -> Interval:
    """Ratios of the duration to seconds."""
    return Interval(span.start * duration_s, span.end * duration_s)
