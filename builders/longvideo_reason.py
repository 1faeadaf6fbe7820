"""LongVideo-Reason (Chen et al., NeurIPS 2025): questions on long videos, with reasoning.

`train.jsonl`, `val.jsonl` and `test.jsonl` hold the options as lines of `problem`, the answer as
`<answer>B</answer>`, the file in `videos` and the reasoning in `reasoning`; `openended.jsonl` has
answers that are texts. The options were parsed out of generated text: many rows print them in
another order than their letters, and a few hold stray sentences that were taken for options. The
evaluation list is also read in the one form that EasyVideoR1 gave to 851 of its rows
(`longvideoreason.json`). The `.jsonl` files were checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase
from typing import Any

from builders.reading import text
from builders.reading.problems import (
    answer_openly,
    as_row,
    choose,
    leftover,
    problem_annotation,
    problem_media,
    read_problems,
    split_problem,
    think_of,
)
from schemas.answers import AnswerType, untagged
from schemas.errors import BadRow
from schemas.record import Annotation, Role
from schemas.source import Files, FileSpec, Item, Source, each

_READ = ("problem", "data_type", "videos", "answer", "reasoning")


@Source(
    name="longvideo-reason",
    title="LongVideo-Reason",
    tasks=("answer", "think"),
    splits={
        "train": Role.TRAINING,
        "openended": Role.TRAINING,
        "val": Role.EVALUATION,
        "test": Role.EVALUATION,
    },
    files=(
        FileSpec(
            "problems",
            {
                "train": ("train.jsonl",),
                "openended": ("openended.jsonl",),
                "val": ("val.jsonl",),
                "test": ("test.jsonl", "longvideoreason.json"),
            },
            about="questions with their options, answers, reasoning",
        ),
    ),
    licence="not stated",
    media_licence="not stated (YouTube)",
    homepage="https://github.com/NVlabs/Long-RL",
    obtain="JSON Lines from the LongVideo-Reason/longvideo-reason dataset of Hugging Face, videos "
    "of the test split from LongVideo-Reason/longvideo_eval_videos; longvideoreason.json from the "
    "EasyVideoR1 repository",
    notes=(
        "Options are taken out of the question. Rows whose letter is not among the options are "
        "rejected. Options are sorted by their letters. Where a letter stands before several, the "
        "first that has a text is meant and the row is flagged."
    ),
)
def longvideo_reason(files: Files) -> Iterator[Item]:
    """One record a row."""
    return each(read_problems(files["problems"]), _annotate)


def _annotate(value: Any) -> Annotation:
    row = as_row(value)
    if "solution" in row:
        return problem_annotation(row)
    question, options = split_problem(text(row, "problem"))
    answer = text(row, "answer")
    annotation = Annotation(problem_media(row), question, content=row, meta=leftover(row, _READ))
    if row.get("reasoning"):
        annotation.meta["think"] = think_of(text(row, "reasoning"))
    if options:
        choose(annotation, options, answer)
    elif untagged(answer) in list(ascii_uppercase):
        raise BadRow("bad_answer", f"answer {untagged(answer)} and no options in the problem")
    else:
        answer_openly(annotation, AnswerType.FREE_FORM, answer)
    return annotation
