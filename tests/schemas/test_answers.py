from string import ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.answers import (
    PROBLEM_TYPES,
    AnswerType,
    checked_letter,
    letter,
    letter_of_index,
    letter_of_text,
    plain_options,
    untagged,
)
from schemas.errors import BadRow

# Texts that carry no label of their own and nothing to strip.
plain = st.text("abcdefgh 0123é中", min_size=1, max_size=12).map(str.strip).filter(bool)


@pytest.mark.parametrize("style", ["{}. {}", "({}) {}", "{}) {}", "{}: {}", "{}.{}", "({}){}"])
@given(options=st.lists(plain, min_size=1, max_size=26))
def test_labels_of_every_published_style_are_removed(style: str, options: list[str]) -> None:
    labelled = [style.format(*pair) for pair in zip(ascii_uppercase, options, strict=False)]
    assert plain_options(labelled) == options


@given(st.lists(plain, max_size=26))
def test_plain_options_stay(options: list[str]) -> None:
    assert plain_options(options) == options
    assert plain_options(plain_options(options)) == options


@pytest.mark.parametrize(
    "options",
    [
        ["A. Lincoln", "G. Washington"],
        ["B. second", "A. first"],
        ["A. one", "two"],
        ["A man", "A dog"],
        ["A", "B"],
    ],
)
def test_what_only_looks_like_labels_stays(options: list[str]) -> None:
    assert plain_options(options) == options


def test_options_may_hold_lines_and_be_empty() -> None:
    assert plain_options(["A. one\ntwo", "B."]) == ["one\ntwo", ""]
    assert plain_options([]) == []


@pytest.mark.parametrize("text", ["B", " B ", "(B)", "B.", "B)", "B:", "B. unwrap it", "(B) it"])
def test_the_letter_of_an_answer(text: str) -> None:
    assert checked_letter(text, 2) == "B"


@pytest.mark.parametrize("text", ["C", "", "b", "BB", "unwrap it", "Because", "1", "(", "AB. x"])
def test_an_answer_that_names_no_option_is_refused(text: str) -> None:
    with pytest.raises(BadRow) as caught:
        checked_letter(text, 2)
    assert caught.value.reason == "bad_answer"


@pytest.mark.parametrize("index", [1, "1", " 1 "])
def test_the_letter_of_an_index(index: str | int) -> None:
    assert letter_of_index(index, 2) == "B"


@pytest.mark.parametrize("index", [2, -1, "B", "", "1.0"])
def test_an_index_that_names_no_option_is_refused(index: str | int) -> None:
    with pytest.raises(BadRow, match="answer"):
        letter_of_index(index, 2)


def test_there_are_twenty_six_letters() -> None:
    assert [letter(i) for i in range(26)] == list(ascii_uppercase)
    for outside in (-1, 26):
        with pytest.raises(BadRow):
            letter(outside)


def test_the_letter_of_a_text_says_when_it_is_ambiguous() -> None:
    assert letter_of_text("run", ["walk", " run"]) == ("B", False)
    assert letter_of_text("run ", ["walk", "run", "run"]) == ("B", True)
    with pytest.raises(BadRow, match="'Run' is not among the options"):
        letter_of_text("Run", ["walk", "run"])


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("<answer>B</answer>", "B"),
        (" <answer> a\nb </answer>\n", "a\nb"),
        ("B", "B"),
        ("<answer>B", "<answer>B"),
        ("x <answer>B</answer>", "x <answer>B</answer>"),
    ],
)
def test_answer_tags_are_taken_off_only_as_a_pair(text: str, inner: str) -> None:
    assert untagged(text) == inner


def test_every_answer_type_but_none_has_a_published_name() -> None:
    assert set(PROBLEM_TYPES.values()) == set(AnswerType) - {AnswerType.NONE}
