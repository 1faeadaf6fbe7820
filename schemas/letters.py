"""Which option a text names.

Strict: a letter of an option and no more than its text: `B`, `B.`, `(B)`, `B) unwrap it`,
`B. unwrap it`, in ASCII capitals. Lenient: also `b`, `Answer: B`, the option's text alone, or one
option's label in a sentence. A text that names two options names none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

_LABEL = re.compile(r"\(?([A-Z])(?:[.):]\s*|\)\s*|$)", re.ASCII)
_SAID = re.compile(
    r"(?:\banswer\b|\boption\b|\bchoice\b)\s*(?:is|:)?\s*\(?([A-Z])\)?(?![\w'])",
    re.ASCII | re.IGNORECASE,
)
_ALONE = re.compile(r"(?<![\w'])\(?([A-Z])(?:[.):](?!\w)|\))", re.ASCII)
_LONGEST = 4_096


def strict_letter(text: str, options: Sequence[str]) -> str | None:
    """The letter that the text consists of, alone or followed by its own option's text.

    Without options (texts unknown) only the letter alone is read.
    """
    said = text.strip()
    found = _LABEL.match(said[:8])
    if not found:
        return None
    letter, rest = found[1], said[found.end() :].strip()
    place = ascii_uppercase.index(letter)
    if options and place >= len(options):
        return None
    if rest and not (options and _plain(rest) == _plain(options[place])):
        return None
    return letter


def lenient_letter(text: str, options: Sequence[str]) -> str | None:
    """The one option that a reader would say is meant; None where several or none are."""
    said = text.strip()[:_LONGEST]
    if len(said) == 1 and said.upper() in ascii_uppercase[: len(options) or 26]:
        return said.upper()
    strict = strict_letter(said, options)
    if strict:
        return strict
    same = [
        ascii_uppercase[i] for i, option in enumerate(options) if _plain(option) == _plain(said)
    ]
    named = set(_SAID.findall(said)) or set(_ALONE.findall(said))
    named = {letter.upper() for letter in named}
    found = set(same) or {n for n in named if n in ascii_uppercase[: len(options) or 26]}
    return found.pop() if len(found) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.strip().rstrip(".").lower().split())
