"""`think`: reasoning, then an answer of any type, after Video-R1.

No prefix and no system turn: the chat template's own stands. The gold completion is the published
chain of thought (`think` in `meta`) and the answer, `<think>..</think><answer>B</answer>`; a record
without a chain has none, since nobody should be taught to think nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.asking import answer_form, answered, chain, medium, question, spoken
from schemas.layout import block, blocks, thinks_then_answers
from schemas.record import Record
from schemas.reward import accuracy
from schemas.task import Prompt, Reading, Task, task


@task
class Think(Task):
    """Reasoning about a video or an image, then the answer."""

    name = "think"
    about = "reasoning, then the answer"
    outcome = "accuracy"

    def fits(self, record: Record) -> bool:
        """An answer is known."""
        return answered(record)

    def prompt(self, record: Record) -> Prompt:
        """The question, how to think, and what stands in the answer by its type."""
        return Prompt(
            f"{question(record)}\n"
            f"Take your time over this question about the {medium(record)}: think it through as a "
            "careful person would, weigh what you see, doubt your first idea and check it against "
            f"the {medium(record)} again. Put this reasoning between <think> and </think>, and "
            "after it your final answer between <answer> and </answer>. "
            f"Between the answer tags stands {answer_form(record)}."
        )

    def gold(self, record: Record) -> str | None:
        """The published chain and the answer; None where no chain is known."""
        think = chain(record)
        if think is None:
            return None
        return f"<think>{think}</think><answer>{record.answer}</answer>"

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`accuracy`, by the type of the answer, and `format`."""
        answer, gold = answer_in(completion, reading), record.answer or ""
        right = 0.0
        if answer is not None:
            right = accuracy(answer, gold, record.answer_type, record.options, reading)
        return {"accuracy": right, "format": float(_laid_out(completion, reading))}


def answer_in(completion: str, reading: Reading) -> str | None:
    """The text of the answer; the whole completion where a lenient reading finds no tags."""
    if reading is Reading.PUBLISHED:
        return block(completion, "answer", reading)
    said = spoken(completion)
    answer = block(said, "answer", reading)
    if answer is None and reading is Reading.LENIENT:
        return said.rpartition("</think>")[2].strip()
    return answer


def _laid_out(completion: str, reading: Reading) -> bool:
    if reading is Reading.PUBLISHED:
        return thinks_then_answers(completion)
    found = blocks(spoken(completion), ("think", "answer"))
    return found is not None and all(found)
