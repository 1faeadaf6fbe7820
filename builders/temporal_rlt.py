"""Temporal-RLT and its code release Temporal-R1 (Li et al., 2025): sentences to locate, in ratios.

A row is `dataset`, `video` (below that dataset's folder), `problem` (the whole user text, with the
sentence in quotes), `solution` (`[start, end]` as ratios of the video) and `video_length` in
seconds, which `charades_train` rows lack; Charades_v1_train.csv gives it then. No form was
published for the question answering and grounded question answering parts of the paper: a
`solution` that is a text is read as the answer of a question, with options as lines of `problem`,
and anything else is rejected. Checked on made files only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from builders.reading import number, read_csv, relative_path, span, stem, text
from builders.reading.problems import (
    answer_openly,
    as_row,
    choose,
    leftover,
    read_problems,
    split_problem,
)
from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.interval import seconds
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

# The quoted sentence is the one before the question; a sentence may hold quotes itself.
_QUERY = re.compile(r'"(.+)"(?=[^"]*\bwhen\b)', re.DOTALL | re.IGNORECASE)
_ONLY_QUOTE = re.compile(r'[^"]*"([^"]+)"[^"]*')
_READ = ("video",)


@Source(
    name="temporal-rlt",
    title="Temporal-RLT",
    tasks=("ground", "ground-think", "answer", "think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "problems", ("*.json", "*.jsonl"), many=True, about="the files that its YAML lists"
        ),
        FileSpec(
            "lengths",
            ("Charades_v1_train.csv",),
            required=False,
            about="durations, for charades_train rows",
        ),
    ),
    licence="not stated",
    media_licence="of Charades, DiDeMo, InternVid, LLaVA-Video and the other sets it takes from",
    homepage="https://github.com/appletea233/Temporal-R1",
    obtain="the appletea2333/temporal_r1 dataset of Hugging Face, in a folder of its own",
    checked="made files only",
    notes=(
        "Spans are ratios of `video_length` and become seconds. Rows without a length are "
        "rejected. The sentence is taken out of the quotes in `problem`, which stays in `meta`."
    ),
)
def temporal_rlt(files: Files) -> Iterator[Item]:
    """One record a row."""
    path = files.get("lengths")
    length_s: dict[str, float] = {}
    if path:
        for row in read_csv(path, ("id", "length")):
            if isinstance(row.value, dict):
                length_s[row.value["id"]] = number(row.value["length"], "length")

    def annotate(value: Any) -> Annotation:
        row = as_row(value)
        if "sampled_frame_paths" in row:
            raise BadRow("unsupported_media", "frames to put in order, not a video")
        path = relative_path(text(row, "video"))
        media = Media("video", stem(path), path, duration_source_s=_length(row, length_s))
        problem, solution = text(row, "problem"), row.get("solution")
        annotation = Annotation(media, problem, content=row, meta=leftover(row, _READ))
        if isinstance(solution, str):
            _answer(annotation, problem, solution)
        else:
            _locate(annotation, problem, solution)
        return annotation

    return each(
        chain.from_iterable(read_problems(path) for path in files.all("problems")), annotate
    )


def _length(row: Mapping[str, Any], length_s: Mapping[str, float]) -> float | None:
    if row.get("video_length") is not None:
        return number(row["video_length"], "video_length")
    name = text(row, "video").rpartition("/")[2].partition(".")[0]
    return length_s.get(name) if row.get("dataset") == "charades_train" else None


def _locate(annotation: Annotation, problem: str, solution: Any) -> None:
    duration_s = annotation.media.duration_source_s
    ratios = span(solution, "solution")
    if duration_s is None:
        cure = "put Charades_v1_train.csv beside the file"
        raise BadRow("no_duration", f"solution {solution} is in ratios, without a length: {cure}")
    annotation.spans_s = [seconds(ratios, duration_s)]
    quoted = _QUERY.search(problem) or _ONLY_QUOTE.fullmatch(problem)
    if quoted:
        annotation.question = quoted.group(1)


def _answer(annotation: Annotation, problem: str, solution: str) -> None:
    annotation.question, options = split_problem(problem)
    if options:
        choose(annotation, options, solution)
    else:
        answer_openly(annotation, AnswerType.FREE_FORM, solution)
