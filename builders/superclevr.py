"""Super-CLEVR (Li et al., CVPR 2023): questions about rendered scenes of vehicles.

A questions file is `{info, questions: [{question_index, image_index, image_filename, question,
answer, ...}]}` and holds all splits: the first 20,000 images are for training, the next 5,000 for
validation, the last 5,000 for testing. Answers are JSON booleans (boolean, written yes and no),
integers (numerical) and strings (free form). Programs, where a file has them, are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from builders.reading import integer, read_json_list, relative_path, stem, text
from builders.reading.rows import objects
from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Row, Source, each

IMAGES = {"train": range(20_000), "val": range(20_000, 25_000), "test": range(25_000, 30_000)}


@Source(
    name="superclevr",
    title="Super-CLEVR",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "questions",
            ("superCLEVR_questions_30k.json", "superCLEVR_questions_*.json"),
            about="questions and answers about images, all splits in one file",
        ),
    ),
    licence="CC BY 4.0",
    media_licence="CC BY 4.0",
    redistribute=True,
    homepage="https://github.com/Lizw14/Super-CLEVR",
    obtain="superCLEVR_questions_30k.json and images.zip as linked from the repository's README",
    notes=(
        "The image's number tells the split. Booleans become yes and no, integers numerical "
        "answers, texts free form. Checked on the real sample of five images."
    ),
)
def superclevr(files: Files) -> Iterator[Item]:
    """One record a question."""
    rows = objects(read_json_list(files["questions"], "questions"))
    return each(_of_images(rows, IMAGES[files.split]), _annotation)


def _of_images(rows: Iterable[Row], images: range) -> Iterator[Row]:
    """The rows about these images, and those that do not say which image they are about."""
    for row in rows:
        image = None if isinstance(row.value, BadRow) else row.value.get("image_index")
        if not isinstance(image, int) or image in images:
            yield row


def _annotation(row: dict[str, Any]) -> Annotation:
    integer(row.get("image_index"), "image_index")
    path = relative_path(text(row, "image_filename"))
    answer, answer_type = _answer(row.get("answer"))
    return Annotation(
        Media("image", stem(path), path),
        text(row, "question"),
        keys=(str(integer(row.get("question_index"), "question_index")),),
        answer=answer,
        answer_type=answer_type,
        meta={
            name: row[name]
            for name in ("template_filename", "question_family_index")
            if name in row
        },
    )


def _answer(value: Any) -> tuple[str, AnswerType]:
    if isinstance(value, bool):
        return "yes" if value else "no", AnswerType.BOOLEAN
    if isinstance(value, int):
        return str(value), AnswerType.NUMERICAL
    if isinstance(value, str) and value.strip():
        return value.strip(), AnswerType.FREE_FORM
    raise BadRow("bad_answer", f"answer {value!r} is no boolean, integer or text")
