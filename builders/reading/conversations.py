"""Conversations in training files: LLaVA's `from`/`value` turns and chat `role`/`content` messages.

Roles are unified, media tags (`<image>`, `<video>`, `<audio>`) are taken out of the text wherever
they stand, and options written inside a question become options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from string import ascii_uppercase
from typing import Any, NamedTuple

from builders.reading.qa_rows import open_answer
from schemas.answers import AnswerType, checked_letter, letter_of_text
from schemas.errors import BadRow
from schemas.record import Annotation, Media

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
    """The question and answer pairs, in order; system turns are left out, empty texts are kept.

    Raises:
        BadRow: questions and answers do not alternate.
    """
    spoken = [turn for turn in conversation if turn.role != "system"]
    roles = [turn.role for turn in spoken]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        raise BadRow("bad_row", f"turns are not question and answer in turn: {', '.join(roles)}")
    return [
        Exchange(user.text, assistant.text)
        for user, assistant in zip(spoken[::2], spoken[1::2], strict=True)
    ]


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


def letter_answer(answer: str, options: list[str]) -> tuple[str, str] | None:
    """The letter that an answer gives (`C`, `C.`, `C. a text`), and the text it says besides.

    An answer that repeats an option has that option's letter. The text is empty where it is the
    option's own. None where the answer is neither.

    Raises:
        BadRow: the letter and the text after it name two different options.
    """
    stripped = answer.strip()
    if stripped in options:
        return letter_of_text(stripped, options)[0], ""
    try:
        letter = checked_letter(stripped, len(options))
    except BadRow:
        return None
    said = stripped.lstrip("(")[1:].lstrip(".): \n")
    plain = [_plain(option) for option in options]
    if not said or _plain(said) == plain[ascii_uppercase.index(letter)]:
        return letter, ""
    if _plain(said) in plain:
        raise BadRow("bad_answer", f"answer {stripped[:60]!r} names one option and repeats another")
    return letter, said


def questions(
    conversation: list[Turn], media: Media, row: Mapping[str, Any], meta: dict[str, Any]
) -> Iterator[Annotation | BadRow]:
    """One annotation for each question of a conversation about one media item.

    Each question stands alone, without the turns before it; `meta` says which turn of how many it
    was. Options inside a question are taken out of it where the answer is a letter or one of them,
    and what followed them is kept as `meta.instruction`.

    Args:
        row: the published row, which ids are made of.
        meta: what else the row says, kept with every question.
    """
    pairs = exchanges(conversation)
    system = "\n".join(turn.text for turn in conversation if turn.role == "system")
    if system:
        meta = {**meta, "system": system}
    for number, exchange in enumerate(pairs, start=1):
        turn = {"turn": number, "turns": len(pairs)} if len(pairs) > 1 else {}
        content = {"row": row, "turn": number} if turn else row
        try:
            yield _question(exchange, media, content, {**meta, **turn})
        except BadRow as bad:
            yield bad


def _question(
    exchange: Exchange, media: Media, content: object, meta: dict[str, Any]
) -> Annotation:
    choice = asked(exchange.question)
    found = letter_answer(exchange.answer, choice.options) if choice else None
    if choice and found:
        letter, said = found
        beside = {"instruction": choice.instruction, "answer_text": said}
        return Annotation(
            media,
            choice.question,
            content=content,
            options=choice.options,
            answer=letter,
            answer_type=AnswerType.MULTIPLE_CHOICE,
            meta={**meta, **{name: text for name, text in beside.items() if text}},
        )
    answer, answer_type = open_answer(exchange.answer)
    return Annotation(
        media,
        exchange.question,
        content=content,
        answer=answer,
        answer_type=answer_type,
        meta=meta,
    )


def _plain(text: str) -> str:
    """A text without what does not make it another: case, outer spaces, a last full stop."""
    return text.strip().rstrip(".").casefold()


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
