import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.interval import (
    Interval,
    best_iou,
    clamp,
    covered,
    iop,
    iou,
    longest,
    merge,
    overlap,
    ratio,
    seconds,
)
from tests.conftest import GOLDEN

VECTORS: dict[str, list[dict[str, Any]]] = json.loads((GOLDEN / "iou.json").read_text("utf-8"))

anything = st.builds(Interval, st.floats(), st.floats())
moments = st.floats(0, 1e4).map(lambda x: round(x, 3))
proper = st.builds(Interval, moments, moments).filter(lambda span: span.proper)
grid = st.builds(Interval, st.integers(0, 40).map(float), st.integers(0, 40).map(float))


@given(anything, anything)
def test_measures_are_bounded_whatever_the_floats(a: Interval, b: Interval) -> None:
    assert 0.0 <= iou(a, b) <= 1.0
    assert 0.0 <= iop(a, b) <= 1.0
    assert overlap(a, b) >= 0.0
    assert iou(a, b) == iou(b, a)
    assert overlap(a, b) == overlap(b, a)


@pytest.mark.parametrize(
    "degenerate",
    [
        Interval(3.0, 3.0),
        Interval(4.0, 2.0),
        Interval(math.nan, 3.0),
        Interval(1.0, math.nan),
        Interval(-math.inf, 3.0),
        Interval(1.0, math.inf),
        Interval(-1.7e308, 1.7e308),
    ],
)
def test_what_is_no_proper_interval_measures_nothing(degenerate: Interval) -> None:
    whole = Interval(0.0, 10.0)
    assert not degenerate.proper
    assert iou(degenerate, whole) == iou(whole, degenerate) == 0.0
    assert iou(degenerate, degenerate) == 0.0
    assert iop(degenerate, whole) == iop(whole, degenerate) == 0.0
    assert merge([degenerate]) == []
    assert covered([degenerate, whole]) == 10.0


@given(proper)
def test_an_interval_is_all_of_itself(a: Interval) -> None:
    assert iou(a, a) == iop(a, a) == 1.0
    assert covered([a, a]) == a.length


@given(proper, proper)
def test_where_two_overlap_their_hull_is_their_union(a: Interval, b: Interval) -> None:
    hull = max(a.end, b.end) - min(a.start, b.start)
    union = a.length + b.length - overlap(a, b)
    assume(overlap(a, b) > 0)
    assert hull == pytest.approx(union, rel=1e-9)
    assert iou(a, b) == pytest.approx(overlap(a, b) / union, rel=1e-9)


@given(proper, proper)
def test_no_overlap_is_no_iou(a: Interval, b: Interval) -> None:
    assert (iou(a, b) == 0.0) == (a.end <= b.start or b.end <= a.start)


def test_iop_is_of_the_prediction() -> None:
    assert iop(Interval(2, 4), Interval(0, 10)) == 1.0
    assert iop(Interval(0, 10), Interval(2, 4)) == 0.2


@given(proper, st.lists(anything))
def test_best_iou_is_that_of_one_of_them(prediction: Interval, golds: list[Interval]) -> None:
    each = [iou(prediction, gold) for gold in golds]
    best = best_iou(prediction, golds)
    assert best in (each or [0.0])
    assert all(best >= one for one in each)


def test_the_longest_is_the_earliest_of_equals() -> None:
    assert longest([]) is None
    assert longest([Interval(5, 7), Interval(1, 3), Interval(9, 10)]) == Interval(1, 3)
    assert longest([Interval(5, 7), Interval(9, 12)]) == Interval(9, 12)


def _cells(spans: list[Interval]) -> set[int]:
    return {cell for span in spans for cell in range(int(span.start), int(span.end))}


@given(st.lists(grid))
def test_merge_covers_the_same_in_sorted_disjoint_spans(spans: list[Interval]) -> None:
    merged = merge(spans)
    assert _cells(merged) == _cells(spans)
    assert all(span.proper for span in merged)
    assert all(a.end < b.start for a, b in pairwise(merged))
    assert merge(merged) == merged
    assert covered(spans) == len(_cells(spans))


@given(st.lists(anything), st.randoms(use_true_random=False))
def test_merge_takes_any_order(spans: list[Interval], random: Any) -> None:
    shuffled = random.sample(spans, len(spans))
    assert merge(shuffled) == merge(spans)


def test_merge_joins_over_small_gaps_only() -> None:
    spans = [Interval(4, 5), Interval(0, 1), Interval(2, 3)]
    assert merge(spans, gap=1.0) == [Interval(0, 5)]
    assert merge(spans, gap=0.5) == sorted(spans)


@given(st.builds(Interval, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), st.floats(0, 1e6))
def test_clamp_ends_inside_and_says_when_it_moved(span: Interval, upper: float) -> None:
    inside, moved = clamp(span, upper)
    assert 0.0 <= inside.start <= upper
    assert 0.0 <= inside.end <= upper
    assert moved == (not (0.0 <= span.start <= upper and 0.0 <= span.end <= upper))
    assert clamp(inside, upper) == (inside, False)
    assert not span.start < span.end or inside.start <= inside.end


