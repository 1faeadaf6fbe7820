"""What a source is: how it is declared, the files it needs, and what reading it yields.

A source is one file of `builders/`: a function from its files to annotations, under a decorator
that says everything `curate sources` and `docs/sources.md` show.

    @Source(
        name="charades-sta",
        title="Charades-STA",
        tasks=("ground",),
        splits={"train": Role.TRAINING, "test": Role.EVALUATION},
        files=(FileSpec("sentences", ("charades_sta_{split}.txt",)), ...),
        ...
    )
    def charades_sta(files: Files) -> Iterator[Item]:
        ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from schemas.errors import BadRow, MissingFile
from schemas.record import Annotation, Role
from schemas.registry import Registry

V = TypeVar("V")

# Under which a row names its media, and itself; for rejects that no builder named.
_KEY_NAMES = (
    ("video_id", "video", "video_name", "vid", "video_file", "path", "image", "image_path"),
    ("qid", "question_id", "annotation_id", "problem_id", "id"),
)


class At(NamedTuple):
    """Where a row was read: the file as given and the 1-based line or item in it."""

    file: str
    row: int


class Row(NamedTuple):
    """One row of a published file, before anything is made of it."""

    at: At
    value: Any


@dataclass(frozen=True, slots=True)
class Reject:
    """A row, or the `part` of a row that was expanded, set aside with what is needed to mend it."""

    at: At
    reason: str
    message: str
    raw: Any
    key: str | None = None
    part: int = 0


class Located(NamedTuple):
    """An annotation and the row it came from; `part` counts the annotations of one row."""

    at: At
    part: int
    annotation: Annotation
    raw: Any


Item = Located | Reject


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file that a source reads.

    Args:
        role: what it is to the builder ("questions", "durations").
        patterns: file names or globs, the first that is found wins; `{split}` stands for the
            split. A mapping where the names follow no rule. `.gz` is tried for each.
        required: without it a split that has names for it cannot be built.
        many: all matches of the pattern are read, in the order of their names.
        about: a line for the documentation.
    """

    role: str
    patterns: tuple[str, ...] | Mapping[str, tuple[str, ...]]
    required: bool = True
    many: bool = False
    about: str = ""

    def names(self, split: str) -> tuple[str, ...]:
        """The file names to look for."""
        if isinstance(self.patterns, Mapping):
            return self.patterns.get(split, ())
        return tuple(pattern.format(split=split) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one split, found on disk, by role, and the user's options for the source."""

    split: str
    found: Mapping[str, tuple[Path, ...]]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, role: str) -> Path:
        """The one file of a role.

        Raises:
            MissingFile: it was not found.
        """
        paths = self.found.get(role, ())
        if not paths:
            raise MissingFile(f"the {role} file of split {self.split} is missing")
        return paths[0]

    def get(self, role: str) -> Path | None:
        """The one file of an optional role, or None."""
        paths = self.found.get(role, ())
        return paths[0] if paths else None

    def all(self, role: str) -> tuple[Path, ...]:
        """Every file of a role, in the order of their names."""
        return tuple(self.found.get(role, ()))


Reader = Callable[[Files], Iterator[Item]]


def _unread(files: Files) -> Iterator[Item]:
    raise AssertionError("a source declaration is used as a decorator of its reader")


@dataclass(frozen=True, slots=True)
class Source:
    """A published annotation set and how it is read.

    Args:
        name: as in `curate build NAME`.
        title: as its authors call it.
        tasks: names of the tasks that its records can be asked as.
        splits: each split's role.
        files: what `--annotations` must hold.
        licence: of the annotations.
        media_licence: terms of the videos or images.
        redistribute: whether those terms let media be published again.
        homepage: where it is described.
        obtain: in one line, how a user gets annotations and media.
        checked: `real files` or `made files only`.
        notes: what is expanded, kept or rejected, for `docs/sources.md`.
        options: what `[sources.NAME.options]` of `curate.toml` may set, each with its meaning.
        read: the builder; set by using the declaration as a decorator.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    splits: Mapping[str, Role]
    files: tuple[FileSpec, ...]
    licence: str
    media_licence: str
    homepage: str
    obtain: str
    redistribute: bool = False
    checked: str = "real files"
    notes: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    read: Reader = _unread

    def __call__(self, read: Reader) -> Source:
        """Register this source with `read` as its builder."""
        return SOURCES.add(self.name, replace(self, read=read))


SOURCES: Registry[Source] = Registry("source", package="builders", group="curate.sources")


def each(
    rows: Iterable[Row], annotate: Callable[[V], Annotation | Iterable[Annotation | BadRow]]
) -> Iterator[Item]:
    """Annotate rows one by one; a row that cannot be read becomes a `Reject`, never an end.

    `annotate` returns one annotation, or several for a row that is expanded. It raises `BadRow`
    to set the whole row aside, and yields one to set aside a part of it. A reader puts a `BadRow`
    in `Row.value` for a row it could not parse. `KeyError` is a missing key of a JSON row.
    """
    for row in rows:
        if isinstance(row.value, BadRow):
            yield _reject(row, row.value)
            continue
        try:
            made = annotate(row.value)
            if isinstance(made, Annotation):
                yield Located(row.at, 0, made, row.value)
                continue
            parts = list(made)
        except BadRow as bad:
            yield _reject(row, bad)
            continue
        except KeyError as missing:
            yield _reject(row, BadRow("bad_row", f"key {missing} is missing"))
            continue
        for number, part in enumerate(parts):
            if isinstance(part, BadRow):
                yield _reject(row, part, number)
            else:
                yield Located(row.at, number, part, row.value)


def _reject(row: Row, bad: BadRow, part: int = 0) -> Reject:
    raw = bad.raw if row.value is bad else row.value
    return Reject(row.at, bad.reason, bad.message, raw, bad.key or _key_of(raw), part)


def _key_of(raw: Any) -> str | None:
    """What a row calls itself, as far as common names tell: `<media>/<question>`."""
    if isinstance(raw, tuple) and raw and isinstance(raw[0], str):
        return raw[0][:80]
    if not isinstance(raw, Mapping):
        return None
    named = []
    for names in _KEY_NAMES:
        found = (raw[name] for name in names if isinstance(raw.get(name), str | int))
        named.append(str(next(found, ""))[:80])
    return "/".join(name for name in named if name) or None
