"""NExT-QA (Xiao et al., CVPR 2021): why and how questions about VidOR videos, in two forms.

Multiple choice: columns `video, frame_count, width, height, question, answer, qid, type, a0..a4`,
the answer an index; video and qid name a row. Open-ended (NExT-OE): the same columns without
options, the answer a few words. The file's header tells which form it is. NExT-OE's train gives
three qids to two questions each, so its ids end in a hash of the row. Further reference answers
of its test split are in `add_reference_answer_test.json`. IG-VLM's copy of the multiple-choice val
(`NExT_QA.csv`: `video_name, answer_number, question_id, ...`) gives the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from builders.reading import keyed, read_csv, text
from builders.reading.qa_rows import (
    column_letter,
    open_answer,
    option_columns,
    vidor_media,
    vidor_paths,
)
from schemas.answers import AnswerType, letter_of_index
from schemas.record import Annotation, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="nextqa",
    title="NExT-QA",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "val": Role.TRAINING, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            {
                "train": ("train.csv",),
                "val": ("val.csv", "NExT_QA.csv"),
                "test": ("test.csv",),
            },
            many=True,
            about="questions and answers, multiple choice or open-ended; both where both are there",
        ),
        FileSpec("paths", ("map_vid_vidorID.json",), required=False, about="VidOR paths"),
        FileSpec(
            "references",
            {"test": ("add_reference_answer_test.json",)},
            required=False,
            about="second answers of the open-ended test split",
        ),
    ),
    licence="MIT",
    media_licence="VidOR (YFCC100M, Creative Commons, by video)",
    homepage="https://github.com/doc-doc/NExT-QA",
    obtain=(
        "csv files from the NExT-QA repository (multiple choice) or the NExT-OE repository "
        "(open-ended), dataset/nextqa; videos in the VidOR layout as linked there"
    ),
    notes=(
        "The header tells multiple choice (ids end in the qid) from open-ended (ids end in a hash "
        "of the row, since NExT-OE repeats three qids). val holds the questions that NExT-GQA's "
        "val, a training split of the published systems, is drawn from. Open-ended answers yes "
        "and no are boolean, plain numbers numerical, all others free form."
    ),
)
def nextqa(files: Files) -> Iterator[Item]:
    """One record a question."""
    vidor = vidor_paths(files)
    references = files.get("references")
    others: Mapping[str, Any] = keyed(references) if references else {}

    def annotate(row: dict[str, str]) -> Annotation:
        if "video_name" in row:
            return _igvlm(row, vidor)
        if "a0" in row:
            return _choice(row, vidor)
        return _open(row, vidor, others.get(text(row, "video"), {}).get(text(row, "qid")))

    rows = (read_csv(path, ("question", "answer")) for path in files.all("questions"))
    return each(chain.from_iterable(rows), annotate)


def _choice(row: dict[str, str], vidor: Mapping[str, Any]) -> Annotation:
    options = option_columns(row)
    return Annotation(
        vidor_media(row, row["video"], vidor),
        row["question"],
        keys=(row["qid"],),
        options=options,
        answer=letter_of_index(row["answer"], len(options)),
        answer_type=AnswerType.MULTIPLE_CHOICE,
        meta={"type": row["type"]},
    )


def _igvlm(row: dict[str, str], vidor: Mapping[str, Any]) -> Annotation:
    video, options = row["video_name"], option_columns(row)
    letter, flags = column_letter(row, options)
    return Annotation(
        vidor_media(row, video, vidor),
        row["question"],
        keys=(row["question_id"].removeprefix(video),),
        options=options,
        answer=letter,
        answer_type=AnswerType.MULTIPLE_CHOICE,
        flags=flags,
        meta={"type": row["question_type"]},
    )


def _open(row: dict[str, str], vidor: Mapping[str, Any], reference: str | None) -> Annotation:
    answer, answer_type = open_answer(row["answer"])
    meta = {"form": "open", "qid": row["qid"], "type": row["type"]}
    return Annotation(
        vidor_media(row, row["video"], vidor),
        row["question"],
        content=row,
        answer=answer,
        answer_type=answer_type,
        meta={**meta, "references": [reference]} if reference else meta,
    )
