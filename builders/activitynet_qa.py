"""ActivityNet-QA (Yu et al., AAAI 2019): open questions about ActivityNet videos.

`*_q.json` holds `video_name, question, question_id` and `*_a.json` `answer, type, question_id`;
the two are joined by question_id, which is `v_<video_name>_<number>`. A video name may itself
begin with `v_` (`v_UmAH95xls`, whose file is `v_v_UmAH95xls`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builders.reading import integer, read_json, text
from builders.reading.qa_rows import open_answer
from builders.reading.rows import objects
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Row, Source, each

# The dataset's own codes: 0 to 2 are kinds of questions, 3 to 8 of answers to free questions.
TYPES = (
    "motion",
    "spatial relationship",
    "temporal relationship",
    "yes/no",
    "color",
    "object",
    "location",
    "number",
    "other",
)


@Source(
    name="activitynet-qa",
    title="ActivityNet-QA",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec("questions", ("{split}_q.json",), about="questions"),
        FileSpec("answers", ("{split}_a.json",), about="answers and their types"),
    ),
    licence="Apache-2.0 file, and a README that says non-commercial use only",
    media_licence="YouTube videos of ActivityNet, terms not stated; not for redistribution",
    homepage="https://github.com/MILVLG/activitynet-qa",
    obtain="json files from the repository's dataset folder; videos from ActivityNet",
    notes=(
        "Answers yes and no are boolean, plain numbers numerical, all others free form. A question "
        "without an answer and an answer without a question are rejected."
    ),
)
def activitynet_qa(files: Files) -> Iterator[Item]:
    """One record a question."""
    answers: dict[str, Row] = {}
    unusable: list[Row] = []
    asked: set[str] = set()
    for row in objects(read_json(files["answers"])):
        id = None if isinstance(row.value, BadRow) else row.value.get("question_id")
        if isinstance(id, str) and id not in answers:
            answers[id] = row
        else:
            unusable.append(row)

    def annotate(row: dict[str, Any]) -> Annotation:
        id = text(row, "question_id")
        if id not in answers:
            raise BadRow("bad_answer", "no answer has this question_id", key=id)
        asked.add(id)
        return _annotation(row, answers[id].value)

    yield from each(objects(read_json(files["questions"])), annotate)
    unasked = [row for id, row in answers.items() if id not in asked]
    yield from each((*unasked, *unusable), _left_over)


def _annotation(row: dict[str, Any], told: dict[str, Any]) -> Annotation:
    id, video = text(row, "question_id"), f"v_{text(row, 'video_name')}"
    answer, answer_type = open_answer(text(told, "answer"))
    code = integer(told.get("type"), "type")
    if not 0 <= code < len(TYPES):
        raise BadRow("bad_row", f"type {code} is not between 0 and 8", key=id)
    return Annotation(
        Media("video", video, f"{video}.mp4"),
        text(row, "question"),
        keys=(id.removeprefix(f"{video}_"),),
        answer=answer,
        answer_type=answer_type,
        meta={"type": TYPES[code], "type_code": code},
    )


def _left_over(row: dict[str, Any]) -> Annotation:
    id = row.get("question_id")
    if isinstance(id, str):
        raise BadRow(
            "no_question", "no question has this question_id, or an earlier answer has it", key=id
        )
    raise BadRow("bad_row", "an answer without a question_id")
