"""`curate lint`, the half that asks whether rewards can be earned, and by the right answer alone.

For each record and each task of its source: the gold completion must score full marks; completions
that are wrong on purpose must earn less; the best answer inside the video must come near the
published span; the gold must fit a completion. How far guessing gets is measured beside it: the
whole video, the best constant interval, the most frequent letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

import duckdb

from schemas.answers import AnswerType
from schemas.arrow import from_row
from schemas.asking import with_chain
from schemas.interval import Interval, best_iou, longest, seconds
from schemas.record import Record
from schemas.task import TASKS, Task

# A span is written in few digits, so its gold may fall short of 1 by this much.
GOLD_IOU = 0.99
REACHABLE_IOU = 0.95
# Video-R1's largest completion. A token of text is seldom shorter than three bytes.
COMPLETION_TOKENS = 768
BYTES_A_TOKEN = 3
# What stands in for reasoning where none is published, so that thinking tasks have a gold too.
CHAIN = "I look at what happens."
GRID = 20
# The best constant interval is sought on about so many spans at most.
SAMPLE = 50_000
BATCH_ROWS = 2_048

ABOUT: Mapping[str, tuple[str, str]] = {
    "gold_below_full": ("error", "its own gold completion does not earn full marks"),
    "wrong_earns": ("error", "a completion that is wrong on purpose earns as much as the gold"),
    "rounded": ("warning", "its span is too short for its digits to reach IoU 0.99"),
    "unreachable": (
        "warning",
        "no answer inside the video reaches IoU 0.95 with the published span",
    ),
    "gold_too_long": ("warning", f"the gold may not fit {COMPLETION_TOKENS} tokens"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one record as one task."""

    id: str
    check: str
    task: str
    detail: str


@dataclass(frozen=True, slots=True)
class Guess:
    """How far guessing gets on one unit; None where it does not apply.

    Args:
        unit: `<source>/<split>`.
        whole_video: mean IoU of answering the whole video.
        constant: the interval that, answered always, has the highest mean IoU (ratios).
        constant_iou: that mean IoU.
        letter: the most frequent letter of the gold answers.
        letter_share: how often it is right.
        chance: mean of one in the number of options.
    """

    unit: str
    whole_video: float | None
    constant: Interval | None
    constant_iou: float | None
    letter: str | None
    letter_share: float | None
    chance: float | None

    def words(self) -> str:
        """The figures in one line."""
        said = []
        if self.whole_video is not None:
            said.append(f"whole video mIoU {100 * self.whole_video:.1f}")
        if self.constant is not None and self.constant_iou is not None:
            start, end = self.constant
            said.append(f"always {start:.2f} to {end:.2f} mIoU {100 * self.constant_iou:.1f}")
        if self.letter is not None and self.letter_share is not None and self.chance is not None:
            share = f"always {self.letter} {100 * self.letter_share:.1f} %"
            said.append(f"{share} (chance {100 * self.chance:.1f} %)")
        return ", ".join(said)


def faults(
    connection: duckdb.DuckDBPyConnection, tasks: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, list[Fault]]]:
    """The size of each batch of records, in the order of their ids, and its faults.

    Args:
        connection: with the view `sound`, the records that are whole in themselves.
        tasks: names of the tasks that each source's records are asked as; all where it has none.
    """
    reader = connection.sql("select * from sound order by id").to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        found: list[Fault] = []
        for row in batch.to_pylist():
            record = from_row(row)
            found += of_record(record, tasks.get(record.source))
        yield batch.num_rows, found


def of_record(record: Record, names: Sequence[str] | None = None) -> Iterator[Fault]:
    """The faults of a record under every task that fits it."""
    reach = reachable(record)
    if reach is not None and reach < REACHABLE_IOU:
        yield Fault(record.id, "unreachable", "", f"IoU {reach:.3f} at best")
    asked = with_chain(record, CHAIN)
    for name in TASKS.names() if names is None else names:
        task = TASKS[name]
        if task.fits(asked):
            yield from _of_task(task, asked)


def reachable(record: Record) -> float | None:
    """IoU of the best answer inside the video with the published spans; None without spans."""
    duration_s = record.media.duration_s
    if not record.spans or duration_s is None:
        return None
    published = [Interval(*span) for span in record.spans_s]
    return max(best_iou(seconds(span, duration_s), published) for span in record.spans)


