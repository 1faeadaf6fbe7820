from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.answers import AnswerType
from schemas.asking import (
    chain,
    gold_span,
    medium,
    meta_of,
    placed,
    question,
    shuffled,
    spoken,
    with_chain,
)
from schemas.interval import Interval
from schemas.record import Media, Record
from tests.schemas.records import OPTIONS, image, open_record, record, records


def test_options_stand_one_a_line_below_the_question() -> None:
    assert question(record(options=["tie it", "unwrap\nit"])) == (
        "what did the boy do with the present?\nA. tie it\nB. unwrap it"
    )
    assert question(open_record("7", AnswerType.NUMERICAL)).count("\n") == 0


def test_frames_are_a_video() -> None:
    assert medium(record()) == "video"
    assert medium(record(media=Media("frames", "f", "f"))) == "video"
    assert medium(image()) == "image"


def test_spans_without_length_are_known_but_never_gold() -> None:
    unearnable = record(spans=[Interval(0.2, 0.2)])
    assert placed(unearnable)
    assert gold_span(unearnable) is None
    several = record(spans=[Interval(0.1, 0.2), Interval(0.5, 0.9), Interval(0.3, 0.3)])
    assert gold_span(several) == Interval(0.5, 0.9)


@pytest.mark.parametrize(
    "published",
    ["", "  ", "<think>I look", "so <answer>B</answer>", "focus <|video_zoomin|>", ["a", "b"], 3],
)
def test_what_would_break_the_layout_is_no_chain(published: object) -> None:
    assert chain(record(meta={"think": published})) is None


def test_a_chain_can_be_given_and_taken() -> None:
    plain = record(meta={"topic": "gifts"})
    thought = with_chain(plain, " he opens it ")
    assert chain(plain) is None
    assert chain(thought) == "he opens it"
    assert meta_of(with_chain(thought, None)) == meta_of(plain) == {"topic": "gifts"}


def test_a_turn_ends_at_its_token() -> None:
    assert spoken(" B\n<|im_end|>\nuser: C") == "B"


# Shuffling --------------------------------------------------------------------------------------


def gold_text(one: Record) -> str:
    return one.options[ascii_uppercase.index(one.answer or "")]


@given(records(), st.integers(0, 1000))
def test_the_letter_moves_with_its_option(one: Record, seed: int) -> None:
    moved = shuffled(one, seed)
    assert shuffled(one, seed) == moved
    assert sorted(moved.options) == sorted(one.options)
    if one.answer_type is AnswerType.MULTIPLE_CHOICE:
        assert gold_text(moved) == gold_text(one)
    else:
        assert moved == one


def test_every_place_is_found_equally_often_over_records_and_over_seeds() -> None:
    by_id = [shuffled(record(id=f"made/{n}"), 0).answer for n in range(1000)]
    by_seed = [shuffled(record(), n).answer for n in range(1000)]
    for letters in (by_id, by_seed):
        assert all(150 < letters.count(letter) < 250 for letter in "ABCDE")


def test_the_order_is_the_same_on_every_machine() -> None:
    moved = shuffled(record(), 7)
    assert moved.options == ["keep it", "unwrap it", "hide it", "throw it", "tie it"]
    assert moved.answer == "B"
    assert shuffled(record(answer="A"), 7).answer == "E"


@pytest.mark.parametrize(
    "option", ["all of the above", "both A and B", "neither of these", "None of the above"]
)
def test_options_that_speak_of_others_stay(option: str) -> None:
    fixed = record(options=[*OPTIONS[:4], option])
    assert all(shuffled(fixed, seed) == fixed for seed in range(20))


def test_a_chain_that_may_name_letters_is_left_out_where_they_moved() -> None:
    thought = record(meta={"think": "so it is B"})
    orders = [shuffled(thought, seed) for seed in range(200)]
    assert all((chain(one) is None) == (one.options != OPTIONS) for one in orders)
    assert any(chain(one) is None for one in orders)


def test_an_answer_that_no_option_has_moves_nothing() -> None:
    odd = record(answer="Z")
    assert shuffled(odd, 1) == odd
