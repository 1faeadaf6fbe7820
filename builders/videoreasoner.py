"""VideoReasoner (2025): rows of one query under several task prefixes, for its cold start and RL.

A row holds `problem`, `options`, `solution`, `times` in seconds (a pair, pairs, or none), a
`duration` (0 where there is none) and the task as `prefix`, or at the start of `response` in the
cold start. Rows of one query differ in their task only; they become one record, and the tasks that
were published stand in `meta`. Quirks read: options glued to the end of the question without a
line break, solutions with and without tags or as the option's text, absolute paths, key elements
in `solution` or `response` (`nan` where the teacher gave none). Charades rows of the assembled
files all name one video of another set, a slip in the script that wrote them, and are rejected.
The files are written by the scripts of the code release. Checked on made files only.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from tempfile import TemporaryDirectory
from typing import Any

from builders.reading import number, pairs, text
from builders.reading.problems import (
    Choices,
    as_row,
    choices,
    leftover,
    problem_media,
    read_problems,
    without_options,
)
from schemas.answers import PROBLEM_TYPES, AnswerType, untagged
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role, canonical
from schemas.source import At, Files, FileSpec, Item, Row, Source, each

_PREFIXES = {
    "I want to locate the key event": "ground",
    "The answer is:": "answer",
    "I want to output the key elements:": "elements",
    "Analysis and answer:": "think",
}
_TYPES = {"grounding": "ground", "keyitem": "elements"}
_READ = (
    *("path", "data_type", "problem", "options", "times", "duration", "prefix"),
    *("problem_type", "solution", "answer", "keyitems"),
)


@Source(
    name="videoreasoner",
    title="VideoReasoner",
    tasks=("answer", "ground", "elements", "think", "grounded-qa"),
    splits={"rl": Role.TRAINING, "sft": Role.TRAINING},
    files=(
        FileSpec(
            "problems",
            {
                "rl": ("filter_GQA_*.json", "*_ground_qa_*.json", "*_qa_*.json"),
                "sft": ("mix_sft_data_new_*.json", "mix_sft_data.json"),
            },
            about="one row a query and task prefix",
        ),
    ),
    licence="not stated",
    media_licence="of NExT-QA, ActivityNet, Charades, LongVideo-Reason and LLaVA-Video-178K",
    homepage="https://github.com/Wang-Xiaodong1899/VideoReasoner",
    obtain="written by the scripts in the repository's data/rl_data and data/sft_data",
    checked="made files only",
    notes=(
        "Rows of one query (same video, question, options and times) become one record; `meta` "
        "says under which tasks and in how many rows it was published. Queries whose rows give "
        "different answers are rejected, and so are Charades rows that name another set's video."
    ),
)
def videoreasoner(files: Files) -> Iterator[Item]:
    """One record a query."""
    return each(_queries(read_problems(files["problems"])), _annotate)


def _queries(rows: Iterable[Row]) -> Iterator[Row]:
    """One row a query; its value is the list of its published rows, in an order of their own.

    Rows of a query may stand far apart, so they are sorted on disk and memory stays flat. Rows
    that could not be parsed pass through.
    """
    with (
        TemporaryDirectory(prefix="curate-") as folder,
        closing(sqlite3.connect(f"{folder}/rows.sqlite", isolation_level=None)) as db,
    ):
        db.execute("pragma journal_mode = off")
        db.execute("create table rows (query blob, content text, file text, row integer)")
        db.execute("begin")
        for row in rows:
            if isinstance(row.value, BadRow):
                yield row
            else:
                values = (_query(row.value), json.dumps(row.value, sort_keys=True), *row.at)
                db.execute("insert into rows values (?, ?, ?, ?)", values)
        found = db.execute("select * from rows order by query, content, row")
        for _, group in groupby(found, key=itemgetter(0)):
            published = list(group)
            at = min(At(file, row) for _, _, file, row in published)
            yield Row(at, [json.loads(content) for _, content, _, _ in published])


def _query(value: Any) -> bytes:
    """What rows of one query share; a row of another form is a query of its own."""
    try:
        shared: object = _content(as_row(value))
    except BadRow:
        shared = value
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).digest()[:16]


def _content(row: Mapping[str, Any]) -> list[Any]:
    return [problem_media(row).path, _question(row), _options(row), row.get("times") or []]


def _options(row: Mapping[str, Any]) -> list[str]:
    """The options as published, if they are a list of texts."""
    options: list[str] = row.get("options") or []
    choices(options)
    return options


def _question(row: Mapping[str, Any]) -> str:
    """The problem without its options, or the event sentence where there is none."""
    return without_options(text(row, "problem"), _options(row)) or str(row.get("query") or "")


def _annotate(rows: list[Any]) -> Annotation:
    row = as_row(rows[0])
    media, content = problem_media(row), _content(row)
    _check_charades(row, media)
    media.duration_source_s = _duration(rows)
    tasks = sorted({_task(row) for row in rows})
    annotation = Annotation(media, _question(row), content=content, spans_s=_spans(row))
    if "ground" in tasks and not annotation.spans_s:
        raise BadRow("no_spans", "it is to be located, and times is empty")
    annotation.meta = {**_merged(rows), "published_as": tasks, "published_rows": len(rows)}
    offered = choices(_options(row))
    if elements := _elements(rows, offered):
        annotation.meta["elements"] = elements
    _answer(annotation, rows, offered)
    if annotation.answer is None and not annotation.spans_s and not elements:
        raise BadRow("bad_answer", "it has no answer, no times and no key elements")
    return annotation


def _check_charades(row: Mapping[str, Any], media: Media) -> None:
    charades = str(row.get("data_source", "")).startswith("Charades")
    if charades and "charades" not in media.path.lower():
        raise BadRow("bad_row", f"a Charades row names the video {media.path} of another set")


def _duration(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """The duration, in seconds; rows of a plain question say 0 for none."""
    stated = [number(row["duration"], "duration") for row in rows if row.get("duration")]
    return max(stated, default=None)


def _spans(row: Mapping[str, Any]) -> list[Interval]:
    times = row.get("times") or []
    nested = isinstance(times, list) and times and isinstance(times[0], list)
    return pairs(times if nested or not times else [times], "times")


def _task(row: Mapping[str, Any]) -> str:
    """The task of a row: its prefix, or how its response starts, or its type."""
    start = str(row.get("prefix") or row.get("response") or "").removeprefix("<think>").strip()
    for prefix, task in _PREFIXES.items():
        if start.startswith(prefix):
            return task
    return _TYPES.get(str(row.get("problem_type")), "answer")


def _merged(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What else the rows say: the one value of each key, or the list of its several values."""
    values: dict[str, dict[str, Any]] = {}
    for row in rows:
        for key, value in leftover(row, _READ).items():
            values.setdefault(key, {})[canonical(value)] = value
    return {
        key: [found[text] for text in sorted(found)]
        if len(found) > 1
        else next(iter(found.values()))
        for key, found in values.items()
    }


