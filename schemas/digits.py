"""How few digits a gold span needs.

A model is taught to write few digits, so a span is written in the shortest decimal form whose
IoU with the truth is at least 0.99. Two digits of a ratio, as published, are not enough for short
events: 0.432 to 0.448 becomes 0.43 to 0.45.
"""

from __future__ import annotations

import math
from itertools import product

from schemas.interval import Interval, iou

NEAR = 0.99
# Digits after the point: a ratio has two to four, seconds one to four; the published ratios two.
RATIO_DIGITS = range(2, 5)
SECONDS_DIGITS = range(1, 5)
PUBLISHED_RATIO_DIGITS = range(2, 3)


def written(span: Interval, digits: range) -> tuple[str, str]:
    """Both ends in the fewest digits of the range that reach IoU 0.99 with the span.

    Ends are rounded to the nearest. A span too short for 0.99 in the most digits (four always
    reach it from a length of 0.01 on) is written in these, each end rounded down or up so that the
    IoU is the highest; the ends never fall together.

    Args:
        span: proper, in ratios or in seconds.
        digits: after the point, the fewest first; the same number for both ends.
    """
    for count in digits:
        ends = f"{span.start:.{count}f}", f"{span.end:.{count}f}"
        if _nearness(ends, span) >= NEAR:
            return ends
    most = digits[-1]
    return max(
        product(_beside(span.start, most), _beside(span.end, most)),
        key=lambda ends: _nearness(ends, span),
    )


def _nearness(ends: tuple[str, str], span: Interval) -> float:
    return iou(Interval(float(ends[0]), float(ends[1])), span)


def _beside(value: float, digits: int) -> tuple[str, str]:
    """The value rounded down and up."""
    scale = 10.0**digits
    down, up = math.floor(value * scale) / scale, math.ceil(value * scale) / scale
    return f"{down:.{digits}f}", f"{up:.{digits}f}"
