"""IntentQA (Li et al., ICCV 2023): five-way questions about intents, on NExT-QA's videos.

`train.csv`, `val.csv`, `test.csv` have NExT-QA's columns with `video_id` for `video`, and the
action, its lemma and the lemma's number besides; the answer is an index. IG-VLM's copy of val
(`IntentQA.csv`: `video_name, question_id` as `<video>_<type>_<qid>`, the answer as text) gives
the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import read_csv
from builders.reading.qa_rows import column_letter, option_columns, vidor_media, vidor_paths
from schemas.answers import AnswerType, letter_of_index
from schemas.record import Annotation, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="intentqa",
    title="IntentQA",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            {
                "train": ("train.csv",),
                "val": ("val.csv", "IntentQA.csv"),
                "test": ("test.csv",),
            },
            about="questions, options, answers",
        ),
        FileSpec("paths", ("map_vid_vidorID.json",), required=False, about="NExT-QA's VidOR paths"),
    ),
    licence="not stated (built on NExT-QA, MIT)",
    media_licence="VidOR (YFCC100M, Creative Commons, by video)",
    homepage="https://github.com/JoseponLee/IntentQA",
    obtain="csv files from the repository's datasets/IntentQA; videos as NExT-QA's (VidOR layout)",
    notes=(
        "Its videos are NExT-QA's: keep that in mind when one trains and the other evaluates. Of "
        "real files, val was checked in both of its published forms."
    ),
)
def intentqa(files: Files) -> Iterator[Item]:
    """One record a question."""
    vidor = vidor_paths(files)

    def annotate(row: dict[str, str]) -> Annotation:
        return _igvlm(row, vidor) if "video_name" in row else _published(row, vidor)

    return each(read_csv(files["questions"], ("video_id", "question", "answer", "a0")), annotate)


def _published(row: dict[str, str], vidor: Mapping[str, Any]) -> Annotation:
    options = option_columns(row)
    return Annotation(
        vidor_media(row, row["video_id"], vidor),
        row["question"],
        keys=(row["qid"],),
        options=options,
        answer=letter_of_index(row["answer"], len(options)),
        answer_type=AnswerType.MULTIPLE_CHOICE,
        meta={name: row[name] for name in ("type", "action", "lemma", "lemma_id") if name in row},
    )


def _igvlm(row: dict[str, str], vidor: Mapping[str, Any]) -> Annotation:
    options = option_columns(row)
    letter, flags = column_letter(row, options)
    return Annotation(
        vidor_media(row, row["video_id"], vidor),
        row["question"],
        keys=(row["question_id"].rsplit("_", 1)[-1],),
        options=options,
        answer=letter,
        answer_type=AnswerType.MULTIPLE_CHOICE,
        flags=flags,
        meta={"type": row["question_type"]},
    )
