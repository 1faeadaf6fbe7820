"""What a task is: how a record is asked, what the gold completion is, and how one is scored.

A task is one file of `schemas/tasks/`: prompt, prefix, gold, parser and scores together, so that
they cannot drift apart. `examples(record)` fans a record out into every task that fits it.

A score is a pure function of (record, completion) in [0, 1]; what does not apply is absent, not 0.
Scores are never added up here: difficulty uses the outcome alone, and a recipe weighs the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from schemas.answers import AnswerType
from schemas.interval import Interval
from schemas.record import Media, Record
from schemas.registry import Registry


class Reading(StrEnum):
    """How completions are read.

    `strict` is for rewards (what is rewarded is learnt), `lenient` for evaluation (what a person
    would accept), `published` is what the released code does, to the regex, bugs included.
    """

    STRICT = "strict"
    LENIENT = "lenient"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked, beside the media.

    Args:
        text: the user's turn, after the video or image.
        system: the system turn; None where the chat template's own stands.
        prefix: the words that the assistant's turn begins with, exact, trailing space included.
    """

    text: str
    system: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A record asked as one task.

    Args:
        id: of the record.
        task: name of the task.
        media: of the record.
        prompt: what is asked.
        target: the gold completion, without the prefix; None where no text is gold.
        answer: of the record.
        answer_type: of the record.
        spans: ratios of the duration.
        duration_s: of the media.
    """

    id: str
    task: str
    media: Media
    prompt: Prompt
    target: str | None
    answer: str | None
    answer_type: AnswerType
    spans: list[Interval]
    duration_s: float | None


class Task(ABC):
    """One way to ask a record.

    Args:
        name: as in `curate show ID --task NAME`.
        about: one line for the documentation.
        outcome: name of the score that says whether the answer is right; difficulty uses it alone.
        tokens: special tokens that completions hold.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    outcome: ClassVar[str]
    tokens: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def fits(self, record: Record) -> bool:
        """Whether the record can be asked as this task."""

    @abstractmethod
    def prompt(self, record: Record) -> Prompt:
        """What is asked of a record that fits."""

    @abstractmethod
    def gold(self, record: Record) -> str | None:
        """The gold completion, without the prefix; None where the record holds no text for it."""

    @abstractmethod
    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """The scores of a completion (without the prefix), each in [0, 1], by name.

        Never raises, whatever the completion; never slower than linear in its length.
        """

    def example(self, record: Record) -> Example:
        """The record asked as this task."""
        return Example(
            id=record.id,
            task=self.name,
            media=record.media,
            prompt=self.prompt(record),
            target=self.gold(record),
            answer=record.answer,
            answer_type=record.answer_type,
            spans=record.spans,
            duration_s=record.media.duration_s,
        )


TASKS: Registry[Task] = Registry("task", package="schemas.tasks", group="curate.tasks")


def task(kind: type[Task]) -> type[Task]:
    """Decorator: register a task under its name."""
    TASKS.add(kind.name, kind())
    return kind


def examples(record: Record, only: Iterable[str] | None = None) -> Iterator[Example]:
    """The record asked as every task that fits it, in the order of the tasks' names.

    Args:
        record: to ask.
        only: names of tasks, as a source or a recipe selects them; all where None.
    """
    for name in TASKS.names() if only is None else only:
        one = TASKS[name]
        if one.fits(record):
            yield one.example(record)
