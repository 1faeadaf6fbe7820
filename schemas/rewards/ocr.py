"""Texts read off a picture: 1 - word error rate, case and punctuation counted."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.reward import scorer
from schemas.task import Reading
from schemas.words import incomparable, word_error_rate


@scorer(AnswerType.OCR)
def ocr(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold text, less for each word to mend. Lenient: case does not count."""
    if incomparable(text, gold):
        return 0.0
    if reading is Reading.LENIENT:
        text, gold = text.casefold(), gold.casefold()
    said, wanted = text.split(), gold.split()
    if reading is not Reading.PUBLISHED and not (said and wanted):
        return 0.0
    return min(max(1.0 - word_error_rate(said, wanted), 0.0), 1.0)
