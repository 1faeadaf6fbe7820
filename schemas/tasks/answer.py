"""`answer`: the answer at once, after VideoReasoner's prefix `The answer is: `.

The gold completion of a choice is the letter and the option's text, `B. unwrap it`; of other types
the answer's text. `published` compares first characters, so that `Answer: B` earns A.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.answers import AnswerType
from schemas.asking import answered, options, spoken
from schemas.record import Record
from schemas.reward import accuracy
from schemas.task import Prompt, Reading, Task, task
from schemas.unified import SYSTEM, instruction

PREFIX = "The answer is: "


@task
class Answer(Task):
    """Direct answers to questions about a video or an image."""

    name = "answer"
    about = "the answer at once, without reasoning"
    outcome = "accuracy"

    def fits(self, record: Record) -> bool:
        """An answer is known."""
        return answered(record)

    def prompt(self, record: Record) -> Prompt:
        """The instruction that the three tasks of VideoReasoner share, and the prefix."""
        return Prompt(instruction(record), SYSTEM, PREFIX)

    def gold(self, record: Record) -> str | None:
        """`B. unwrap it`, or the answer's text; None for an answer that no option has."""
        answer = record.answer or ""
        if record.answer_type is not AnswerType.MULTIPLE_CHOICE or not record.options:
            return answer
        return next((o for o in options(record) if o.startswith(f"{answer}. ")), None)

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`accuracy`, by the type of the answer."""
        text, gold = spoken(completion), record.answer or ""
        if reading is Reading.PUBLISHED and record.answer_type is AnswerType.MULTIPLE_CHOICE:
            same_start = gold.strip()[:1] == (completion.strip() or " ")[0]
            return {"accuracy": float(same_start)}
        return {"accuracy": accuracy(text, gold, record.answer_type, record.options, reading)}
