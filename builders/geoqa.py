"""GeoQA (Chen et al., Findings of ACL 2021), as Video-R1 evaluates it: geometry problems, images.

`geoqa_test_prompts.jsonl` holds `image_path, question, ground_truth`, the images those of
Geo170K (Gao et al., 2023). Answers are numbers, angles (`140°`), lengths (`3cm`, `2√{3}m`),
fractions in LaTeX, multiples of π and Chinese units. All are of type `math`, bare numbers too: the
published evaluation parses them as expressions, and a numerical comparison would refuse the units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builders.reading import read_json_or_jsonl, relative_path, stem, text
from builders.reading.rows import objects
from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="geoqa",
    title="GeoQA (test prompts)",
    tasks=("answer", "think"),
    splits={"test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            ("geoqa_{split}_prompts.jsonl",),
            about="problems, answers and the paths of their images",
        ),
    ),
    licence="not stated",
    media_licence="not stated",
    homepage="https://github.com/tulerfeng/Video-R1",
    obtain=(
        "geoqa_test_prompts.jsonl from the Video-R1 repository (previous_version, "
        "src/eval/prompts); images from Geo170K"
    ),
    notes=(
        "Answers are of type math and keep their units (140°, 3cm). Geo170K's own conversations "
        "are read by llava-video."
    ),
)
def geoqa(files: Files) -> Iterator[Item]:
    """One record a problem."""
    return each(objects(read_json_or_jsonl(files["questions"])), _annotation)


def _annotation(row: dict[str, Any]) -> Annotation:
    path = relative_path(text(row, "image_path"))
    answer = text(row, "ground_truth").strip()
    if not answer:
        raise BadRow("bad_answer", "the answer is empty", key=path)
    return Annotation(
        Media("image", stem(path), path),
        text(row, "question"),
        content=row,
        answer=answer,
        answer_type=AnswerType.MATH,
    )
