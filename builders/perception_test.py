"""Perception Test (Pătrăucean et al., NeurIPS 2023): three-way questions about filmed situations.

`mc_question_*.json` (or `all_*.json`, which holds the other annotations too) is an object of
videos: `{video_id: {metadata {split, frame_rate, num_frames, resolution, ...}, mc_question [{id,
question, options, answer_id, area, reasoning, tag}]}}`. For some questions the outcome must not
be seen: `cut_frame_mapping_*.json` gives the frame at which their video is cut, 0 or less for
whole videos; those records speak of the excerpt before that frame. Checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builders.reading import integer, keyed, number, read_json, text
from builders.reading.rows import entries, expanded, listed, listed_objects
from schemas.answers import AnswerType, letter_of_index
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="perception-test",
    title="Perception Test",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "valid": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            ("mc_question_{split}.json", "all_{split}.json"),
            about="multiple-choice questions by video",
        ),
        FileSpec(
            "cuts",
            ("cut_frame_mapping_{split}.json",),
            required=False,
            about="where videos are cut so that the outcome is not seen",
        ),
    ),
    licence="CC BY 4.0",
    media_licence="CC BY 4.0",
    redistribute=True,
    homepage="https://github.com/google-deepmind/perception_test",
    obtain="annotations, videos, cut_frame_mapping_*.json as linked from the repository's README",
    checked="made files only",
    notes=(
        "One record a question; other annotations of the video are left out. Without the cut "
        "mapping, train and valid show the outcome that some questions ask for. Questions of the "
        "test split are rejected where the file gives no answer_id."
    ),
)
def perception_test(files: Files) -> Iterator[Item]:
    """One record a question."""
    path = files.get("cuts")
    cuts: Mapping[str, Any] = keyed(path) if path else {}

    def annotate(entry: tuple[str, dict[str, Any]]) -> Iterable[Annotation | BadRow]:
        video, row = entry
        media = _media(video, row, cuts.get(video, 0))
        questions = listed_objects(row, "mc_question")
        return expanded(questions, lambda _, question: _annotation(media, question), video)

    return each(entries(read_json(files["questions"])), annotate)


def _media(video: str, row: Mapping[str, Any], cut: Any) -> Media:
    metadata = row.get("metadata")
    if not isinstance(metadata, Mapping):
        raise BadRow("bad_row", "the video has no metadata", key=video)
    fps = number(metadata.get("frame_rate"), "frame_rate")
    frames = integer(metadata.get("num_frames"), "num_frames")
    if fps <= 0 or frames <= 0:
        raise BadRow("bad_number", f"{frames} frames at {fps} a second", key=video)
    media = Media("video", video, f"{video}.mp4", duration_source_s=frames / fps, fps=fps)
    media.frames = frames
    cut_frame = integer(cut, "cut frame")
    if cut_frame > 0:
        media.start_s, media.end_s = 0.0, min(cut_frame, frames) / fps
    return media


def _annotation(media: Media, question: Mapping[str, Any]) -> Annotation:
    id = integer(question.get("id"), "id")
    options = [str(option).strip() for option in listed(question, "options")]
    if question.get("answer_id") is None:
        raise BadRow("bad_answer", "the question has no answer_id")
    return Annotation(
        media,
        text(question, "question"),
        keys=(str(id),),
        options=options,
        answer=letter_of_index(integer(question["answer_id"], "answer_id"), len(options)),
        answer_type=AnswerType.MULTIPLE_CHOICE,
        meta={name: question[name] for name in ("area", "reasoning", "tag") if name in question},
    )
