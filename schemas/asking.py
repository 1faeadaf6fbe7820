"""How a record is put in words: its question and options, its medium, its reasoning.

What several tasks share stands here once, so that the contexts of one record are the same up to
the prefix of the assistant's turn.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from string import ascii_uppercase
from typing import Any

from schemas.answers import AnswerType, letter
from schemas.interval import Interval, longest, seconds
from schemas.record import Record, canonical

# What ends a turn where completions are decoded with their special tokens.
TURN_END = "<|im_end|>"
# A chain of thought with one of these would break the layout that it is put in.
_NO_CHAIN = re.compile(r"</?(?:think|answer|observe)>|<\|")
# Options that speak of other options by place or letter; moved, they would say something else.
_SPEAKS_OF_OTHERS = re.compile(
    r"\b(?:above|below|(?:all|both|none|neither|either) of (?:these|the options)"
    r"|[A-Z],? (?:and|or|nor) [A-Z])\b"
)

_ANSWER_FORMS = {
    AnswerType.MULTIPLE_CHOICE: "the letter of the right option",
    AnswerType.NUMERICAL: "the number alone",
    AnswerType.REGRESSION: "the number alone",
    AnswerType.OCR: "the text just as it is written",
    AnswerType.BOOLEAN: "yes or no",
    AnswerType.MATH: "the number or expression alone",
    AnswerType.FREE_FORM: "a short text",
    AnswerType.NONE: "a short text",
}


def meta_of(record: Record) -> dict[str, Any]:
    """What else the source said of the record."""
    meta: dict[str, Any] = json.loads(record.meta)
    return meta


def medium(record: Record) -> str:
    """What a prompt calls the media: `video` (frames too) or `image`."""
    return "image" if record.media.kind == "image" else "video"


def answered(record: Record) -> bool:
    """Whether an answer is known, and every option has a letter."""
    known = bool((record.answer or "").strip()) and record.answer_type is not AnswerType.NONE
    return known and len(record.options) <= len(ascii_uppercase)


def placed(record: Record) -> bool:
    """Whether spans of a video are known, even where no answer can earn them."""
    return bool(record.spans) and medium(record) == "video"


def question(record: Record) -> str:
    """The question, and below it the options, one a line, each after its letter."""
    return "\n".join([record.question, *options(record)])


def options(record: Record) -> list[str]:
    """Each option in one line after its letter: `B. unwrap it`."""
    texts = (" ".join(option.splitlines()) for option in record.options)
    return [f"{letter(place)}. {text}" for place, text in enumerate(texts)]


def answer_form(record: Record) -> str:
    """What stands in the place of the answer, by its type."""
    return _ANSWER_FORMS[record.answer_type]


def gold_span(record: Record) -> Interval | None:
    """The longest proper span, in ratios; None where there is none."""
    return longest([span for span in record.spans if span.proper])


def segments_s(record: Record) -> list[Interval]:
    """All spans in seconds, for scoring; none where the duration is not known."""
    duration_s = record.media.duration_s
    return [] if duration_s is None else [seconds(span, duration_s) for span in record.spans]


def chain(record: Record) -> str | None:
    """The published chain of thought; None where there is none, or one that holds tags."""
    think = meta_of(record).get("think")
    if not isinstance(think, str) or not think.strip() or _NO_CHAIN.search(think):
        return None
    return think.strip()


def with_chain(record: Record, think: str | None) -> Record:
    """The record with another chain of thought, or with none.

    With any chain, the gold completions of the thinking tasks can be made and checked.
    """
    meta = meta_of(record)
    meta.pop("think", None)
    if think is not None:
        meta["think"] = think
    return replace(record, meta=canonical(meta))


def spoken(completion: str) -> str:
    """The completion up to the token that ends the turn, without white space around it."""
    return completion.partition(TURN_END)[0].strip()


def shuffled(record: Record, seed: int) -> Record:
    """The record with its options in another order, and the letter of its answer with them.

    The order follows from the seed and the record's id alone. Options that speak of others ("all
    of the above", "A and B") keep their order. A chain of thought may name letters, so a record
    whose options moved has none.

    Args:
        record: of any answer type; only choices change.
        seed: another one gives another order.
    """
    count = len(record.options)
    letters = ascii_uppercase[:count]
    if record.answer_type is not AnswerType.MULTIPLE_CHOICE or not record.answer:
        return record
    if record.answer not in letters or any(map(_SPEAKS_OF_OTHERS.search, record.options)):
        return record
    order = list(range(count))
    random.Random(f"{seed} {record.id}").shuffle(order)
    if order == sorted(order):
        return record
    moved = letters[order.index(letters.index(record.answer))]
    texts = [record.options[place] for place in order]
    return with_chain(replace(record, options=texts, answer=moved), None)
