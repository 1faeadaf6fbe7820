r"""Mathematical answers: equal as expressions (`\frac{1}{2}` is `0.5`), judged by math-verify.

An equal text or number needs no library; anything else needs the extra `math`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

from schemas.answers import AnswerType
from schemas.errors import MissingExtra
from schemas.numbers import strict_number
from schemas.reward import scorer
from schemas.task import Reading

# Longer answers are no expressions; parsing them would take long.
_LONGEST = 400
# Factorials, powers of powers and powers with long exponents can take for ever to compute.
_COSTLY = re.compile(r"!|(?:\^|\*\*)[^+\-=,]{0,20}?(?:\d{3}|\^|\*\*)|\d{20}")
_MOST_POWERS = 6


@scorer(AnswerType.MATH)
def math(text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
    """1 for an answer equal to the gold one, else 0."""
    said, wanted = text.strip(), gold.strip()
    if not (said and wanted) or len(said) > _LONGEST:
        return 0.0
    if said == wanted:
        return 1.0
    numbers = strict_number(said), strict_number(wanted)
    if None not in numbers:
        return float(numbers[0] == numbers[1])
    if _costly(said) or _costly(wanted):
        return 0.0
    return float(_verified(said, wanted))


def _costly(text: str) -> bool:
    powers = text.count("^") + text.count("**")
    return powers > _MOST_POWERS or _COSTLY.search(text) is not None


@lru_cache(maxsize=4_096)
def _verified(said: str, wanted: str) -> bool:
    library = _library()
    parsed = [library.parse(f"${one}$", parsing_timeout=None) for one in (wanted, said)]
    return all(parsed) and bool(library.verify(*parsed, timeout_seconds=None))


def _library() -> ModuleType:
    try:
        import math_verify
    except ImportError:
        raise MissingExtra(
            "comparing mathematical answers needs math-verify",
            hint="pip install 'curate-video[math]'",
        ) from None
    # It warns at every call that it sets no alarm; what would take long is refused before.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    module: ModuleType = math_verify
    return module
