"""NExT-GQA (Xiao et al., CVPR 2024): multiple choice on NExT-QA videos, with evidence segments.

`val.csv` and `test.csv` hold the questions (the answer as the option's text), `gsub_*.json` the
segments and the rounded duration by video and question, `map_vid_vidorID.json` the path of each
video in the VidOR layout. All segments of a question are kept; the published systems drop the
questions that have several.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import integer, keyed, number, pairs, read_csv
from schemas.answers import AnswerType, letter_of_text
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

COLUMNS = ("video_id", "question", "answer", "qid", "type", "a0", "a1", "a2", "a3", "a4")


@Source(
    name="nextgqa",
    title="NExT-GQA",
    tasks=("answer", "ground", "think", "grounded-qa"),
    splits={"train": Role.TRAINING, "val": Role.TRAINING, "test": Role.EVALUATION},
    files=(
        FileSpec("questions", ("{split}.csv",), about="questions, options, answers"),
        FileSpec(
            "segments",
            {"val": ("gsub_val.json",), "test": ("gsub_test.json",)},
            about="evidence segments and durations; train has none",
        ),
        FileSpec("paths", ("map_vid_vidorID.json",), required=False, about="VidOR paths"),
    ),
    licence="MIT",
    media_licence="VidOR (YFCC100M, Creative Commons, by video)",
    homepage="https://github.com/doc-doc/NExT-GQA",
    obtain="annotations from the repository's datasets/nextgqa; videos as NExT-QA's (VidOR layout)",
    notes=(
        "val is the training split of VideoReasoner and Temporal-RLT, and test the evaluation "
        "split; train has no segments. Every segment of a question is kept."
    ),
)
def nextgqa(files: Files) -> Iterator[Item]:
    """One record a question."""
    segments = files.get("segments")
    paths = files.get("paths")
    grounding: Mapping[str, Any] = keyed(segments) if segments else {}
    vidor: Mapping[str, Any] = keyed(paths) if paths else {}

    def annotate(row: dict[str, str]) -> Annotation:
        video, qid = row["video_id"], row["qid"]
        options = [row[f"a{i}"].strip() for i in range(5)]
        answer, ambiguous = letter_of_text(row["answer"], options)
        media = Media("video", video, f"{vidor.get(video, video)}.mp4")
        spans = []
        if segments:
            evidence = grounding.get(video, {})
            spans = pairs(evidence.get("location", {}).get(qid, []), "segments")
            if not spans:
                raise BadRow("no_spans", f"{segments.name} has no segment", key=f"{video}/{qid}")
            media.duration_source_s = number(evidence.get("duration"), "duration")
            media.fps = number(evidence.get("fps"), "fps")
        for name in ("frame_count", "width", "height"):
            if row.get(name):
                setattr(
                    media, "frames" if name == "frame_count" else name, integer(row[name], name)
                )
        return Annotation(
            media,
            row["question"],
            keys=(qid,),
            options=options,
            answer=answer,
            answer_type=AnswerType.MULTIPLE_CHOICE,
            spans_s=spans,
            flags=["ambiguous_answer"] if ambiguous else [],
            meta={"type": row["type"]},
        )

    return each(read_csv(files["questions"], COLUMNS), annotate)
