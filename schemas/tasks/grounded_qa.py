"""`grounded-qa`: reasoning, the seconds that show why, then the answer, after Temporal-RLT's GQA.

The paper names the `<observe>` tags and no layout; ours is one interval in seconds between the
reasoning and the answer: `<think>..</think><observe>[12.0, 20.5]</observe><answer>B</answer>`.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.asking import (
    answer_form,
    answered,
    chain,
    gold_span,
    placed,
    question,
    segments_s,
    spoken,
)
from schemas.digits import SECONDS_DIGITS, written
from schemas.interval import best_iou, seconds
from schemas.layout import block, blocks, pair
from schemas.record import Record
from schemas.reward import accuracy
from schemas.task import Prompt, Reading, Task, task

SYSTEM = (
    "Before you answer, reason to yourself about what you see, between <think> and </think>. "
    "Then write which part of the video shows the answer between <observe> and </observe>, and "
    "the final answer between <answer> and </answer>."
)


@task
class GroundedQA(Task):
    """Reasoning about a video, then where the answer is seen, then the answer.

    Args:
        digits: after the point, of the gold completion's seconds.
    """

    name = "grounded-qa"
    about = "reasoning, the interval that shows why, then the answer"
    outcome = "accuracy"

    def __init__(self, digits: range = SECONDS_DIGITS) -> None:
        self.digits = digits

    def fits(self, record: Record) -> bool:
        """A video of known duration with spans and an answer."""
        return answered(record) and placed(record) and record.media.duration_s is not None

    def prompt(self, record: Record) -> Prompt:
        """The question, and the form of interval and answer."""
        return Prompt(
            f"{question(record)}\n"
            "Write the part of the video as its start and end in seconds, and after it the "
            f"answer, {answer_form(record)}, in this form: "
            "<observe>[12.0, 20.5]</observe><answer>your answer</answer>",
            SYSTEM,
        )

    def gold(self, record: Record) -> str | None:
        """Chain, longest span and answer; None without a chain or a proper span."""
        think, span, duration_s = chain(record), gold_span(record), record.media.duration_s
        if think is None or span is None or duration_s is None:
            return None
        start, end = written(seconds(span, duration_s), self.digits)
        observed = f"<observe>[{start}, {end}]</observe>"
        return f"<think>{think}</think>{observed}<answer>{record.answer}</answer>"

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`accuracy` by the type of the answer, `iou` with the best segment, and `format`.

        No code was published for this task: `published` reads as `strict`.
        """
        reading = Reading.STRICT if reading is Reading.PUBLISHED else reading
        said = spoken(completion)
        answer, observed = block(said, "answer", reading), block(said, "observe", reading)
        span = None if observed is None else pair(observed, reading)
        right = 0.0
        if answer is not None:
            right = accuracy(
                answer, record.answer or "", record.answer_type, record.options, reading
            )
        return {
            "accuracy": right,
            "iou": 0.0 if span is None else best_iou(span, segments_s(record)),
            "format": float(_laid_out(said)),
        }


def _laid_out(said: str) -> bool:
    found = blocks(said, ("think", "observe", "answer"))
    return found is not None and all(found) and pair(found[1]) is not None
