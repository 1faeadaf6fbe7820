"""JSON and JSON Lines, streamed: memory holds one item, however long the file.

The standard decoder works on a growing window of text. Arrays of millions of rows and objects of
millions of keys are read the same way. NaN and Infinity, which Python's own writer puts into
files, are read as numbers and left to the reader of the row to refuse.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from builders.reading.files import opened
from schemas.errors import BadFile, BadRow
from schemas.source import At, Row

_CHUNK = 1 << 20
_SMALL_FILE = 8 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read_json(path: Path) -> Iterator[Row]:
    """The items of a JSON array, or the (key, value) pairs of a JSON object.

    `At.row` is the 1-based item. A single value of another kind is no table of rows.

    Raises:
        BadFile: no JSON, or cut off; names the item and the character.
    """
    with opened(path) as stream:
        window = _Window(stream, str(path))
        opening = window.peek()
        if opening not in ("[", "{"):
            found = "the file is empty" if not opening else f"starts with {opening!r}"
            raise window.bad(f"no JSON array or object: {found}")
        yield from _items(window, opening)
        window.end()


def read_json_list(path: Path, key: str) -> Iterator[Row]:
    """The items of the array under `key` of a JSON object, the object's other keys left out.

    Raises:
        BadFile: no JSON object, cut off, or without an array under `key`.
    """
    with opened(path) as stream:
        window = _Window(stream, str(path))
        found = False
        window.take("{")
        while window.peek() != "}":
            name = window.value()
            window.take(":")
            if name == key and window.peek() == "[":
                found = True
                yield from _items(window, "[")
            else:
                window.value()
            if window.peek() != "}":
                window.take(",")
        window.take("}")
        window.end()
        if not found:
            raise BadFile(f"it has no list {key!r}", file=str(path))


def read_jsonl(path: Path) -> Iterator[Row]:
    """One JSON value a line; a line that is none is yielded as a `BadRow`, blank ones skipped."""
    with opened(path) as stream:
        yield from _lines(stream, str(path))


def read_json_or_jsonl(path: Path) -> Iterator[Row]:
    """Rows of a JSON array, or of JSON Lines; which one is told by the first character."""
    with opened(path) as stream:
        first = stream.read(_CHUNK)
        opening = first.lstrip()[:1]
    if opening == "[" and not _is_line_of_arrays(first):
        return read_json(path)
    return read_jsonl(path)


def keyed(path: Path) -> Mapping[str, Any]:
    """A JSON object to look up by key, for joining with another file.

    Small files are held in memory. Larger ones are spooled to a temporary file, so that memory
    stays flat; it is deleted when the mapping is.
    """
    items = (row.value for row in read_json(path))
    if path.stat().st_size <= _SMALL_FILE:
        return dict(items)
    return _Spooled(items)


class _Spooled(Mapping[str, Any]):
    """A mapping on disk, read-only once made."""

    def __init__(self, items: Iterator[tuple[str, Any]]) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="curate-", suffix=".sqlite")
        self._db = sqlite3.connect(self._file.name, isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.execute("create table items (key text primary key, value text) without rowid")
        self._db.execute("begin")
        self._db.executemany(
            "insert or replace into items values (?, ?)",
            ((key, json.dumps(value)) for key, value in items),
        )
        self._db.execute("commit")

    def __getitem__(self, key: str) -> Any:
        found = self._db.execute("select value from items where key = ?", (key,)).fetchone()
        if found is None:
            raise KeyError(key)
        return json.loads(found[0])

    def __iter__(self) -> Iterator[str]:
        with closing(self._db.execute("select key from items order by key")) as rows:
            yield from (row[0] for row in rows)

    def __len__(self) -> int:
        return int(self._db.execute("select count(*) from items").fetchone()[0])

    def __del__(self) -> None:
        self._db.close()
        self._file.close()


class _Window:
    """The part of the text that is being decoded."""

    def __init__(self, stream: TextIO, file: str) -> None:
        self.stream = stream
        self.file = file
        self.text = ""
        self.place = 0
        self.dropped = 0
        self.item = 0

    def peek(self) -> str:
        """The next character that is not white space, or "" at the end of the file."""
        while True:
            match = _SPACE.match(self.text, self.place)
            self.place = match.end() if match else self.place
            if self.place < len(self.text) or not self._grow():
                return self.text[self.place : self.place + 1]

    def take(self, wanted: str) -> None:
        """Step over one character.

        Raises:
            BadFile: another one is there, or none.
        """
        found = self.peek()
        if found != wanted:
            raise self.bad(f"expected {wanted!r}, found {found!r}" if found else "it is cut off")
        self.place += 1

    def value(self) -> Any:
        """Decode one value; the text grows until the value is whole and something follows it."""
        self.peek()
        size = _CHUNK
        while True:
            try:
                found, end = _DECODER.raw_decode(self.text, self.place)
            except json.JSONDecodeError as bad:
                if self._grow(size):
                    size *= 2
                    continue
                cut = bad.pos >= len(self.text) or "Unterminated" in bad.msg
                raise self.bad("it is cut off" if cut else bad.msg, bad.pos) from None
            except RecursionError:
                raise self.bad("it is nested too deeply") from None
            if end < len(self.text) or not self._grow(size):
                self.place = end
                return found

    def end(self) -> None:
        """Make sure that nothing follows.

        Raises:
            BadFile: something does.
        """
        if self.peek():
            raise self.bad("more text follows the end")

    def _grow(self, size: int = _CHUNK) -> bool:
        more = self.stream.read(size)
        if not more:
            return False
        self.dropped += self.place
        self.text = self.text[self.place :] + more
        self.place = 0
        return True

    def bad(self, message: str, place: int | None = None) -> BadFile:
        """The error for the text at `place`, with the item and the character it is in."""
        where = self.dropped + (self.place if place is None else place)
        return BadFile(
            f"not JSON at character {where}: {message}",
            file=self.file,
            row=self.item or None,
            hint="download it again, or check how it was written",
        )


def _items(window: _Window, opening: str) -> Iterator[Row]:
    closing_mark = "]" if opening == "[" else "}"
    window.take(opening)
    if window.peek() == closing_mark:
        window.take(closing_mark)
    else:
        while True:
            window.item += 1
            yield Row(At(window.file, window.item), _entry(window, opening))
            if window.peek() != ",":
                window.take(closing_mark)
                break
            window.take(",")


def _entry(window: _Window, opening: str) -> Any:
    value = window.value()
    if opening == "[":
        return value
    if not isinstance(value, str):
        raise window.bad(f"key {value!r} is not a string")
    window.take(":")
    return value, window.value()


def _lines(stream: TextIO, file: str) -> Iterator[Row]:
    for row, line in enumerate(stream, start=1):
        stripped = line.strip()
        if not stripped:
            continue
        at = At(file, row)
        try:
            yield Row(at, json.loads(stripped))
        except (json.JSONDecodeError, RecursionError) as bad:
            yield Row(at, BadRow("bad_row", f"not JSON: {bad}", raw=stripped))


def _is_line_of_arrays(first: str) -> bool:
    """True when the first two lines are each a whole JSON array (JSON Lines of arrays)."""
    lines = list(chain(first.lstrip().splitlines()))[:2]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), list) for line in lines)
    except json.JSONDecodeError:
        return False
