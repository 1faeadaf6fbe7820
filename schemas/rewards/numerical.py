"""Numbers that must be right to two decimals, as Video-R1 compares them.

Published: a text with a comma or a point never equals one without, so `1,000` is not `1000`.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.numbers import lenient_number, python_float, same_to_cents, strict_number
from schemas.reward import scorer
from schemas.task import Reading


@scorer(AnswerType.NUMERICAL)
def numerical(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold number, else 0."""
    if reading is Reading.PUBLISHED:
        if _marked(text) != _marked(gold):
            return 0.0
        said, wanted = python_float(text), python_float(gold)
    else:
        read = strict_number if reading is Reading.STRICT else lenient_number
        said, wanted = read(text), lenient_number(gold)
    if said is None or wanted is None:
        return 0.0
    return float(same_to_cents(said, wanted))


def _marked(text: str) -> bool:
    return "." in text or "," in text
