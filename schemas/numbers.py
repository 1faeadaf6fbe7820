"""Numbers in answers.

Strict: digits with an optional sign, decimal point, exponent and thousands separators in their
places: `42`, `-5`, `.5`, `1,234.50`, `3e-4`. Lenient: also `50 %`, a unit behind the number, a
fraction `1/2`, a leading currency sign. Never `nan`, `inf`, `1_000`, other scripts' digits.
"""

from __future__ import annotations

import math
import re

_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?"
_STRICT = re.compile(_NUMBER, re.ASCII)
_LENIENT = re.compile(rf"[$€£]?\s*({_NUMBER})\s*(%|[^\W\d_][\w°/²³.]*|°)?", re.ASCII)
_FRACTION = re.compile(r"([+-]?\d{1,18})\s*/\s*(\d{1,18})", re.ASCII)
_LONGEST = 400


def strict_number(text: str) -> float | None:
    """The number that the text consists of, or None."""
    said = text.strip()
    if len(said) > _LONGEST or not _STRICT.fullmatch(said) or not any(c.isdigit() for c in said):
        return None
    value = float(said.replace(",", ""))
    return value if math.isfinite(value) else None


def lenient_number(text: str) -> float | None:
    """The number that a reader sees in the text: with a unit, in percent, as a fraction."""
    said = text.strip().rstrip(".")
    if len(said) > _LONGEST:
        return None
    fraction = _FRACTION.fullmatch(said)
    if fraction and int(fraction[2]):
        return int(fraction[1]) / int(fraction[2])
    found = _LENIENT.fullmatch(said)
    return strict_number(found[1]) if found else strict_number(said)


def python_float(text: str) -> float | None:
    """What the released code reads: `float` of the text without commas, nan and inf included."""
    try:
        return float(text.replace(",", "").strip())
    except ValueError:
        return None


def same_to_cents(a: float, b: float) -> bool:
    """Equal after rounding to two decimals, as the released code compares."""
    try:
        return round(a, 2) == round(b, 2)
    except OverflowError:
        return a == b
