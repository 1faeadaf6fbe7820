import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interval import Interval
from schemas.layout import block, blocks, pair, thinks_then_answers
from schemas.task import Reading

TAGS = st.sampled_from(["<think>", "</think>", "<answer>", "</answer>", " ", "\n", "x"])
PUBLISHED_FORMAT = re.compile(r"<think>.*?</think>\s*<answer>.*?</answer>", re.DOTALL)
PUBLISHED_ANSWER = re.compile(r"<answer>\s*(.*?)\s*</answer>", re.DOTALL)


@given(st.lists(TAGS, max_size=14).map("".join))
def test_the_published_format_and_answer_are_those_of_the_released_patterns(text: str) -> None:
    assert thinks_then_answers(text) == bool(PUBLISHED_FORMAT.fullmatch(text))
    found = PUBLISHED_ANSWER.search(text)
    assert block(text, "answer", Reading.PUBLISHED) == (found.group(1).strip() if found else None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<think>a</think>\n<answer> B </answer>", ["a", "B"]),
        ("<think></think><answer></answer>", ["", ""]),
        ("<answer>B</answer><think>a</think>", None),
        ("<think>a</think>so<answer>B</answer>", None),
        ("<think>a</think><answer>B", None),
        ("<think></answer></think><answer>B", None),
        ("<think>a</think><answer>B</answer><answer>B</answer>", None),
    ],
)
def test_blocks_are_all_there_is(text: str, found: list[str] | None) -> None:
    assert blocks(text, ("think", "answer")) == found


@pytest.mark.parametrize(
    ("text", "strict", "lenient"),
    [
        ("[0.43, 0.70]", (0.43, 0.7), (0.43, 0.7)),
        (" [ 12 ,20.5 ] ", (12, 20.5), (12, 20.5)),
        ("[0.70, 0.43]", None, (0.43, 0.7)),
        ("(0.43, 0.70)", None, (0.43, 0.7)),
        ("43% - 70%", None, (0.43, 0.7)),
        ("from 0:43 to 1:10.5", None, (43, 70.5)),
        ("1:00:00 until 1:00:10", None, (3600, 3610)),
        ("43 s and 70 seconds", None, (43, 70)),
        ("43.0s–70.0s", None, (43, 70)),
        ("[0.5, 0.5]", None, None),
        ("[nan, 0.7]", None, None),
        ("[-5, 20]", None, None),
        ("[1_0, 2_0]", None, None),
        ("[٤, ٥٠]", None, None),
        ("at 43", None, None),
    ],
)
def test_an_interval_as_a_strict_and_a_lenient_reader_take_it(
    text: str, strict: tuple[float, float] | None, lenient: tuple[float, float] | None
) -> None:
    for reading, ends in ((Reading.STRICT, strict), (Reading.LENIENT, lenient)):
        found = pair(text, reading)
        assert found == (None if ends is None else pytest.approx(Interval(*ends)))


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for reading in Reading:
        found = pair(text, reading)
        assert reading is Reading.PUBLISHED or found is None or found.proper
