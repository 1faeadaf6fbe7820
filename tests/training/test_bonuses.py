"""The bonuses: the published code's rewards to the fifth digit, and what the paper says instead."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.bonuses import (
    LENGTH_BONUSES,
    TEMPORAL_BONUSES,
    LengthBonus,
    TemporalBonus,
    length_bonus,
    temporal_bonus,
    uses_order,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "tgrpo.json"
CASES: dict[str, Any] = {
    case["id"]: case for case in json.loads(GOLDEN.read_text("utf-8"))["tgrpo"]
}
# Where the paper's rules give other rewards than the code, by the number of the difference.
DIFFERENT = {
    "tg-05": "1: 0.625 is under the shuffled 0.75, and over 0.8 of it",
    "tg-08": "2: 0.11 and 0.2 are no right answers",
    "tg-09": "4: one right answer is enough for the length bonus",
    "tg-15": "4: one right answer is enough for the length bonus",
}


def rewards(case: dict[str, Any], name: str) -> list[float]:
    shuffled = case["shuffled_accuracy"] if case["temporal"] and case["video"] else None
    temporal = temporal_bonus(case["accuracy"], shuffled, TEMPORAL_BONUSES[name])
    length = length_bonus(case["accuracy"], case["lengths"], LENGTH_BONUSES[name])
    if not case["len_control"]:
        length = [0.0] * len(length)
    return [
        sum(parts) for parts in zip(case["accuracy"], case["format"], temporal, length, strict=True)
    ]


@pytest.mark.parametrize("id", CASES)
def test_the_published_rules_give_the_published_rewards(id: str) -> None:
    assert rewards(CASES[id], "published") == pytest.approx(CASES[id]["expected_rewards"], abs=1e-6)


@pytest.mark.parametrize("id", CASES)
def test_whether_the_bonus_was_given_is_as_published(id: str) -> None:
    case = CASES[id]
    if case["shuffled_accuracy"] is None:
        assert case["expected_temporal_metric"] == 0.5
        return
    given_ = uses_order(case["accuracy"], case["shuffled_accuracy"], TEMPORAL_BONUSES["published"])
    assert float(given_) == case["expected_temporal_metric"]


def test_the_paper_s_rules_differ_in_these_cases_alone() -> None:
    differ = {
        id
        for id, case in CASES.items()
        if rewards(case, "default") != pytest.approx(case["expected_rewards"], abs=1e-6)
    }
    assert differ == set(DIFFERENT)


def test_five_of_eight_against_three_of_four_earns_in_the_code_and_not_in_the_paper() -> None:
    ordered, shuffled = [1.0] * 5 + [0.0] * 3, [1.0, 1.0, 1.0, 0.0]
    assert temporal_bonus(ordered, shuffled) == [0.0] * 8
    published = temporal_bonus(ordered, shuffled, TEMPORAL_BONUSES["published"])
    assert published == [0.3] * 5 + [0.0] * 3


def test_a_tie_earns_unless_the_rule_is_strict() -> None:
    assert temporal_bonus([1.0, 0.0], [1.0, 0.0]) == [0.3, 0.0]
    assert temporal_bonus([1.0, 0.0], [1.0, 0.0], TemporalBonus(strict=True)) == [0.0, 0.0]


def test_the_paper_counts_right_answers_and_the_code_averages_scores() -> None:
    ordered, shuffled = [0.6, 0.6], [0.9, 0.4]
    assert temporal_bonus(ordered, shuffled) == [0.3, 0.3]
    assert temporal_bonus(ordered, shuffled, TemporalBonus(proportion=False)) == [0.0, 0.0]


def test_an_image_has_no_order_to_lose() -> None:
    assert temporal_bonus([1.0, 1.0], None) == [0.0, 0.0]


def test_a_group_of_wrong_answers_earns_nothing() -> None:
    assert uses_order([0.0, 0.0], [0.0])
    assert temporal_bonus([0.0, 0.0], [0.0]) == [0.0, 0.0]


@pytest.mark.parametrize(("ordered", "shuffled"), [([], [1.0]), ([1.0], [])])
def test_an_empty_group_is_refused(ordered: list[float], shuffled: list[float]) -> None:
    with pytest.raises(ValueError, match="one of them is empty"):
        temporal_bonus(ordered, shuffled)


def test_one_right_answer_of_good_length_earns_in_the_paper_and_not_in_the_code() -> None:
    assert length_bonus([1.0, 0.0], [400, 400]) == [0.2, 0.0]
    assert length_bonus([1.0, 0.0], [400, 400], LENGTH_BONUSES["published"]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("name", "lengths", "expected"),
    [
        ("default", [319, 320, 512, 513], [0.0, 0.2, 0.2, 0.0]),
        ("videoreasoner", [99, 100, 256, 257], [0.0, 0.2, 0.2, 0.0]),
    ],
)
def test_both_ends_of_the_range_earn(name: str, lengths: list[int], expected: list[float]) -> None:
    assert length_bonus([1.0] * 4, lengths, LENGTH_BONUSES[name]) == expected


def test_a_length_is_asked_of_every_score() -> None:
    with pytest.raises(ValueError):
        length_bonus([1.0, 1.0], [400])


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8),
    st.lists(st.floats(0, 1), min_size=1, max_size=8),
)
def test_only_right_answers_earn_and_all_of_them_alike(
    ordered: list[float], shuffled: list[float]
) -> None:
    bonus = temporal_bonus(ordered, shuffled)
    right = [score > 0.5 for score in ordered]
    assert bonus in ([0.0] * len(ordered), [0.3 if one else 0.0 for one in right])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1000)), min_size=1, max_size=8))
def test_asking_for_more_right_answers_never_pays_more(group: list[tuple[float, int]]) -> None:
    scores, lengths = [score for score, _ in group], [length for _, length in group]
    one = length_bonus(scores, lengths)
    two = length_bonus(scores, lengths, LengthBonus(fewest_correct=2))
    assert two in (one, [0.0] * len(one))
