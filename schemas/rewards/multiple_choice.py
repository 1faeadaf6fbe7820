"""Choices: the letter of an option. Published: the text as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.letters import lenient_letter, strict_letter
from schemas.reward import scorer
from schemas.task import Reading


@scorer(AnswerType.MULTIPLE_CHOICE)
def multiple_choice(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold letter, else 0."""
    if reading is Reading.PUBLISHED:
        return float(text.strip() == gold.strip())
    read = strict_letter if reading is Reading.STRICT else lenient_letter
    wanted = strict_letter(gold, options)
    return float(wanted is not None and read(text, options) == wanted)