def _of_task(task: Task, record: Record) -> Iterator[Fault]:
    gold = task.gold(record)
    if gold is None:
        return
    earned = task.scores(record, gold)
    low = {k: v for k, v in earned.items() if v < (GOLD_IOU if k == "iou" else 1.0)}
    if low:
        shown = ", ".join(f"{score} {value:.4f}" for score, value in sorted(low.items()))
        rounded = set(low) == {"iou"} and low["iou"] >= REACHABLE_IOU
        check = "rounded" if rounded else "gold_below_full"
        yield Fault(record.id, check, task.name, f"{gold[:80]!r}: {shown}")
    for score, wrong in wrongs(task, record, gold):
        if task.scores(record, wrong).get(score, 0.0) >= earned.get(score, 0.0) > 0:
            yield Fault(record.id, "wrong_earns", task.name, f"{score} of {wrong[:80]!r}")
            break
    if len(gold.encode()) > COMPLETION_TOKENS * BYTES_A_TOKEN:
        yield Fault(record.id, "gold_too_long", task.name, f"{len(gold.encode()):,} bytes")


def wrongs(task: Task, record: Record, gold: str) -> Iterator[tuple[str, str]]:
    """Completions that are wrong on purpose, and the score that each must earn less of.

    The gold of other answers and of another span, an empty text, half an interval.
    """
    yield task.outcome, ""
    if task.outcome == "iou":
        yield task.outcome, gold[: len(gold) // 2]
    for other in _other_answers(record):
        completion = task.gold(replace(record, answer=other))
        if completion is not None and completion != gold:
            yield "accuracy", completion
    span = _other_span(record)
    if span is not None:
        completion = task.gold(replace(record, spans=[span], spans_s=[]))
        if completion is not None and completion != gold:
            yield "iou", completion


def _other_answers(record: Record) -> Iterator[str]:
    answer = record.answer
    if answer is None:
        return
    if record.answer_type is AnswerType.MULTIPLE_CHOICE:
        yield from (letter for letter in ascii_uppercase[: len(record.options)] if letter != answer)
    elif record.answer_type is AnswerType.BOOLEAN:
        yield "no" if answer.strip().lower() in ("yes", "true") else "yes"
    elif record.answer_type is not AnswerType.NONE:
        yield "-98765.4321"


def _other_span(record: Record) -> Interval | None:
    """An interval that overlaps none of the gold ones, or a small part of the longest."""
    gold = longest(record.spans)
    if gold is None or not gold.proper:
        return None
    last = max(span.end for span in record.spans)
    first = min(span.start for span in record.spans)
    if first > 0.02:
        return Interval(0.0, first / 2)
    if last < 0.98:
        return Interval((1 + last) / 2, 1.0)
    return Interval(gold.start, gold.start + gold.length / 4)


def guesses(connection: duckdb.DuckDBPyConnection) -> list[Guess]:
    """How far guessing gets, a row a unit."""
    wholes = _by_unit(
        connection,
        "select unit, avg(length) from (select source || '/' || split as unit, id, "
        'max(s."end" - s.start) as length from spans group by all) group by unit',
    )
    constants = _by_unit(connection, _CONSTANT)
    letters = _by_unit(
        connection,
        "select unit, letter, n / sum(n) over (partition by unit) from (select source || '/' || "
        "split as unit, answer as letter, count(*) as n from choices group by all) "
        "qualify row_number() over (partition by unit order by n desc, letter) = 1",
    )
    chances = _by_unit(
        connection,
        "select source || '/' || split as unit, avg(1 / len(options)) from choices group by unit",
    )
    found = []
    for unit in sorted({*wholes, *letters}):
        (whole,) = wholes.get(unit, (None,))
        start, end, iou = constants.get(unit, (None, None, None))
        letter, share = letters.get(unit, (None, None))
        (chance,) = chances.get(unit, (None,))
        constant = None if start is None else Interval(start, end)
        found.append(Guess(unit, whole, constant, iou, letter, share, chance))
    return found


# The best of the intervals whose ends are multiples of 1 / GRID, by mean of the best segment's IoU.
_CONSTANT = f"""
with grid as (
    select a.range / {GRID} as low, b.range / {GRID} as high
    from range(0, {GRID}) a, range(1, {GRID} + 1) b where b.range > a.range
), sized as (
    select *, count(*) over (partition by source, split) as spans_in_unit from spans
), best as (
    select source || '/' || split as unit, id, low, high,
        max(greatest(0, least(high, s."end") - greatest(low, s.start))
            / (greatest(high, s."end") - least(low, s.start))) as iou
    from sized, grid where hash(id) % (1 + spans_in_unit // {SAMPLE}) = 0
    group by all
)
select unit, low, high, avg(iou) as mean from best group by unit, low, high
qualify row_number() over (partition by unit order by mean desc, low, high) = 1
"""


def _by_unit(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, tuple[Any, ...]]:
    connection.execute(
        "create or replace temp view spans as select source, split, id, unnest(spans) as s "
        'from records where len(list_filter(spans, lambda x: x.start < x."end")) > 0'
    )
    connection.execute(
        "create or replace temp view choices as select source, split, options, answer "
        "from records where answer_type = 'multiple_choice' and answer is not null"
    )
    return {row[0]: tuple(row[1:]) for row in connection.sql(sql).fetchall()}
