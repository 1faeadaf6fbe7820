"""Conversations in training files: LLaVA's `from`/`value` turns and chat `role`/`content` messages.

Roles are unified, media tags (`<image>`, `<video>`, `<audio>`) are taken out of the text wherever
they stand, and options written inside a question become options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any, NamedTuple

from schemas.answers import checked_letter, letter_of_text
from schemas.errors import BadRow

ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "system": "system",
}

_TAG = re.compile(r"[ \t]*<(image|video|audio)>[ \t]*\n?")
_LINE_LABEL = re.compile(r"^[ \t]*\(?([A-Z])[.):][ \t]*", re.MULTILINE)
_INLINE_LABEL = re.compile(r"(?:^|(?<=\s))\(?([A-Z])[.):]\s+")


class Turn(NamedTuple):
    """One message: its role (`user`, `assistant`, `system`), its text, the media tags it held."""

    role: str
    text: str
    media: tuple[str, ...]


class Exchange(NamedTuple):
    """A question and its answer."""

    question: str
    answer: str


class Asked(NamedTuple):
    """A question whose options stood in its text.

    Args:
        question: the text before the options.
        options: plain texts, without labels.
        instruction: what followed the options, such as how to answer.
    """

    question: str
    options: list[str]
    instruction: str


def untagged_media(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without its media tags, and the tags' words in order (`image`, `video`)."""
    return _TAG.sub(" ", text).strip(), tuple(_TAG.findall(text))


def turns(messages: Any) -> list[Turn]:
    """The turns of a conversation in either spelling.

    `content` may be a text or a list of parts (`{"type": "text", "text": ...}`).

    Raises:
        BadRow: no list of messages, an unknown role, or a text that is none.
    """
    if not isinstance(messages, list) or not messages:
        raise BadRow("bad_row", f"no list of messages: {str(messages)[:60]!r}")
    return [_turn(message) for message in messages]


def exchanges(conversation: Iterable[Turn]) -> list[Exchange]:
    """The question and answer pairs, in order; system turns are left out.

    Raises:
        BadRow: questions and answers do not alternate, or one is empty.
    """
    spoken = [turn for turn in conversation if turn.role != "system"]
    roles = [turn.role for turn in spoken]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        raise BadRow("bad_row", f"turns are not question and answer in turn: {', '.join(roles)}")
    pairs = [
        Exchange(user.text, assistant.text)
        for user, assistant in zip(spoken[::2], spoken[1::2], strict=True)
    ]
    for number, (question, answer) in enumerate(pairs, start=1):
        if not question:
            raise BadRow("no_question", f"question {number} is empty")
        if not answer:
            raise BadRow("bad_answer", f"answer {number} is empty")
    return pairs


def system_text(conversation: Iterable[Turn]) -> str:
    """The text of the system turns, "" without one."""
    return "\n".join(turn.text for turn in conversation if turn.role == "system")


def asked(text: str) -> Asked | None:
    """A question and the options in its text, labelled `A.`, `(A)`, `A)` or `A:` in order.

    Options stand on lines of their own, or one after another in a line. None without any.
    """
    for label in (_LINE_LABEL, _INLINE_LABEL):
        run = _run(list(label.finditer(text)))
        if len(run) > 1:
            ends = [match.start() for match in run[1:]]
            last, _, instruction = text[run[-1].end() :].partition("\n")
            options = [text[m.end() : end] for m, end in zip(run, ends, strict=False)]
            plain = [" ".join(option.split()) for option in (*options, last)]
            if all(plain):
                return Asked(text[: run[0].start()].strip(), plain, instruction.strip())
    return None


def letter_answer(answer: str, options: list[str]) -> str | None:
    """The letter that an answer gives (`C`, `C.`, `C. a text`) or whose option it repeats.

    None where the answer is neither.

    Raises:
        BadRow: the letter and the text after it name two different options.
    """
    stripped = answer.strip()
    if stripped in options:
        return letter_of_text(stripped, options)[0]
    try:
        letter = checked_letter(stripped, len(options))
    except BadRow:
        return None
    said = stripped.lstrip("(")[1:].lstrip(".): \n")
    others = [option for option in options if option != options[ascii_uppercase.index(letter)]]
    if said and said in others:
        raise BadRow("bad_answer", f"answer {stripped[:60]!r} names one option and repeats another")
    return letter


def _turn(message: Any) -> Turn:
    if not isinstance(message, Mapping):
        raise BadRow("bad_row", f"a message is {str(message)[:60]!r}, not an object")
    said_by = message.get("from", message.get("role"))
    role = ROLES.get(said_by) if isinstance(said_by, str) else None
    if role is None:
        raise BadRow("bad_row", f"a message is from {said_by!r}; known are {', '.join(ROLES)}")
    content = message.get("value", message.get("content"))
    if isinstance(content, list):
        content = "".join(_part(part) for part in content)
    if not isinstance(content, str):
        raise BadRow("bad_row", f"a message holds {str(content)[:60]!r}, not a text")
    return Turn(role, *untagged_media(content))


def _part(part: Any) -> str:
    """A part of a message's content, media as their tag."""
    if isinstance(part, Mapping) and isinstance(part.get("text"), str):
        return str(part["text"])
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind not in ("image", "video", "audio"):
        raise BadRow("bad_row", f"a part of a message is {str(part)[:60]!r}")
    return f"<{kind}>"


def _run(labels: list[re.Match[str]]) -> list[re.Match[str]]:
    """The last run of labels A, B, C, ... in order."""
    starts = [place for place, match in enumerate(labels) if match.group(1) == "A"]
    if not starts:
        return []
    run: list[re.Match[str]] = []
    for match, expected in zip(labels[starts[-1] :], ascii_uppercase, strict=False):
        if match.group(1) != expected:
            break
        run.append(match)
    return run
