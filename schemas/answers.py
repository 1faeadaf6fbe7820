"""What kinds of answers there are, and how published options and answers are written.

Options are kept as plain texts in published order; the answer of a choice is a letter. Sources
write `"A. text"`, `"(A) text"`, an index, a letter or the option's text: the functions here turn
each into that one form, and refuse what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from string import ascii_uppercase

from schemas.errors import BadRow


class AnswerType(StrEnum):
    """How an answer is compared with the gold one."""

    MULTIPLE_CHOICE = "multiple_choice"
    NUMERICAL = "numerical"
    OCR = "ocr"
    FREE_FORM = "free_form"
    REGRESSION = "regression"
    BOOLEAN = "boolean"
    MATH = "math"
    NONE = "none"


# Video-R1's five problem types and the two that EasyVideoR1 adds, as their files spell them.
PROBLEM_TYPES = {
    "multiple choice": AnswerType.MULTIPLE_CHOICE,
    "numerical": AnswerType.NUMERICAL,
    "OCR": AnswerType.OCR,
    "free-form": AnswerType.FREE_FORM,
    "regression": AnswerType.REGRESSION,
    "boolean": AnswerType.BOOLEAN,
    "math": AnswerType.MATH,
}

_LABEL = re.compile(r"^\s*\(?([A-Z])(?:[.):]\s*|\)\s*)", re.DOTALL)
_TAGGED = re.compile(r"^\s*<answer>(.*)</answer>\s*$", re.DOTALL)


def letter(index: int) -> str:
    """0 -> `A`.

    Raises:
        BadRow: the index is not that of a letter.
    """
    if not 0 <= index < len(ascii_uppercase):
        raise BadRow("bad_answer", f"option index {index} is not between 0 and 25")
    return ascii_uppercase[index]


def plain_options(options: Sequence[str]) -> list[str]:
    """Options without their labels.

    Labels (`A. x`, `(A) x`, `A) x`, `A: x`) are removed only when every option carries its own,
    in order, so that an option such as `A. Lincoln` beside unlabelled ones stays whole.
    """
    found = [_LABEL.match(option) for option in options]
    labels = [match.group(1) if match else "" for match in found]
    if labels and labels == list(ascii_uppercase[: len(options)]):
        return [
            option[match.end() :].strip()
            for option, match in zip(options, found, strict=True)
            if match
        ]
    return [option.strip() for option in options]


def letter_of_index(index: str | int, count: int) -> str:
    """The letter of a 0-based option index.

    Raises:
        BadRow: not an integer, or outside the options.
    """
    try:
        number = int(index)
    except (TypeError, ValueError):
        raise BadRow("bad_answer", f"answer {index!r} is not an option index") from None
    if not 0 <= number < count:
        raise BadRow("bad_answer", f"answer {number} is not one of the {count} options")
    return letter(number)


def letter_of_text(text: str, options: Sequence[str]) -> tuple[str, bool]:
    """The letter of the option with this text, and whether more than one has it.

    Texts are compared after stripping. The first of equal options gives the letter.

    Raises:
        BadRow: no option has this text.
    """
    wanted = text.strip()
    places = [i for i, option in enumerate(options) if option.strip() == wanted]
    if not places:
        raise BadRow("bad_answer", f"answer {wanted!r} is not among the options")
    return letter(places[0]), len(places) > 1


def checked_letter(text: str, count: int) -> str:
    """The letter in `B`, `(B)`, `B.` or `B. unwrap it`, if it names one of `count` options.

    Raises:
        BadRow: no such letter.
    """
    stripped = text.strip()
    labelled = _LABEL.match(stripped)
    found = stripped if len(stripped) == 1 else labelled.group(1) if labelled else ""
    if not found or found not in ascii_uppercase[:count]:
        raise BadRow("bad_answer", f"answer {stripped[:60]!r} names none of the {count} options")
    return found


def untagged(text: str) -> str:
    """`<answer>x</answer>` -> `x`; a text without the tags is returned stripped."""
    tagged = _TAGGED.match(text)
    return (tagged.group(1) if tagged else text).strip()
