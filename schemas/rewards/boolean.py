"""Yes or no. Strict: one of yes, no, true, false; lenient: also as the first word of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.reward import scorer
from schemas.task import Reading

_MEANS = {"yes": True, "true": True, "no": False, "false": False}


@scorer(AnswerType.BOOLEAN)
def boolean(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold side, else 0."""
    said, wanted = _meant(text, reading), _meant(gold, Reading.STRICT)
    return float(wanted is not None and said == wanted)


def _meant(text: str, reading: Reading) -> bool | None:
    said = text.strip().rstrip(".!").lower()
    if reading is Reading.LENIENT and said:
        said = said[:64].split()[0].rstrip(",.;:")
    return _MEANS.get(said)
