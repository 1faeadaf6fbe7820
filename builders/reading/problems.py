"""Problem and solution records: the form of Video-R1, which many later sets share.

A row asks `problem` about one video or image and answers it in `solution`, often between
`<answer>` tags. Options stand in a column of their own, or as labelled lines of the problem.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any, NamedTuple

from builders.reading.files import opened
from builders.reading.json_files import read_json_list, read_json_or_jsonl
from builders.reading.values import relative_path, stem, text
from schemas.answers import PROBLEM_TYPES, AnswerType, letter, letter_of_text, untagged
from schemas.errors import BadRow
from schemas.record import Annotation, Media
from schemas.source import Row

_LABELLED = re.compile(r"\s*\(?([A-Z])[.):]\s*(.*)", re.DOTALL)
_THINK = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_RESULTS = re.compile(r'\s*\{\s*"results"\s*:\s*\[')
_MEDIA_KEYS = {"video": "video", "videos": "video", "image": "image", "images": "image"}
_READ = {"problem", "problem_type", "options", "solution", "process", "path", "data_type"}
_TEACHER = ("answer", "reward", "select")


class Choices(NamedTuple):
    """Options as plain texts, and the letters that the source gives them.

    Args:
        options: in the order of their letters.
        labels: the letter of each; A, B, C, ... unless the source uses one letter twice.
        published: the letters in the order in which the source prints the options.
    """

    options: list[str]
    labels: str
    published: str

    def letter(self, published: str) -> tuple[str, bool]:
        """The letter of a published answer, and whether more than one option is meant by it.

        `B`, `(B)`, `B. unwrap it` and `unwrap it` are read. Of several options with one letter,
        the first that has a text is taken.

        Raises:
            BadRow: no option is meant.
        """
        wanted = published.strip()
        if not wanted:
            raise BadRow("bad_answer", "the answer is empty")
        labelled = None if wanted in self.options else _LABELLED.match(wanted)
        label = labelled.group(1) if labelled else wanted
        places = [i for i, own in enumerate(self.labels) if own == label]
        if not places:
            return letter_of_text(wanted, self.options)
        with_text = [i for i in places if self.options[i]] or places
        return letter(with_text[0]), len(places) > 1

    @property
    def reordered(self) -> bool:
        """True where the source does not print the options as A, B, C, ..."""
        return self.published != ascii_uppercase[: len(self.options)]


def choices(published: Any) -> Choices:
    """Options in the order of their published letters, without them.

    Some sets print the options in another order than their letters (`C. x`, `A. y`, `B. z`): they
    are sorted, so that a letter names the same option as in the published file. Where a letter
    is used twice, the published order is kept. Options that do not all carry one of the first
    letters are plain texts, so that `A. Lincoln` beside unlabelled ones stays whole.

    Raises:
        BadRow: not a list of texts.
    """
    if not isinstance(published, list) or not all(isinstance(o, str) for o in published):
        raise BadRow("bad_row", f"options are {published!r}, not a list of texts")
    found = [_LABELLED.match(option) for option in published]
    labelled = [(match.group(1), match.group(2).strip()) for match in found if match]
    used = sorted({label for label, _ in labelled})
    first_letters = used == list(ascii_uppercase[: len(used)])
    if not labelled or len(labelled) < len(found) or not first_letters:
        letters = ascii_uppercase[: len(found)]
        return Choices([option.strip() for option in published], letters, letters)
    printed = "".join(label for label, _ in labelled)
    if len(used) == len(labelled):
        labelled.sort()
    labels = "".join(label for label, _ in labelled)
    return Choices([option for _, option in labelled], labels, printed)


def split_problem(problem: str) -> tuple[str, list[str]]:
    """The question and the labelled lines after it; a line without a label continues its option.

    Empty lines are left out.
    """
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if i and _LABELLED.match(line)), len(lines))
    options: list[str] = []
    for line in lines[first:]:
        if _LABELLED.match(line):
            options.append(line)
        else:
            options[-1] += "\n" + line
    return "\n".join(lines[:first]), options


def without_options(problem: str, options: Sequence[str]) -> str:
    """The problem without the options that end it, however they were joined to it."""
    glued = "\n".join(line.strip() for line in problem.splitlines() if line.strip())
    tail = "\n".join(line.strip() for option in options for line in option.splitlines())
    if tail and glued.endswith(tail):
        return glued.removesuffix(tail).strip()
    return problem.strip()


def read_problems(path: Path) -> Iterator[Row]:
    """Rows of a JSON array, of JSON Lines, or of the array under `results` in a JSON object.

    Raises:
        BadFile: none of these, or cut off.
    """
    with opened(path) as stream:
        nested = _RESULTS.match(stream.read(1 << 10))
    return read_json_list(path, "results") if nested else read_json_or_jsonl(path)


def as_row(value: Any) -> Mapping[str, Any]:
    """The row, if it is a JSON object.

    Raises:
        BadRow: it is anything else.
    """
    if not isinstance(value, dict):
        raise BadRow("bad_row", f"a row is {str(value)[:60]!r}, not a JSON object")
    return value


def problem_media(row: Mapping[str, Any]) -> Media:
    """The one video or image of a row: `path` and `data_type`, or `video` or `image` (or a list).

    The key is the path without its ending: in these collections bare file names collide.

    Raises:
        BadRow: no media, several, or another kind.
    """
    if "path" in row:
        kind, published = text(row, "data_type"), row["path"]
    else:
        kind, published = _named_media(row)
    if kind not in ("video", "image") or row.get("data_type", kind) != kind:
        raise BadRow("unsupported_media", f"data_type is {row.get('data_type', kind)!r}")
    path = relative_path(published) if isinstance(published, str) else ""
    if not path:
        raise BadRow("bad_row", f"the path of the {kind} is {published!r}")
    return Media(kind, stem(path), path)


def _named_media(row: Mapping[str, Any]) -> tuple[str, Any]:
    named = [(kind, row[key]) for key, kind in _MEDIA_KEYS.items() if row.get(key)]
    if len(named) != 1:
        raise BadRow("unsupported_media", f"{len(named)} kinds of media in one row, not one")
    kind, published = named[0]
    if not isinstance(published, list):
        return kind, published
    if len(published) != 1:
        raise BadRow("unsupported_media", f"{len(published)} files in one row, not one")
    return kind, published[0]


def problem_type(row: Mapping[str, Any]) -> AnswerType:
    """The answer type of a row, by the exact spelling of the published loaders.

    Raises:
        BadRow: another word.
    """
    word = text(row, "problem_type")
    if word not in PROBLEM_TYPES:
        known = ", ".join(PROBLEM_TYPES)
        raise BadRow("bad_row", f"problem_type is {word!r}, not one of {known}")
    return PROBLEM_TYPES[word]


def think_of(published: str) -> str:
    """The reasoning between `<think>` tags, or the whole text where there are none."""
    found = _THINK.search(published)
    return (found.group(1) if found else published).strip()


def leftover(row: Mapping[str, Any], read: Collection[str]) -> dict[str, Any]:
    """What a row says beyond the keys that were read, empty values left out."""
    return {k: v for k, v in row.items() if k not in read and v not in (None, "", [], {})}


def problem_annotation(value: Any) -> Annotation:
    """The annotation of one Video-R1 row.

    Reasoning (`process`) is kept as `think` in `meta`, and what the annotation script found when
    it checked the teacher (`answer`, `reward`, `select`) under `teacher`.

    Raises:
        BadRow: the row is not of this form.
    """
    row = as_row(value)
    answer_type = problem_type(row)
    question, published = text(row, "problem"), row.get("options") or []
    media_keys = () if "path" in row else _MEDIA_KEYS
    meta = leftover(row, {*_READ, *media_keys, *_TEACHER})
    if row.get("process"):
        meta["think"] = think_of(text(row, "process"))
    if teacher := {key: row[key] for key in _TEACHER if key in row}:
        meta["teacher"] = teacher
    annotation = Annotation(problem_media(row), question, content=row, meta=meta)
    if answer_type is AnswerType.MULTIPLE_CHOICE:
        if not published:
            annotation.question, published = split_problem(question)
        choose(annotation, published, text(row, "solution"))
        annotation.question = without_options(annotation.question, published)
    else:
        if published:
            meta["options"] = published
        answer_openly(annotation, answer_type, text(row, "solution"))
    return annotation


def choose(annotation: Annotation, published: Any, solution: str) -> None:
    """Give the annotation its options and the letter of its solution.

    The letters as printed are kept in `meta` where they are not A, B, C, ... in order.

    Raises:
        BadRow: the solution is not among the options.
    """
    offered = choices(published)
    annotation.options = offered.options
    annotation.answer_type = AnswerType.MULTIPLE_CHOICE
    annotation.answer, ambiguous = offered.letter(untagged(solution))
    if ambiguous:
        annotation.flags.append("ambiguous_answer")
    if offered.reordered:
        annotation.meta["published_letters"] = offered.published


def answer_openly(annotation: Annotation, answer_type: AnswerType, solution: str) -> None:
    """Give the annotation an answer that is no choice.

    Raises:
        BadRow: the solution is empty.
    """
    annotation.answer = untagged(solution)
    annotation.answer_type = answer_type
    if not annotation.answer:
        raise BadRow("bad_answer", "the solution is empty")
