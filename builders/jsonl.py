"""A user's own questions: JSON Lines, a JSON array or CSV whose keys are a record's columns.

    {"video": "kitchen/1.mp4", "question": "what is cut first?", "options": ["bread", "an apple"],
     "answer": "B", "spans_s": [[2.0, 4.5]], "duration_s": 31.2, "split": "train"}

`question` and one of `video`, `image` and `media` are needed; `COLUMNS` says what each key means.
Keys of other names are mapped in `curate.toml`; the first row is checked before anything is built,
and its error says what to write there. In CSV, lists are JSON inside their cell, and an empty cell
is no value. Checked on made files only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from builders.reading import number, pairs, read_csv, read_json_or_jsonl, relative_path, stem, text
from builders.reading.columns import COLUMNS, MEDIA, Names, checked, columns, names_of
from builders.reading.qa_rows import open_answer
from builders.reading.rows import objects
from schemas.answers import (
    PROBLEM_TYPES,
    AnswerType,
    checked_letter,
    letter,
    letter_of_index,
    plain_options,
)
from schemas.errors import BadFile, BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Row, Source, each

ENDS = ("jsonl", "json", "csv")
IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "eval": "test",
    "evaluation": "test",
}


@Source(
    name="jsonl",
    title="Your own questions (JSON Lines, JSON or CSV)",
    tasks=("answer", "ground", "elements", "think", "ground-think", "grounded-qa"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "rows",
            {
                "train": tuple(f"{name}.{end}" for name in ("train", "*") for end in ENDS),
                "val": tuple(f"{name}.{end}" for name in ("val", "validation") for end in ENDS),
                "test": tuple(f"test.{end}" for end in ENDS),
            },
            about="questions with a record's columns as keys",
        ),
    ),
    licence="not stated (your own; the key licence sets it by row)",
    media_licence="not stated (your own)",
    homepage="not stated (your own)",
    obtain="write one object a line with the keys question and video, image or media",
    checked="made files only",
    notes="Keys: " + "; ".join(f"{name}: {meaning}" for name, meaning in COLUMNS.items()) + ".",
    options={
        "map": 'what the file calls a column, as { question = "prompt", video = "clip" }',
        "extra": '"meta" keeps keys that are no columns in meta; without it they are an error',
    },
)
def jsonl(files: Files) -> Iterator[Item]:
    """One record a row."""
    path = files["rows"]
    names = names_of(files.options)
    is_csv = path.name.removesuffix(".gz").endswith(".csv")
    rows = read_csv(path, ()) if is_csv else objects(read_json_or_jsonl(path))

    def annotate(row: dict[str, Any]) -> Annotation:
        return _annotation(columns(row, names, is_csv), row)

    return each(_of_split(checked(rows, names), path, files.split, names), annotate)


def _of_split(rows: Iterable[Row], path: Path, split: str, names: Names) -> Iterator[Row]:
    """The rows of one split, and those whose split is not known.

    Raises:
        BadFile: rows there are, and none is of this split.
    """
    of_file = SPLITS.get(path.name.partition(".")[0].lower(), split)
    seen: Counter[str] = Counter()
    for row in rows:
        named = None if isinstance(row.value, BadRow) else _split(row.value, names)
        found = SPLITS.get(named.lower(), split) if named else of_file
        seen[found] += 1
        if found == split:
            yield row
    if seen and not seen[split]:
        there = ", ".join(f"{name} ({count})" for name, count in seen.items())
        hint = f"build one of those with --split, or give rows the key split: {split}"
        raise BadFile(f"no row is of split {split}; it has {there}", file=str(path), hint=hint)


def _split(row: Mapping[str, Any], names: Names) -> str | None:
    """The split that a row names; None where it names none."""
    for key, value in row.items():
        if names.column(key) == "split" and isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _annotation(row: dict[str, Any], published: Mapping[str, Any]) -> Annotation:
    named = row.get("split", "train")
    if not isinstance(named, str) or named.strip().lower() not in SPLITS:
        raise BadRow("bad_row", f"split is {named!r}, not train, val or test")
    media = _media(row)
    id = row.get("id")
    if isinstance(id, bool | float | list | dict):
        raise BadRow("bad_row", f"id is {id!r}, not a text or a whole number")
    options, answer, answer_type, flags = _answer(row)
    return Annotation(
        media,
        text(row, "question"),
        keys=() if id is None else (str(id),),
        content=published,
        options=options,
        answer=answer,
        answer_type=answer_type,
        spans_s=_spans_s(row, media),
        flags=flags,
        licence=text(row, "licence") if "licence" in row else None,
        meta=row["meta"],
    )


def _media(row: Mapping[str, Any]) -> Media:
    """The one media item of a row, with its excerpt.

    Raises:
        BadRow: none, several, or one of another form.
    """
    given = [name for name in MEDIA if name in row]
    if len(given) != 1:
        found = ", ".join(given) or "none"
        raise BadRow("unsupported_media", f"one of video, image, media is needed; there is {found}")
    value = row[given[0]]
    facts: Mapping[str, Any] = value if isinstance(value, Mapping) else {"path": value}
    path = relative_path(text(facts, "path"))
    is_image = given[0] == "image" or path.lower().endswith(IMAGES)
    kind = facts.get("kind", "image" if is_image and given[0] != "video" else "video")
    if kind not in ("video", "image", "frames"):
        raise BadRow("unsupported_media", f"kind is {kind!r}, not video, image or frames")
    if not path:
        raise BadRow("bad_row", "the media path is empty")
    media = Media(kind, str(facts.get("key") or stem(path)), path)
    times = {name: row.get(name, facts.get(name)) for name in ("duration_s", "start_s", "end_s")}
    media.duration_source_s = _optional(times, "duration_s")
    if times["start_s"] is not None or times["end_s"] is not None:
        _set_excerpt(media, _optional(times, "start_s"), _optional(times, "end_s"))
    return media


def _optional(row: Mapping[str, Any], name: str) -> float | None:
    return None if row.get(name) is None else number(row[name], name)


def _set_excerpt(media: Media, start_s: float | None, end_s: float | None) -> None:
    media.start_s = 0.0 if start_s is None else start_s
    media.end_s = media.duration_source_s if end_s is None else end_s
    if media.end_s is None:
        raise BadRow("no_duration", "start_s needs end_s or duration_s")


def _spans_s(row: Mapping[str, Any], media: Media) -> list[Interval]:
    if row.get("spans_s"):
        return _pairs(row["spans_s"], "spans_s")
    spans = _pairs(row.get("spans", []), "spans")
    if not spans:
        return []
    if media.start_s is not None and media.end_s is not None:
        duration_s: float | None = media.end_s - media.start_s
    else:
        duration_s = media.duration_source_s
    if duration_s is None:
        raise BadRow("no_duration", "spans are ratios: give duration_s, or seconds as spans_s")
    if any(end > 1 for span in spans for end in span):
        raise BadRow("bad_span", "spans are ratios of at most 1: give seconds as spans_s")
    return [Interval(start * duration_s, end * duration_s) for start, end in spans]


def _pairs(value: Any, name: str) -> list[Interval]:
    """Intervals from `[start, end]`, a list of those, or of `{start, end}` objects."""
    if isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list | dict):
        value = [value]
    if isinstance(value, list):
        value = [[v.get("start"), v.get("end")] if isinstance(v, dict) else v for v in value]
    return pairs(value, name)


def _answer(row: Mapping[str, Any]) -> tuple[list[str], str | None, AnswerType, list[str]]:
    """Options, answer, its type, and flags.

    Raises:
        BadRow: they do not fit each other.
    """
    named, answer = _answer_type(row.get("answer_type")), row.get("answer")
    options = row.get("options", [])
    if not isinstance(options, list) or not all(isinstance(o, str | int | float) for o in options):
        raise BadRow("bad_row", f"options is {str(options)[:60]!r}, not a list of texts")
    if not options:
        return [], *_open(answer, named), []
    if named not in (None, AnswerType.MULTIPLE_CHOICE):
        raise BadRow("bad_answer", f"options, and answer_type {named}")
    plain = plain_options([str(option) for option in options])
    chosen, flags = _choice(answer, plain)
    return plain, chosen, AnswerType.MULTIPLE_CHOICE, flags


def _answer_type(value: Any) -> AnswerType | None:
    """The type that a row names, in our words or Video-R1's; None where it names none."""
    if value is None:
        return None
    known = {**PROBLEM_TYPES, **{str(kind): kind for kind in AnswerType}}
    if not isinstance(value, str) or value not in known:
        raise BadRow("bad_row", f"answer_type is {value!r}, not one of {', '.join(AnswerType)}")
    return known[value]