@given(proper, st.floats(1e-3, 1e6))
def test_ratios_come_back_as_seconds(span_s: Interval, duration_s: float) -> None:
    assert seconds(ratio(span_s, duration_s), duration_s) == pytest.approx(span_s, rel=1e-12)


@given(proper, proper, st.floats(1e-2, 1e5))
def test_iou_is_the_same_in_seconds_and_in_ratios(
    a: Interval, b: Interval, duration_s: float
) -> None:
    assume(overlap(a, b) > 1e-3)
    in_ratios = iou(ratio(a, duration_s), ratio(b, duration_s))
    assert in_ratios == pytest.approx(iou(a, b), rel=1e-6)


@pytest.mark.parametrize("duration_s", [0.0, -1.0, math.nan, math.inf])
def test_no_ratio_without_a_duration(duration_s: float) -> None:
    with pytest.raises(ValueError, match="not a positive number"):
        ratio(Interval(0, 1), duration_s)


@pytest.mark.parametrize("row", VECTORS["interval_pairs"], ids=str)
def test_published_pairs(row: dict[str, Any]) -> None:
    """VideoReasoner's `compute_iou` and Temporal-R1's `temporal_iou` on the same pairs."""
    found = iou(Interval(*row["pred"]), Interval(*row["gt"]))
    assert found == pytest.approx(row["videoreasoner_compute_iou"], abs=1e-6)
    assert found == pytest.approx(row["rlt_temporal_iou"], abs=1e-6)


def _event(completion: str) -> Interval | None:
    """The plain `[a, b]` of a completion, for vectors whose reading is not in doubt."""
    _, opened, rest = completion.partition("<|event_start|>")
    inner, closed, _ = rest.partition("<|event_end|>")
    inner = inner.strip()
    if not (opened and closed and inner.startswith("[") and inner.endswith("]")):
        return None
    try:
        ends = [float(part) for part in inner[1:-1].split(",")]
    except ValueError:
        return None
    return Interval(*ends) if len(ends) == 2 else None


def _gold(row: dict[str, Any]) -> Interval:
    times_s = Interval(*(float(time) for time in row["times"]))
    return ratio(clamp(times_s, row["duration"])[0], row["duration"])


READABLE = [
    row
    for row in VECTORS["videoreasoner_iou_reward"]
    if not row["quirk"] and row["problem_type"] == "grounding" and _event(row["completion"])
]


@pytest.mark.parametrize("row", READABLE, ids=lambda row: row["id"])
def test_published_rewards_where_the_reading_is_plain(row: dict[str, Any]) -> None:
    event = _event(row["completion"])
    assert event is not None
    assert iou(event, _gold(row)) == pytest.approx(row["expected"], abs=1e-6)


def test_enough_published_rewards_were_readable() -> None:
    assert len(READABLE) >= 18


QUIRKS_OF_INTERVALS = {"vriou-035", "vriou-057"}


@pytest.mark.parametrize(
    "row",
    [row for row in VECTORS["videoreasoner_iou_reward"] if row["id"] in QUIRKS_OF_INTERVALS],
    ids=lambda row: row["id"],
)
def test_nan_and_reversed_ends_are_told_by_the_interval_itself(row: dict[str, Any]) -> None:
    """The published code leaves both unchecked and scores 0 by luck; here neither is proper."""
    assert row["quirk"]
    event = _event(row["completion"])
    assert event is not None
    assert not (event.proper and _gold(row).proper)
    assert iou(event, _gold(row)) == row["expected"] == 0.0


@pytest.mark.parametrize("row", VECTORS["videoreasoner_iou_groups"], ids=lambda row: row["note"])
def test_published_groups(row: dict[str, Any]) -> None:
    """Rows whose note starts with BUG keep the last IoU of the group; they are a difference."""
    events = [_event(completion) for completion in row["completions"]]
    scored = [0.0 if event is None else iou(event, _gold(row)) for event in events]
    same = scored == pytest.approx(row["expected"], abs=1e-6)
    assert same is not row["note"].startswith("BUG")


def test_a_nan_after_a_hit_scores_nothing() -> None:
    """The published reward gives the second completion the IoU of the first."""
    gold = Interval(0.1, 0.2)
    assert [iou(Interval(0.1, 0.2), gold), iou(Interval(math.nan, math.nan), gold)] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("start", "end", "row"),
    [
        (10.0, 20.0, "tvg-001"),
        (0.0, 100.0, "tvg-005"),
        (20.0, 10.0, "tvg-006"),
        (-5.0, 20.0, "tvg-008"),
        (10.0, 500.0, "tvg-009"),
        (0.0, 0.0, "tvg-034"),
        (9.8, 30.2, "tvg-036"),
    ],
)
def test_published_temporal_rlt_accuracy(start: float, end: float, row: str) -> None:
    (vector,) = [v for v in VECTORS["temporal_rlt_tvg"] if v["id"] == row]
    gold = Interval(*vector["ground_truth"])
    found = iou(ratio(Interval(start, end), vector["video_length"]), gold)
    assert found == pytest.approx(vector["expected_accuracy"], abs=1e-6)
