"""Sentences: mean F of ROUGE-1, ROUGE-2 and ROUGE-L over stemmed words.

Published: `rouge-score` as it is, where one word that is right scores 2/3 and other scripts 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.answers import AnswerType
from schemas.reward import scorer
from schemas.task import Reading
from schemas.words import incomparable, published_rouge, rouge, words


@scorer(AnswerType.FREE_FORM)
def free_form(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for the gold sentence, less the fewer words it shares."""
    if incomparable(text, gold):
        return 0.0
    if reading is Reading.PUBLISHED:
        return published_rouge(text, gold)
    said, wanted = words(text), words(gold)
    if not (said and wanted):
        return float(bool(gold.strip()) and text.strip() == gold.strip())
    scores = rouge(said, wanted)
    return sum(scores) / len(scores)
