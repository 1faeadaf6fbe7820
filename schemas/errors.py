"""The error tree: what a user can be told in one line, and the exit code it ends with.

A `CurateError` is a user's error: the command prints it in one line and exits with `exit_code`.
Anything else that escapes is a bug and keeps its traceback. `BadRow` is no end of a run: it is
one row set aside, and becomes a line of the rejects table.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CurateError(Exception):
    """A failure that the user can mend.

    Args:
        message: what is wrong, without a full stop at the end.
        file: the file it was found in.
        row: the 1-based line or item in that file.
        hint: what to do about it.
    """

    code = "error"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.row = row
        self.hint = hint

    def __str__(self) -> str:
        where = self.file or ""
        if self.row is not None:
            where += f", row {self.row}"
        return f"{where}: {self.message}" if where else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.file, self.row, self.hint))


def _rebuild(
    kind: type[CurateError], message: str, file: str | None, row: int | None, hint: str | None
) -> CurateError:
    return kind(message, file=file, row=row, hint=hint)


class ConfigError(CurateError):
    """`curate.toml`, an environment variable or a flag holds a value that cannot be used."""

    code = "config"


class UnknownName(CurateError):
    """A source, task, engine or column that nobody registered."""

    code = "unknown_name"


class MissingFile(CurateError):
    """An annotation file that the source needs is not there."""

    code = "missing_file"


class BadFile(CurateError):
    """A file that is there but cannot be read as what it should be."""

    code = "bad_file"


class MissingColumn(BadFile):
    """A table lacks a column, or a JSON row a key, that every row of it must have."""

    code = "missing_column"


class MissingExtra(CurateError):
    """A command needs an optional dependency that is not installed."""

    code = "missing_extra"


class MediaError(CurateError):
    """A video or image that cannot be probed or sampled; `reason` is a word to count by."""

    code = "media"

    def __init__(
        self,
        message: str,
        *,
        reason: str = "unreadable",
        file: str | None = None,
        row: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, file=file, row=row, hint=hint)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_media, (self.message, self.reason, self.file, self.row, self.hint))


def _rebuild_media(
    message: str, reason: str, file: str | None, row: int | None, hint: str | None
) -> MediaError:
    return MediaError(message, reason=reason, file=file, row=row, hint=hint)


class WorkspaceError(CurateError):
    """A workspace that is missing, locked by another process, or written by another version."""

    code = "workspace"


class NothingLeft(CurateError):
    """The command ran, and no row was left."""

    code = "nothing_left"
    exit_code = 4


class CheckFailed(CurateError):
    """A check found errors."""

    code = "check_failed"
    exit_code = 5


class Interrupted(CurateError):
    """The user stopped the command; what was done is kept."""

    code = "interrupted"
    exit_code = 130


class BadRow(Exception):
    """One annotation row that cannot become a record.

    Args:
        reason: a word of `schemas.record.REASONS`, to count by.
        message: what is wrong with this row, naming the values.
        key: the source's own name of the row (a video id, a question id), if it has one.
        raw: the row as it was read, where a reader could not make a value of it.
    """

    def __init__(
        self, reason: str, message: str, *, key: str | None = None, raw: object = None
    ) -> None:
        # Halves of surrogate pairs cannot be written to a table or a terminal.
        self.message = message.encode("utf-8", "backslashreplace").decode()
        super().__init__(self.message)
        self.reason = reason
        self.key = key and key.encode("utf-8", "backslashreplace").decode()
        self.raw = raw

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_row, (self.reason, self.message, self.key, self.raw))


def _rebuild_row(reason: str, message: str, key: str | None, raw: object) -> BadRow:
    return BadRow(reason, message, key=key, raw=raw)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for a name that nobody registered, with the nearest one as its hint."""
    names = sorted(known)
    near = nearest(name, names)
    hint = f"did you mean {near}?" if near else f"one of: {', '.join(names)}"
    return UnknownName(f"no {kind} is called {name!r}", hint=hint)
