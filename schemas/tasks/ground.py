"""`ground`: the key event as ratios of the video, after VideoReasoner's prefix.

The gold completion is `<|event_start|>[0.43, 0.70]<|event_end|>`: the longest segment, in as few
digits as reach IoU 0.99 (`schemas.digits`). The score takes the best segment.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.asking import gold_span, placed, spoken
from schemas.digits import RATIO_DIGITS, written
from schemas.interval import Interval, best_iou
from schemas.layout import pair
from schemas.record import Record
from schemas.task import Prompt, Reading, Task, task
from schemas.unified import EVENT_END, EVENT_START, SYSTEM, instruction

PREFIX = "I want to locate the key event in the video. "


@task
class Ground(Task):
    """Locating an event.

    Args:
        digits: after the point, of the gold completion; `PUBLISHED_RATIO_DIGITS` for two.
    """

    name = "ground"
    about = "the key event, as ratios of the video"
    outcome = "iou"
    tokens = (EVENT_START, EVENT_END)

    def __init__(self, digits: range = RATIO_DIGITS) -> None:
        self.digits = digits

    def fits(self, record: Record) -> bool:
        """A video with spans, also with spans that no answer can earn."""
        return placed(record)

    def prompt(self, record: Record) -> Prompt:
        """The instruction that the three tasks of VideoReasoner share, and the prefix."""
        return Prompt(instruction(record), SYSTEM, PREFIX)

    def gold(self, record: Record) -> str | None:
        """The longest span between the event tokens; None where no span has a length."""
        span = gold_span(record)
        if span is None:
            return None
        start, end = written(span, self.digits)
        return f"{EVENT_START}[{start}, {end}]{EVENT_END}"

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`iou` with the best segment, and `format`: one interval of ratios in its tokens."""
        span = event(completion, reading)
        if reading is Reading.PUBLISHED:
            laid_out = _event_text(completion) is not None
        else:
            laid_out = _is_ratios(event(completion, Reading.STRICT))
        return {
            "iou": 0.0 if span is None else best_iou(span, record.spans),
            "format": float(laid_out),
        }


def event(completion: str, reading: Reading = Reading.STRICT) -> Interval | None:
    """The ratios of the event; None where there is none that this reading accepts.

    Strict: one pair of event tokens. Lenient: the first pair, or the whole text without tokens.
    Published: the first pair.
    """
    text = _event_text(completion)
    if reading is Reading.STRICT and not (
        completion.count(EVENT_START) == completion.count(EVENT_END) == 1
    ):
        return None
    if text is None and reading is Reading.LENIENT:
        text = spoken(completion)
    return None if text is None else pair(text, reading)


def _is_ratios(span: Interval | None) -> bool:
    return span is not None and 0.0 <= span.start < span.end <= 1.0


def _event_text(completion: str) -> str | None:
    """What stands between the first start token and the first end token after it."""
    inner, token, _ = completion.partition(EVENT_START)[2].partition(EVENT_END)
    return inner if token else None
