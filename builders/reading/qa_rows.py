"""What the rows of video QA sets share: option columns, open answers, NExT-QA's media columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from builders.reading.json_files import keyed
from builders.reading.values import integer
from schemas.answers import AnswerType, letter_of_index, letter_of_text
from schemas.errors import BadRow
from schemas.record import Media
from schemas.source import Files

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def option_columns(row: Mapping[str, Any]) -> list[str]:
    """The options in the columns `a0`, `a1`, ..., stripped.

    Raises:
        BadRow: none, or an empty one.
    """
    options: list[str] = []
    while (name := f"a{len(options)}") in row:
        option = str(row[name]).strip()
        if not option:
            raise BadRow("bad_answer", f"option {name} is empty")
        options.append(option)
    if not options:
        raise BadRow("bad_row", "the row has no options a0, a1, ...")
    return options


def column_letter(row: Mapping[str, Any], options: list[str]) -> tuple[str, list[str]]:
    """The letter of IG-VLM's answer columns, and the flags it earns.

    `answer_number` is an index where the file has it, and `answer` always the option's text.

    Raises:
        BadRow: no such option, or index and text disagree.
    """
    if "answer_number" not in row:
        letter, ambiguous = letter_of_text(row["answer"], options)
        return letter, ["ambiguous_answer"] if ambiguous else []
    letter = letter_of_index(row["answer_number"], len(options))
    if options[int(row["answer_number"])] != row["answer"].strip():
        said = f"answer {row['answer']!r} is not option {row['answer_number']}"
        raise BadRow("bad_answer", said)
    return letter, []


def open_answer(answer: str) -> tuple[str, AnswerType]:
    """An answer without options and how it is compared.

    Yes and no are written in lower case without a full stop and are boolean; plain numbers are
    numerical; any other text is kept as it is.

    Raises:
        BadRow: the answer is empty.
    """
    stripped = answer.strip()
    if not stripped:
        raise BadRow("bad_answer", "the answer is empty")
    plain = stripped.rstrip(".").lower()
    if plain in ("yes", "no"):
        return plain, AnswerType.BOOLEAN
    if _NUMBER.fullmatch(plain):
        return plain, AnswerType.NUMERICAL
    return stripped, AnswerType.FREE_FORM


def vidor_paths(files: Files) -> Mapping[str, Any]:
    """`map_vid_vidorID.json`, from a video to its path in the VidOR layout; empty without it."""
    paths = files.get("paths")
    return keyed(paths) if paths else {}


def vidor_media(row: Mapping[str, Any], video: str, paths: Mapping[str, Any]) -> Media:
    """A NExT-QA video, with the frame count and size that the row gives.

    Raises:
        BadRow: one of those is not a whole number.
    """
    media = Media("video", video, f"{paths.get(video, video)}.mp4")
    if row.get("frame_count"):
        media.frames = integer(row["frame_count"], "frame_count")
    if row.get("width"):
        media.width = integer(row["width"], "width")
    if row.get("height"):
        media.height = integer(row["height"], "height")
    return media
