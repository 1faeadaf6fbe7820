"""Words of texts, and how alike two texts are: word error rate and ROUGE.

`published` words are those of the `rouge-score` package: lower-case ASCII letters and digits,
stemmed when longer than three. Ours are words of any script; scripts without spaces are cut into
characters, so that an answer in Chinese is not 0 by construction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from functools import lru_cache
from itertools import pairwise

import snowballstemmer
from rapidfuzz.distance import LCSseq, Levenshtein

_ASCII_WORD = re.compile(r"[a-z0-9]+", re.ASCII)
# A word of any script, or one character of a script that is written without spaces.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_STEMMER = snowballstemmer.stemmer("porter")
# An answer so much longer than the gold one is none, and is not compared.
_LONGER = 100
_SHORT = 2_000


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word)) if len(word) > 3 and word.isascii() else word


def published_words(text: str) -> list[str]:
    """The words that `rouge-score` with its stemmer compares."""
    return [_stem(word) for word in _ASCII_WORD.findall(text.lower())]


def words(text: str) -> list[str]:
    """Words of any script, folded and stemmed; underscores part words."""
    return [_stem(word) for word in _WORD.findall(text.casefold().replace("_", " "))]


def incomparable(text: str, gold: str) -> bool:
    """True for a text a hundred times longer than the gold one."""
    return len(text) > _SHORT + _LONGER * len(gold)


def word_error_rate(text: Sequence[Hashable], gold: Sequence[Hashable]) -> float:
    """Word edits by words of the gold text; at least 1 word."""
    if len(text) >= 2 * len(gold) + 1:
        return max(1.0, (len(text) - len(gold)) / max(1, len(gold)))
    return Levenshtein.distance(text, gold) / max(1, len(gold))


def rouge(text: Sequence[str], gold: Sequence[str]) -> list[float]:
    """F of ROUGE-1, ROUGE-2 and ROUGE-L; those that both texts are too short for are left out."""
    scores = [_f(_shared(text, gold), len(text), len(gold))]
    if max(len(text), len(gold)) > 1:
        pairs = [list(pairwise(one)) for one in (text, gold)]
        scores.append(_f(_shared(*pairs), len(text) - 1, len(gold) - 1))
    scores.append(_f(LCSseq.similarity(text, gold), len(text), len(gold)))
    return scores


def published_rouge(text: str, gold: str) -> float:
    """Mean F of ROUGE-1, ROUGE-2 and ROUGE-L as `rouge-score` gives it: absent pairs count 0."""
    ours, theirs = published_words(text), published_words(gold)
    if not (ours and theirs):
        return 0.0
    return sum(rouge(ours, theirs)) / 3


def _shared(text: Sequence[Hashable], gold: Sequence[Hashable]) -> int:
    return (Counter(text) & Counter(gold)).total()


def _f(shared: int, of_text: int, of_gold: int) -> float:
    return 2 * shared / (of_text + of_gold) if shared else 0.0
