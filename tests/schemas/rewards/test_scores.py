"""Scorers on any text, and on texts that were made to earn what they should not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.answers import AnswerType
from schemas.reward import accuracy
from schemas.task import Reading

SCORED = [kind for kind in AnswerType if kind not in (AnswerType.NONE, AnswerType.MATH)]
OPTIONS = ("unwrap it", "eat it", "throw it away", "give it to the dog")
GOLD = {
    AnswerType.MULTIPLE_CHOICE: "B",
    AnswerType.NUMERICAL: "42",
    AnswerType.REGRESSION: "42.5",
    AnswerType.OCR: "STOP here",
    AnswerType.FREE_FORM: "the dog runs home",
    AnswerType.BOOLEAN: "yes",
}


def score(kind: AnswerType, text: str, gold: str, reading: Reading = Reading.STRICT) -> float:
    return accuracy(text, gold, kind, OPTIONS if gold == "B" else (), reading)


@given(st.text(max_size=60), st.sampled_from(SCORED), st.sampled_from(Reading))
def test_any_text_scores_between_0_and_1(text: str, kind: AnswerType, reading: Reading) -> None:
    assert 0.0 <= score(kind, text, GOLD[kind], reading) <= 1.0


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(SCORED))
def test_any_gold_scores_between_0_and_1(text: str, gold: str, kind: AnswerType) -> None:
    assert 0.0 <= score(kind, text, gold) <= 1.0


@pytest.mark.parametrize("kind", SCORED)
def test_gold_earns_1_and_nothing_earns_0(kind: AnswerType) -> None:
    assert score(kind, GOLD[kind], GOLD[kind]) == pytest.approx(1.0)
    assert score(kind, "", GOLD[kind]) == 0.0
    assert score(kind, "", "") == 0.0


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_number_written_and_read_is_itself(value: float) -> None:
    assert score(AnswerType.NUMERICAL, repr(value), repr(value)) == 1.0
    assert score(AnswerType.REGRESSION, f"{value:,.4f}", f"{value:.4f}") == pytest.approx(1.0)


@pytest.mark.parametrize("text", ["B", "B.", "(B)", " B ", "B. eat it", "B) eat it"])
def test_ways_to_name_an_option(text: str) -> None:
    assert score(AnswerType.MULTIPLE_CHOICE, text, "B") == 1.0


@pytest.mark.parametrize(
    "text",
    [
        *("Because", "Answer: B", "A B C D", "B. unwrap it", "BB", "B or C", "В", "Ｂ", "Β"),
        *("B\u200b", "\u202eB", "\x00B", "<answer>B</answer>" * 10, "B" * 1_000_000),
    ],
)
def test_what_names_no_option(text: str) -> None:
    assert score(AnswerType.MULTIPLE_CHOICE, text, "B") == 0.0


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "1e999", "4_2", "٤٢", "４２", "4\u200b2", "41 42"]
)
@pytest.mark.parametrize("kind", [AnswerType.NUMERICAL, AnswerType.REGRESSION])
def test_what_is_no_number(kind: AnswerType, text: str) -> None:
    assert score(kind, text, "42") == 0.0
    assert score(kind, text, text) == 0.0


@pytest.mark.parametrize("text", ["红色的车", "собака", "گربه", "कुत्ता", "car"])
def test_one_right_word_of_any_script_is_right(text: str) -> None:
    assert score(AnswerType.FREE_FORM, text, text) == 1.0


def test_one_word_of_many_earns_no_more_than_published() -> None:
    sentence = "the cat sat on the mat"
    ours = score(AnswerType.FREE_FORM, "cat", sentence)
    assert ours == pytest.approx(score(AnswerType.FREE_FORM, "cat", sentence, Reading.PUBLISHED))


@pytest.mark.parametrize("kind", SCORED)
@pytest.mark.parametrize(
    "text", ["9" * 1_000_000, "a " * 500_000, "," * 1_000_000, "1,000" * 200_000, "你" * 300_000]
)
def test_a_long_text_earns_nothing_and_takes_no_time(kind: AnswerType, text: str) -> None:
    begun = time.process_time()
    assert score(kind, text, GOLD[kind]) == 0.0
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("text", ["9^{9^{9^9}}", "9**9**9", "9^{99999999}", "99999!", "(2^9)^9^9"])
def test_expressions_that_would_never_end_are_refused(text: str) -> None:
    assert score(AnswerType.MATH, text, "5") == 0.0
