"""VideoRFT (Wang et al., NeurIPS 2025): Video-R1's form with reasoning checked against the video.

The files are named as the published scripts load them (`VideoRFT-CoT-Data`, `VideoRFT-RL-Data`).
Rows have Video-R1's keys; some carry their options as lines of `problem` instead of `options`, and
the reasoning as `response` instead of `process`. Checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from builders.reading.problems import problem_annotation, read_problems, think_of
from schemas.record import Annotation, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="videorft",
    title="VideoRFT",
    tasks=("answer", "think"),
    splits={"rl": Role.TRAINING, "cot": Role.TRAINING},
    files=(
        FileSpec(
            "problems",
            {
                "rl": ("VideoRFT*RL*.json", "VideoRFT*RL*.jsonl"),
                "cot": ("VideoRFT*CoT*.json", "VideoRFT*CoT*.jsonl"),
            },
            many=True,
            about="questions, options, solutions and, for cot, the reasoning",
        ),
    ),
    licence="Apache-2.0",
    media_licence="of the collections it takes from (those of Video-R1 and others)",
    homepage="https://github.com/QiWang98/VideoRFT",
    obtain="JSON files from the QiWang98/VideoRFT-Data dataset of Hugging Face",
    checked="made files only",
    notes="Read as Video-R1 is. `response` stays in `meta`, its reasoning as `think`.",
)
def videorft(files: Files) -> Iterator[Item]:
    """One record a row."""
    rows = chain.from_iterable(read_problems(path) for path in files.all("problems"))
    return each(rows, _annotate)


def _annotate(value: Any) -> Annotation:
    annotation = problem_annotation(value)
    response = annotation.meta.get("response")
    if isinstance(response, str) and "<think>" in response:
        annotation.meta.setdefault("think", think_of(response))
    return annotation
