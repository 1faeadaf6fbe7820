"""Numbers that may be near: 1 - relative error (Video-R1), mean relative accuracy (VSI-Bench).

Published: nan and inf pass, and an exact 0 scores 0, through its 1e-9 terms. Lenient is for
evaluation, and gives the mean relative accuracy.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.numbers import lenient_number, python_float, strict_number
from schemas.reward import scorer
from schemas.task import Reading

TINY = 1e-9
THRESHOLDS = tuple(0.5 + 0.05 * step for step in range(10))


@scorer(AnswerType.REGRESSION)
def regression(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold number, less the farther away."""
    if reading is Reading.PUBLISHED:
        return _published(python_float(text), python_float(gold))
    wanted = lenient_number(gold)
    said = strict_number(text) if reading is Reading.STRICT else lenient_number(text)
    if said is None or wanted is None:
        return 0.0
    if reading is Reading.LENIENT:
        return mean_relative_accuracy(said, wanted)
    return max(0.0, 1.0 - _relative(said, wanted))


def mean_relative_accuracy(said: float, wanted: float) -> float:
    """Share of the thresholds 0.50, 0.55, ..., 0.95 that 1 - relative error passes (VSI-Bench).

    In single precision as published, where 9 for 10 passes 0.90.
    """
    error = _single(abs(said - wanted) / (abs(wanted) + 1e-8))
    passed = sum(error < _single(1.0 - _single(threshold)) for threshold in THRESHOLDS)
    return passed / len(THRESHOLDS)


def _single(value: float) -> float:
    """The nearest number of single precision; inf beyond them."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.inf


def _relative(said: float, wanted: float) -> float:
    if wanted == 0.0:
        return 0.0 if said == 0.0 else 1.0
    error = abs(said - wanted) / abs(wanted)
    return error if math.isfinite(error) else 1.0


def _published(said: float | None, wanted: float | None) -> float:
    if said is None or wanted is None:
        return 0.0
    relative = (abs(said - wanted) + TINY) / (abs(wanted) + TINY)
    return 1.0 - min(1.0, max(0.0, relative))
