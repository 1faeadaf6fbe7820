"""STAR (Wu et al., NeurIPS 2021): situated reasoning about excerpts of Charades videos.

`STAR_train.json` and `STAR_val.json` are arrays of `question_id, question, video_id, start, end,
answer, choices [{choice_id, choice, ...}]`, with programs and situation graphs that are left out.
IG-VLM's copy of val (`STAR.csv`) carries the trim in the video name (`6H78U_11.1_19.6`). Either
way a question is about an excerpt of the untrimmed Charades video. Only IG-VLM's copy was checked
on the real file; the JSON form on made files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builders.reading import number, read_csv, read_json, text
from builders.reading.qa_rows import column_letter, option_columns
from builders.reading.rows import listed_objects, objects
from schemas.answers import AnswerType, letter_of_text
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="star",
    title="STAR",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            {
                "train": ("STAR_train.json",),
                "val": ("STAR_val.json", "STAR.csv"),
                "test": ("STAR_test.json",),
            },
            about="questions, choices, answers and the excerpts they are about",
        ),
    ),
    licence="Apache-2.0",
    media_licence="Charades licence (non-commercial research, no redistribution)",
    homepage="https://github.com/csbobby/STAR_Benchmark",
    obtain="STAR_*.json as linked from the repository's README; videos from Charades",
    notes=(
        "A question is about an excerpt (media.start_s to media.end_s) of a Charades video. The "
        "published test split has no answers, so its rows are rejected. Checked on the real val "
        "in IG-VLM's form, and on made files in STAR's own JSON form."
    ),
)
def star(files: Files) -> Iterator[Item]:
    """One record a question."""
    questions = files["questions"]
    if questions.name.removesuffix(".gz").endswith(".csv"):
        return each(read_csv(questions, ("video_name", "question_id", "a0", "answer")), _igvlm)
    return each(objects(read_json(questions)), _published)


def _published(row: dict[str, Any]) -> Annotation:
    id = text(row, "question_id")
    choices = sorted(
        listed_objects(row, "choices"), key=lambda choice: number(choice["choice_id"], "choice_id")
    )
    options = [text(choice, "choice").strip() for choice in choices]
    if row.get("answer") is None:
        raise BadRow("bad_answer", "the row has no answer", key=id)
    letter, ambiguous = letter_of_text(text(row, "answer"), options)
    media = _excerpt(text(row, "video_id"), row.get("start"), row.get("end"))
    return _annotation(
        media, id, text(row, "question"), options, letter, ["ambiguous_answer"] if ambiguous else []
    )


def _igvlm(row: dict[str, str]) -> Annotation:
    options = option_columns(row)
    letter, flags = column_letter(row, options)
    parts = row["video_name"].rsplit("_", 2)
    if len(parts) != 3:
        raise BadRow("bad_row", f"video_name {row['video_name']!r} is not VIDEO_START_END")
    media = _excerpt(*parts)
    return _annotation(media, row["question_id"], row["question"], options, letter, flags)


def _excerpt(video: str, start: Any, end: Any) -> Media:
    media = Media("video", video, f"{video}.mp4")
    media.start_s, media.end_s = number(start, "start"), number(end, "end")
    return media


def _annotation(
    media: Media, id: str, question: str, options: list[str], letter: str, flags: list[str]
) -> Annotation:
    return Annotation(
        media,
        question,
        keys=(id,),
        options=options,
        answer=letter,
        answer_type=AnswerType.MULTIPLE_CHOICE,
        flags=flags,
        meta={"type": id.rsplit("_", 1)[0]},
    )