def _choice(answer: Any, options: list[str]) -> tuple[str, list[str]]:
    """The letter meant by a letter, an option's text or an index, and its flags.

    Raises:
        BadRow: none is meant, or the readings differ.
    """
    if answer is None or isinstance(answer, bool | list | dict):
        raise BadRow("bad_answer", f"answer is {str(answer)[:60]!r}: write the letter of an option")
    said = str(answer).strip()
    same = [letter(place) for place, option in enumerate(options) if option == said]
    meant = set(same[:1])
    for reading in (checked_letter, letter_of_index):
        try:
            meant.add(reading(said, len(options)))
        except BadRow:
            continue
    if len(meant) != 1:
        readings = f"could be {' or '.join(sorted(meant))}" if meant else "is none of the options"
        raise BadRow("bad_answer", f"answer {said[:60]!r} {readings}: write the letter")
    return meant.pop(), ["ambiguous_answer"] if len(same) > 1 else []


def _open(answer: Any, named: AnswerType | None) -> tuple[str | None, AnswerType]:
    """An answer without options, and its type.

    Raises:
        BadRow: it is missing, or not of the named type.
    """
    if answer is None and named in (None, AnswerType.NONE):
        return None, AnswerType.NONE
    if answer is None or named in (AnswerType.NONE, AnswerType.MULTIPLE_CHOICE):
        raise BadRow("bad_answer", f"answer is {answer!r} without options, answer_type {named}")
    finite = not isinstance(answer, float) or math.isfinite(answer)
    if not isinstance(answer, str | int | float) or not finite:
        raise BadRow("bad_answer", f"answer is {str(answer)[:60]!r}, not a text or a number")
    said = str(answer)
    if isinstance(answer, bool) or named is AnswerType.BOOLEAN:
        said = {"true": "yes", "false": "no"}.get(said.lower(), said)
    found, told = open_answer(said)
    if named is AnswerType.BOOLEAN and told is not AnswerType.BOOLEAN:
        raise BadRow("bad_answer", f"answer {said[:60]!r} is not yes, no, true or false")
    if named in (AnswerType.NUMERICAL, AnswerType.REGRESSION):
        number(found, "answer")
    return found if named in (None, told) else said.strip(), named or told