def _answer(annotation: Annotation, rows: Sequence[Mapping[str, Any]], offered: Choices) -> None:
    """Give the annotation the one answer that its rows agree on.

    Raises:
        BadRow: the rows disagree, or the answer is not among the options.
    """
    annotation.options = offered.options
    solutions = {solution for row in rows if (solution := _solution(row, offered))}
    if offered.options:
        found = {offered.letter(solution) for solution in solutions}
        answers = sorted({answer for answer, _ in found})
        if any(ambiguous for _, ambiguous in found):
            annotation.flags.append("ambiguous_answer")
        if offered.reordered:
            annotation.meta["published_letters"] = offered.published
    else:
        answers = sorted(solutions)
    if len(answers) > 1:
        raise BadRow("bad_answer", f"rows of one query are answered {', '.join(answers)}")
    if answers:
        annotation.answer = answers[0]
        annotation.answer_type = _answer_type(rows, offered)


def _answer_type(rows: Sequence[Mapping[str, Any]], offered: Choices) -> AnswerType:
    if offered.options:
        return AnswerType.MULTIPLE_CHOICE
    stated = sorted({str(row.get("problem_type")) for row in rows} & PROBLEM_TYPES.keys())
    return PROBLEM_TYPES[stated[0]] if stated else AnswerType.FREE_FORM


def _solution(row: Mapping[str, Any], offered: Choices) -> str:
    """The answer in a row, "" where it has none; rows of key elements may give those instead."""
    published = untagged(str(row.get("answer") or row.get("solution") or ""))
    if _task(row) == "elements" and "answer" not in row and not _names(offered, published):
        return ""
    return published


def _names(offered: Choices, published: str) -> bool:
    try:
        offered.letter(published)
    except BadRow:
        return False
    return True


def _elements(rows: Sequence[Mapping[str, Any]], offered: Choices) -> list[str]:
    """The key elements that the rows give, each once, in the order of the first that has them."""
    found: dict[str, None] = {}
    for row in rows:
        listed = row.get("keyitems")
        if _task(row) == "elements" and not listed:
            response = str(row.get("response") or "").partition("key elements:")[2]
            solution = str(row.get("solution") or "")
            listed = _listed(response or ("" if _names(offered, untagged(solution)) else solution))
        found |= dict.fromkeys(str(item).strip() for item in listed or [])
    return [element for element in found if element and element != "nan"]


def _listed(published: str) -> Sequence[Any]:
    """Elements from `a, b` or from a Python list as text."""
    if published.startswith("["):
        try:
            listed = ast.literal_eval(published)
        except (ValueError, SyntaxError):
            return published.split(",")
        return listed if isinstance(listed, list) else published.split(",")
    return published.split(",")
