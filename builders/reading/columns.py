"""Rows whose keys are a record's columns, or are mapped to them by the user's options.

The first row decides whether the file can be read: what it lacks, and keys that are no columns,
end the build with what to write in `curate.toml`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import BadFile, BadRow, ConfigError, MissingColumn, nearest
from schemas.source import At, Row

COLUMNS: Mapping[str, str] = {
    "id": "name of the row, unique below its media; without it the id ends in a hash of the row",
    "video": "path of the video below the media root",
    "image": "path of the image below the media root",
    "media": "path of either, or {kind, path, key, duration_s, start_s, end_s}",
    "question": "the question, or the sentence to locate",
    "options": "list of texts, with or without labels",
    "answer": "letter, text or 0-based index of an option; or a text, number or true and false",
    "answer_type": "how it is compared; without it told from options and answer",
    "spans": "[start, end] or a list of them, as ratios of duration_s",
    "spans_s": "the same in seconds; where both are given, this is used",
    "duration_s": "duration of the whole file in seconds",
    "start_s": "start of the excerpt that the question is about; spans count from it",
    "end_s": "its end",
    "split": "train, val or test; without it the file's name or --split tells",
    "licence": "terms of this row",
    "meta": "an object that is kept as it is",
}
MEDIA = ("video", "image", "media")
LISTS = ("options", "spans", "spans_s", "meta")

# What other files call these columns, for the hint that the first row's error gives.
OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("question_id", "qid", "uid", "problem_id"),
    "video": ("video_path", "video_name", "video_id", "vid", "clip", "path", "file", "videos"),
    "image": ("image_path", "images", "img"),
    "question": ("problem", "prompt", "query", "sentence", "q", "instruction"),
    "options": ("choices", "candidates"),
    "answer": ("solution", "ground_truth", "gt", "label", "response", "a"),
    "answer_type": ("problem_type",),
    "spans_s": ("timestamps", "segments", "windows", "relevant_windows", "span"),
    "duration_s": ("duration", "length"),
    "start_s": ("start", "start_time", "video_start"),
    "end_s": ("end", "end_time", "video_end"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Which column each of the file's keys is, and whether other keys are kept in `meta`."""

    columns: Mapping[str, str]
    keep_others: bool

    def column(self, key: str) -> str | None:
        """The column of a key; None where it has none."""
        if key in self.columns:
            return self.columns[key]
        return key if key in COLUMNS and key not in self.columns.values() else None


def names_of(options: Mapping[str, Any]) -> Names:
    """The options `map` and `extra`.

    Raises:
        ConfigError: another form, or a column that records do not have.
    """
    mapped, extra = options.get("map", {}), options.get("extra", "error")
    if not isinstance(mapped, Mapping) or not all(isinstance(key, str) for key in mapped.values()):
        hint = 'write map = { question = "prompt" }'
        raise ConfigError(f"option map of source jsonl is {mapped!r}", hint=hint)
    if extra not in ("error", "meta"):
        hint = 'write extra = "meta" or extra = "error"'
        raise ConfigError(f"option extra of source jsonl is {extra!r}", hint=hint)
    for column in mapped:
        if column not in COLUMNS:
            near = nearest(column, COLUMNS)
            hint = f"did you mean {near}?" if near else f"columns are {', '.join(COLUMNS)}"
            raise ConfigError(f"option map of source jsonl: no column {column!r}", hint=hint)
    if len(set(mapped.values())) < len(mapped):
        raise ConfigError("option map of source jsonl: two columns have one key")
    return Names({key: column for column, key in mapped.items()}, extra == "meta")


def checked(rows: Iterable[Row], names: Names) -> Iterator[Row]:
    """The rows, once the first that is one has keys that can be mapped."""
    first = True
    for row in rows:
        if first and not isinstance(row.value, BadRow):
            _check_keys(list(row.value), names, row.at)
            first = False
        yield row


def _check_keys(keys: list[str], names: Names, at: At) -> None:
    """Refuse a file whose first row lacks what is needed or has keys that are no columns.

    Raises:
        MissingColumn: no question or no media.
        BadFile: keys that are no columns.
    """
    there = {column for key in keys if (column := names.column(key))}
    others = [key for key in keys if names.column(key) is None]
    missing = [] if "question" in there else ["question"]
    if not there.intersection(MEDIA):
        missing.append("video")
    if not missing and (names.keep_others or not others):
        return
    shown = ", ".join(missing).replace("video", "video, image or media")
    said = [f"no key for {shown}"] if missing else []
    if others:
        said.append(f"keys that are no columns: {', '.join(others)}")
    error = MissingColumn if missing else BadFile
    hint = _hint(missing, others, there, names)
    raise error("; ".join(said), file=at.file, row=at.row, hint=hint)


def _hint(missing: list[str], others: list[str], there: set[str], names: Names) -> str:
    """What to write in `curate.toml`, with a guess for each key that looks like a column."""
    mapped = {column: key for key, column in names.columns.items() if column not in missing}
    left = list(others)
    for column, likely in OTHER_NAMES.items():
        taken = column in there or (column in MEDIA and there.intersection(MEDIA))
        found = next((key for key in left if key.lower() in (column, *likely)), None)
        if found is not None and not taken:
            mapped[column] = found
            there = {*there, column}
            left.remove(found)
    for column in missing:
        if column not in there and not (column == "video" and "image" in there):
            mapped[column] = "..."
    options = []
    if mapped:
        pairs = ", ".join(f"{column} = {json.dumps(key)}" for column, key in mapped.items())
        options.append(f"map = {{ {pairs} }}")
    if left:
        options.append('extra = "meta"')
    return f"write under [sources.jsonl] in curate.toml: options = {{ {', '.join(options)} }}"


def columns(row: Mapping[str, Any], names: Names, is_csv: bool) -> dict[str, Any]:
    """The row by its columns; keys that are no columns go into `meta`, empty values are left out.

    Raises:
        BadRow: a key that is no column, where those are refused; a list that is no JSON.
    """
    found: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in row.items():
        column = names.column(key)
        if value is None or value == "":
            continue
        if column is None:
            others[key] = value
        else:
            found[column] = _parsed(column, value) if is_csv and column in LISTS else value
    if others and not names.keep_others:
        raise BadRow("bad_row", f"keys that are no columns: {', '.join(others)}")
    meta = found.get("meta", {})
    if not isinstance(meta, Mapping):
        raise BadRow("bad_row", f"meta is {str(meta)[:60]!r}, not an object")
    found["meta"] = {**others, **meta}
    return found


def _parsed(column: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        raise BadRow("bad_row", f"{column} is {cell[:60]!r}, not JSON") from None
