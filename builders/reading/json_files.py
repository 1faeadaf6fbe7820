"""JSON and JSON Lines, streamed: memory holds one item, however long the file.

The standard decoder works on a growing window of text. Arrays of millions of rows and objects of
millions of keys are read the same way. NaN and Infinity, which Python's own writer puts into
files, are read as numbers and left to the reader of the row to refuse. An item in which a key is
there twice is a `BadRow`: which of the two was meant is not ours to guess.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TextIO

from builders.reading.files import opened
from schemas.errors import BadFile, BadRow
from schemas.source import At, Row

_CHUNK = 1 << 20
_SMALL_FILE = 8 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
# A value is decoded again when fewer characters follow it (`1.` and `1e+` may go on), or when the
# error is nearer to the end of the window (a cut literal or escape is at most so long).
_LOOKAHEAD = 3
_LONGEST_CUT = 16


class _TwiceError(Exception):
    """A key that is twice in one object."""


def _checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_checked)
_LENIENT = json.JSONDecoder()


def read_json(path: Path) -> Iterator[Row]:
    """The items of a JSON array, or the (key, value) pairs of a JSON object.

    `At.row` is the 1-based item. A single value of another kind is no table of rows.

    Raises:
        BadFile: no JSON, or cut off; names the item and the character.
    """
    return _rows(path, {"[": "array", "{": "object"})


def read_json_list(path: Path, key: str) -> Iterator[Row]:
    """The items of the array under `key` of a JSON object, the object's other keys left out.

    Raises:
        BadFile: no JSON object, cut off, or without an array under `key`.
    """
    with opened(path) as stream:
        window = _Window(stream, str(path))
        found = False
        window.take(_opening(window, {"{": "object"}))
        while window.peek() != "}":
            name = window.key()
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
    """One JSON value a line; a line that is none is yielded as a `BadRow`, blank ones skipped.

    Raises:
        BadFile: the file is empty.
    """
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

    Raises:
        BadFile: no JSON object, or a key is there twice.
    """
    if path.stat().st_size > _SMALL_FILE:
        return _Spooled(path)
    held: dict[str, Any] = {}
    for row in _rows(path, {"{": "object"}):
        key, value = _pair(row)
        if key in held:
            raise _twice(row.at, key)
        held[key] = value
    return held


def _pair(row: Row) -> tuple[str, Any]:
    """The key and the value of a row of a JSON object."""
    if isinstance(row.value, BadRow):
        raise BadFile(row.value.message, file=row.at.file, row=row.at.row)
    key, value = row.value
    return key, value


def _twice(at: At, key: str) -> BadFile:
    return BadFile(f"key {key!r} is there twice", file=at.file, row=at.row)


class _Spooled(Mapping[str, Any]):
    """A mapping on disk, read-only once made."""

    def __init__(self, path: Path) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="curate-", suffix=".sqlite")
        self._db = sqlite3.connect(self._file.name, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma synchronous = off")
        self._db.execute("create table items (key text unique, value text)")
        self._db.execute("begin")
        for row in _rows(path, {"{": "object"}):
            key, value = _pair(row)
            try:
                self._db.execute(
                    "insert into items values (?, ?)", (json.dumps(key), json.dumps(value))
                )
            except sqlite3.IntegrityError:
                raise _twice(row.at, key) from None
        self._db.execute("commit")
        self._last: tuple[str | None, Any] = (None, None)

    def __getitem__(self, key: str) -> Any:
        if key == self._last[0]:
            return self._last[1]
        query = "select value from items where key = ?"
        found = self._db.execute(query, (json.dumps(key),)).fetchone()
        if found is None:
            raise KeyError(key)
        self._last = (key, json.loads(found[0]))
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        with closing(self._db.execute("select key from items order by rowid")) as rows:
            yield from (json.loads(row[0]) for row in rows)

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
        found = self.text[self.place : self.place + 1]
        if found > " ":
            return found
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

    def key(self) -> str:
        """Decode a key and step over the colon after it."""
        found = self.value()
        if not isinstance(found, str):
            raise self.bad(f"key {found!r} is not a string")
        self.take(":")
        return found

    def value(self) -> Any:
        """Decode one value; the text grows until the value is whole and something follows it."""
        self.peek()
        size = _CHUNK
        while True:
            found, end = self._decoded()
            if end is None or end + _LOOKAHEAD > len(self.text):
                grown = self._grow(size)
                size *= 2
                if grown:
                    continue
            if isinstance(found, BadFile):
                raise found
            self.place = end or self.place
            return found

    def _decoded(self, decoder: json.JSONDecoder = _DECODER) -> tuple[Any, int | None]:
        """The value at `place` and its end; a `BadFile` and None where more text may mend it."""
        try:
            return decoder.raw_decode(self.text, self.place)
        except _TwiceError as key:
            value, end = self._decoded(_LENIENT)
            return (value if end is None else _twice_in(self.text[self.place : end], key)), end
        except json.JSONDecodeError as bad:
            open_text = bad.msg.startswith("Unterminated string")
            if not open_text and bad.pos + _LONGEST_CUT < len(self.text):
                raise self.bad(bad.msg, bad.pos) from None
            cut = open_text or bad.pos >= len(self.text)
            return self.bad("it is cut off" if cut else bad.msg, bad.pos), None
        except RecursionError:
            raise self.bad("it is nested too deeply") from None
        except ValueError:
            raise self.bad("a number has too many digits") from None

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


def _rows(path: Path, kinds: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a file that holds one of `kinds` (its opening mark, its name) and no more."""
    with opened(path) as stream:
        window = _Window(stream, str(path))
        yield from _items(window, _opening(window, kinds))
        window.end()


def _opening(window: _Window, kinds: Mapping[str, str]) -> str:
    opening = window.peek()
    if opening not in kinds:
        found = f"starts with {opening!r}" if opening else "the file is empty"
        raise window.bad(f"no JSON {' or '.join(kinds.values())}: {found}")
    return opening


def _items(window: _Window, opening: str) -> Iterator[Row]:
    closing_mark = "]" if opening == "[" else "}"
    window.take(opening)
    if window.peek() == closing_mark:
        window.take(closing_mark)
        return
    while True:
        window.item += 1
        yield Row(At(window.file, window.item), _entry(window, opening))
        if window.peek() != ",":
            window.take(closing_mark)
            return
        window.place += 1


def _entry(window: _Window, opening: str) -> Any:
    if opening == "[":
        return window.value()
    key = window.key()
    value = window.value()
    if isinstance(value, BadRow):
        return BadRow(value.reason, value.message, key=key, raw=value.raw)
    return key, value


def _lines(stream: TextIO, file: str) -> Iterator[Row]:
    row = 0
    for row, line in enumerate(stream, start=1):
        stripped = line.strip()
        if stripped:
            yield Row(At(file, row), _line(stripped))
    if not row:
        raise BadFile("the file is empty", file=file)


def _twice_in(text: str, key: _TwiceError) -> BadRow:
    return BadRow("bad_row", f"key {str(key)!r} is there twice", raw=text)


def _line(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except _TwiceError as key:
        return _twice_in(text, key)
    except (ValueError, RecursionError) as bad:
        return BadRow("bad_row", f"not JSON: {bad}", raw=text)


def _is_line_of_arrays(first: str) -> bool:
    """True when the first two lines are each a whole JSON array (JSON Lines of arrays)."""
    lines = [line.strip() for line in first.lstrip().split("\n", 2)[:2]]
    return len(lines) == 2 and all(isinstance(_line(line), list) for line in lines)
