"""How an answer is scored: one file of `schemas/rewards/` for each answer type.

A scorer compares the text of an answer (what stands between the tags, or the completion without
its prefix) with the gold answer and gives a score in [0, 1]. Boxes and tracks can follow as one
file each. Never an exception: what cannot be read scores 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from schemas.answers import AnswerType
from schemas.registry import Registry
from schemas.task import Reading


class Scorer(Protocol):
    """Score of an answer text against the gold answer."""

    def __call__(self, text: str, gold: str, options: Sequence[str], reading: Reading) -> float:
        """In [0, 1]; `options` are the record's, empty where it has none."""
        ...


REWARDS: Registry[Scorer] = Registry(
    "answer type", package="schemas.rewards", group="curate.rewards"
)


def scorer(answer_type: AnswerType) -> Callable[[Scorer], Scorer]:
    """Decorator: register the scorer of an answer type; its file is named like the type."""
    return lambda function: REWARDS.add(answer_type.value.replace("_", "-"), function)


def accuracy(
    text: str,
    gold: str,
    answer_type: AnswerType,
    options: Sequence[str] = (),
    reading: Reading = Reading.STRICT,
) -> float:
    """Score of an answer text by its type."""
    return REWARDS[answer_type.value.replace("_", "-")](text, gold, options, reading)
