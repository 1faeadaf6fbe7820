from typing import Any

import pytest

from builders.reading.conversations import (
    Exchange,
    Turn,
    asked,
    exchanges,
    letter_answer,
    questions,
    turns,
    untagged_media,
)
from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.record import Annotation, Media


@pytest.mark.parametrize(
    ("text", "plain", "media"),
    [
        ("<image>\nWhat is it?", "What is it?", ("image",)),
        ("What is it?\n<image>", "What is it?", ("image",)),
        ("What are they doing?<image>", "What are they doing?", ("image",)),
        ("<video><audio>What?", "What?", ("video", "audio")),
        ("Is <video> longer?", "Is longer?", ("video",)),
        ("Is 1 <imagery> 2?", "Is 1 <imagery> 2?", ()),
    ],
)
def test_media_tags_are_taken_out_wherever_they_stand(
    text: str, plain: str, media: tuple[str, ...]
) -> None:
    assert untagged_media(text) == (plain, media)


def test_both_spellings_of_a_conversation_give_the_same_turns() -> None:
    llava = [{"from": "human", "value": "<video>\nWhy?"}, {"from": "gpt", "value": "So."}]
    parts = [{"type": "video", "video": "a.mp4"}, {"type": "text", "text": "Why?"}]
    chat = [{"role": "user", "content": parts}, {"role": "assistant", "content": "So."}]
    wanted = [Turn("user", "Why?", ("video",)), Turn("assistant", "So.", ())]
    assert turns(llava) == turns(chat) == wanted
    assert exchanges([Turn("system", "Be brief.", ()), *wanted]) == [Exchange("Why?", "So.")]


@pytest.mark.parametrize(
    "messages",
    [
        None,
        [],
        "human: why",
        ["why"],
        [{"from": "narrator", "value": "x"}],
        [{"value": "x"}],
        [{"from": "human", "value": 7}],
        [{"from": "human", "value": [{"type": "table"}]}],
    ],
)
def test_what_is_no_conversation_is_refused(messages: Any) -> None:
    with pytest.raises(BadRow) as refused:
        turns(messages)
    assert refused.value.reason == "bad_row"


@pytest.mark.parametrize("roles", ["", "u", "uu", "au", "uaa", "uau"])
def test_questions_and_answers_must_alternate(roles: str) -> None:
    names = {"u": "user", "a": "assistant"}
    with pytest.raises(BadRow, match="in turn"):
        exchanges([Turn(names[role], "x", ()) for role in roles])


@pytest.mark.parametrize(
    "text",
    [
        "Who?\nA. a cat.\nB. a dog, B. B.\nC. Dr. A. Smith.",
        "Who?\nA) a cat.\nB) a dog, B. B.\nC) Dr. A. Smith.",
        "Who?\n(A) a cat.\n(B) a dog, B. B.\n(C) Dr. A. Smith.",
        "Who?\n  A: a cat.\n  B: a dog, B. B.\n  C: Dr. A. Smith.",
        "Who?\nA. a\ncat.\nB. a dog, B. B.\nC. Dr. A. Smith.",
    ],
)
def test_options_on_lines_of_their_own(text: str) -> None:
    found = asked(text + "\nAnswer with the letter.")
    assert found is not None
    assert found.question == "Who?"
    assert found.options == ["a cat.", "a dog, B. B.", "Dr. A. Smith."]
    assert found.instruction == "Answer with the letter."


def test_options_in_a_line() -> None:
    found = asked("Who is it? (A) a cat (B) a dog")
    assert found is not None
    assert (found.question, found.options, found.instruction) == (
        "Who is it?",
        ["a cat", "a dog"],
        "",
    )


@pytest.mark.parametrize(
    "text", ["Who is A. Lincoln?", "Why?", "A. x\nC. y", "Q?\nA. x\nB. \nC. z"]
)
def test_text_without_options(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("B", ("B", "")),
        ("(B)", ("B", "")),
        ("B. a dog", ("B", "")),
        ("B) A dog.", ("B", "")),
        ("a dog", ("B", "")),
        ("B. it barks", ("B", "it barks")),
        ("C", None),
        ("Because", None),
        ("a bird", None),
    ],
)
def test_letters_of_answers(answer: str, found: tuple[str, str] | None) -> None:
    assert letter_answer(answer, ["a cat", "a dog"]) == found


def test_a_letter_beside_another_option_is_refused() -> None:
    with pytest.raises(BadRow, match="names one option and repeats another"):
        letter_answer("B. a cat", ["a cat", "a dog"])


def test_each_question_stands_alone_and_a_bad_one_costs_only_itself() -> None:
    conversation = [
        Turn("system", "Be brief.", ()),
        Turn("user", "Who?\nA. a cat\nB. a dog\nAnswer with the letter.", ("video",)),
        Turn("assistant", "B. it barks", ()),
        Turn("user", "Why?", ()),
        Turn("assistant", "", ()),
        Turn("user", "Does it run?", ()),
        Turn("assistant", "Yes.", ()),
    ]
    media = Media("video", "a", "a.mp4")
    first, bad, last = questions(conversation, media, {"id": 1}, {"data_source": "x"})
    assert isinstance(first, Annotation)
    assert isinstance(last, Annotation)
    assert (first.question, first.options, first.answer) == ("Who?", ["a cat", "a dog"], "B")
    assert first.meta == {
        "data_source": "x",
        "system": "Be brief.",
        "turn": 1,
        "turns": 3,
        "instruction": "Answer with the letter.",
        "answer_text": "it barks",
    }
    assert isinstance(bad, BadRow)
    assert bad.reason == "bad_answer"
    assert (last.answer, last.answer_type, last.meta["turn"]) == ("yes", AnswerType.BOOLEAN, 3)
    assert first.content != last.content
