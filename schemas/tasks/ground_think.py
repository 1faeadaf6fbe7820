"""`ground-think`: reasoning, then the seconds of an event, after Temporal-RLT's grounding (TVG).

The answer is JSON with both times as quoted strings, `start_time` first:
`<think>..</think><answer>{"start_time": "12.0", "end_time": "20.5"}</answer>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from schemas.asking import chain, gold_span, placed, question, segments_s, spoken
from schemas.digits import SECONDS_DIGITS, written
from schemas.interval import Interval, best_iou, seconds
from schemas.layout import block, blocks, pair
from schemas.record import Record
from schemas.task import Prompt, Reading, Task, task

SYSTEM = (
    "Before you answer, reason to yourself about what you see, between <think> and </think>. "
    "After that write the final answer between <answer> and </answer>, as JSON."
)

_TIME = r"(\d+(?:\.\d+)?)"
_ANSWER = re.compile(
    rf'\{{\s*"start_time"\s*:\s*"{_TIME}"\s*,\s*"end_time"\s*:\s*"{_TIME}"\s*\}}', re.ASCII
)
# The released pattern, which `1.0.0` passes; begun at the first thought's end.
_PUBLISHED = re.compile(
    r"</think>\s*<answer>\s*{\s*\"start_time\"\s*:\s*\"([\d.]+)\"\s*,"
    r"\s*\"end_time\"\s*:\s*\"([\d.]+)\"\s*}\s*</answer>\Z"
)


@task
class GroundThink(Task):
    """Reasoning about when an event happens, then its seconds.

    Args:
        digits: after the point, of the gold completion.
    """

    name = "ground-think"
    about = "reasoning, then the event's start and end in seconds"
    outcome = "iou"

    def __init__(self, digits: range = SECONDS_DIGITS) -> None:
        self.digits = digits

    def fits(self, record: Record) -> bool:
        """A video of known duration with spans, also with spans that no answer can earn."""
        return placed(record) and record.media.duration_s is not None

    def prompt(self, record: Record) -> Prompt:
        """The query in quotes, and the form of the times."""
        return Prompt(
            f'The query is: "{question(record)}"\n'
            "When in the video does what it describes or asks about happen? Give the start and "
            "the end in seconds, in this form: "
            '<answer>{"start_time": "12.0", "end_time": "20.5"}</answer>',
            SYSTEM,
        )

    def gold(self, record: Record) -> str | None:
        """The published chain and the longest span; None without a chain or a proper span."""
        think, span, duration_s = chain(record), gold_span(record), record.media.duration_s
        if think is None or span is None or duration_s is None:
            return None
        start, end = written(seconds(span, duration_s), self.digits)
        times = f'{{"start_time": "{start}", "end_time": "{end}"}}'
        return f"<think>{think}</think><answer>{times}</answer>"

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`iou` with the best segment, and `format`: the exact layout, both times quoted."""
        said = completion if reading is Reading.PUBLISHED else spoken(completion)
        span = times(said, reading)
        return {
            "iou": 0.0 if span is None else best_iou(span, segments_s(record)),
            "format": float(_laid_out(said, reading)),
        }


def times(completion: str, reading: Reading = Reading.STRICT) -> Interval | None:
    """The seconds of the answer; None where there are none that this reading accepts.

    Strict: JSON with both keys, quoted or not. Lenient: any interval that can be read. Published:
    what `json.loads` and `float` take.
    """
    answer = block(completion, "answer", reading)
    if answer is None and reading is Reading.LENIENT:
        answer = completion.rpartition("</think>")[2]
    if answer is None:
        return None
    found = _json_times(answer, reading)
    return pair(answer, reading) if found is None and reading is Reading.LENIENT else found


def _json_times(answer: str, reading: Reading) -> Interval | None:
    try:
        said = json.loads(answer)
        start, end = (_second(said[key], reading) for key in ("start_time", "end_time"))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return Interval(start, end)


def _second(value: Any, reading: Reading) -> float:
    """A time of the JSON as a number.

    Raises:
        ValueError: it is none.
    """
    if reading is not Reading.PUBLISHED and not re.fullmatch(_TIME, str(value), re.ASCII):
        raise ValueError(value)
    return float(value)


def _laid_out(said: str, reading: Reading) -> bool:
    if reading is Reading.PUBLISHED:
        return said.startswith("<think>") and bool(_PUBLISHED.search(said, len("<think>")))
    found = blocks(said, ("think", "answer"))
    return found is not None and bool(found[0]) and bool(_ANSWER.fullmatch(found[1]))
