"""Rows of JSON files: checked to be what they should be, and expanded where one holds several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from schemas.errors import BadRow
from schemas.record import Annotation
from schemas.source import Row

P = TypeVar("P")


def objects(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of a list of objects; one that is no object becomes a `BadRow`."""
    for row in rows:
        if isinstance(row.value, Mapping | BadRow):
            yield row
        else:
            yield Row(row.at, _unlike("an object", row.value))


def entries(rows: Iterable[Row]) -> Iterator[Row]:
    """The (key, object) pairs of an object of objects; an item of another form is a `BadRow`."""
    for row in rows:
        pair = row.value
        whole = isinstance(pair, tuple) and isinstance(pair[1], Mapping)
        if whole or isinstance(pair, BadRow):
            yield row
        else:
            yield Row(row.at, _unlike("an object under a key", pair))


def listed(row: Mapping[str, Any], key: str) -> list[Any]:
    """The list under `key`.

    Raises:
        BadRow: missing, or not a list.
    """
    value = row.get(key)
    if not isinstance(value, list):
        raise BadRow("bad_row", f"{key} is {str(value)[:60]!r}, not a list")
    return value


def listed_objects(row: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The list of objects under `key`.

    Raises:
        BadRow: missing, not a list, or a member that is no object.
    """
    members = listed(row, key)
    for member in members:
        if not isinstance(member, Mapping):
            raise BadRow("bad_row", f"{key} holds {str(member)[:60]!r}, not an object")
    return members


def captions(row: Mapping[str, Any], key: str) -> list[tuple[Any, str]]:
    """The (timestamp, sentence) pairs of an entry with lists of `timestamps` and `sentences`.

    Raises:
        BadRow: the lists are missing or of two lengths, or a sentence is no text.
    """
    times, sentences = listed(row, "timestamps"), listed(row, "sentences")
    if len(times) != len(sentences):
        found = f"{len(times)} timestamps and {len(sentences)} sentences"
        raise BadRow("bad_row", found, key=key)
    for sentence in sentences:
        if not isinstance(sentence, str):
            raise BadRow("bad_row", f"sentence is {sentence!r}, not a text", key=key)
    return list(zip(times, sentences, strict=True))


def expanded(
    parts: Iterable[P], annotate: Callable[[int, P], Annotation], key: str
) -> Iterator[Annotation | BadRow]:
    """An annotation for each part of a row; a bad part is set aside and the others stand.

    Args:
        parts: what the row holds several of.
        annotate: makes one annotation of the 0-based number of a part and the part.
        key: the source's name of the row; a part that is set aside is called `key/number`.
    """
    for number, part in enumerate(parts):
        try:
            yield annotate(number, part)
        except BadRow as bad:
            bad.key = bad.key or f"{key}/{number}"
            yield bad
        except KeyError as missing:
            yield BadRow("bad_row", f"key {missing} is missing", key=f"{key}/{number}")


def _unlike(wanted: str, found: Any) -> BadRow:
    return BadRow("bad_row", f"not {wanted}: {str(found)[:60]!r}", raw=found)
