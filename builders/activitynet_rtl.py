"""ActivityNet-RTL (LITA: Huang et al., ECCV 2024): questions whose answer is a moment and why.

The training file is `{video: {duration, QA: [{q, a}]}}`, or a list of `{id, duration, QA}`;
`annot_val_1_q229.json` is a list of `{question_id, vid, question, answer, duration}`, whose `vid`
lacks the `v_` of ActivityNet. The first two times in an answer (`<12.3>`, seconds) are its moment,
as in the published evaluation; the whole answer, which explains it, is kept in meta. Some training
answers have no times. Checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import number, read_json, text
from builders.reading.bracketed_times import bracketed_times
from builders.reading.rows import expanded, listed_objects
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="activitynet-rtl",
    title="ActivityNet-RTL",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            {"train": ("activitynet_train_gpt-4*.json",), "val": ("annot_val_*.json",)},
            about="questions, and answers with times",
        ),
    ),
    licence="not stated",
    media_licence="YouTube videos, each under its uploader's terms; research use",
    homepage="https://github.com/NVlabs/LITA",
    obtain="temporal_reasoning/ of deahuang/LITA-Datasets on Hugging Face; videos as ActivityNet's",
    checked="made files only",
    notes=(
        "One record a question; its moment is the first two times of the answer, which is kept "
        "whole in meta. Answers without times are rejected."
    ),
)
def activitynet_rtl(files: Files) -> Iterator[Item]:
    """One record a question."""
    return each(read_json(files["questions"]), _annotations)


def _annotations(item: Any) -> Iterator[Annotation | BadRow]:
    video, row = item if isinstance(item, tuple) else (None, item)
    if not isinstance(row, Mapping):
        raise BadRow("bad_row", f"not an object: {str(row)[:60]!r}", key=video)
    if "vid" in row:
        return iter((_evaluation(row),))
    video = video or text(row, "id")
    duration_s = number(row["duration"], "duration")

    def annotate(_: int, pair: Mapping[str, Any]) -> Annotation:
        question, answer = text(pair, "q"), text(pair, "a")
        made = _annotation(video, duration_s, question, answer)
        made.content = [question, answer]
        return made

    return expanded(listed_objects(row, "QA"), annotate, video)


def _evaluation(row: Mapping[str, Any]) -> Annotation:
    key = str(row["question_id"])
    try:
        made = _annotation(
            f"v_{text(row, 'vid')}",
            number(row["duration"], "duration"),
            text(row, "question"),
            text(row, "answer"),
        )
    except BadRow as bad:
        bad.key = key
        raise
    made.keys = (key,)
    return made


def _annotation(video: str, duration_s: float, question: str, answer: str) -> Annotation:
    times_s = bracketed_times(answer)
    if len(times_s) < 2:
        raise BadRow("no_spans", f"fewer than two times in the answer {answer[:60]!r}")
    return Annotation(
        Media("video", video, f"{video}.mp4", duration_source_s=duration_s),
        question,
        spans_s=[Interval(times_s[0], times_s[1])],
        meta={"answer": answer},
    )
