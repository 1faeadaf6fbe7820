"""Values of a row, checked: what is not what it should be refuses the row with its value named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from schemas.errors import BadRow
from schemas.interval import Interval


def text(row: Mapping[str, Any], key: str) -> str:
    """The string under `key`, as published.

    Raises:
        BadRow: missing, or not a string; or the row is no JSON object.
    """
    if not isinstance(row, Mapping):
        raise BadRow("bad_row", f"the row is {str(row)[:60]!r}, not an object")
    value = row.get(key)
    if not isinstance(value, str):
        raise BadRow("bad_row", f"{key} is {value!r}, not a text")
    return value


def number(value: Any, name: str) -> float:
    """A finite float from a number or a numeric string.

    Raises:
        BadRow: missing, not a number, nan or infinite. `True` and `1_000` are no numbers.
    """
    if type(value) is float and -math.inf < value < math.inf:
        return value
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        raise BadRow("bad_number", f"{name} is {value!r}, not a number")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise BadRow("bad_number", f"{name} is {value!r}, not a number") from None
    if not math.isfinite(found):
        raise BadRow("bad_number", f"{name} is {value!r}")
    return found


def integer(value: Any, name: str) -> int:
    """A whole number from a number or a numeric string.

    Raises:
        BadRow: not a whole number, or one too large to be exact.
    """
    if type(value) is str and len(value) < 16 and value.isascii() and value.isdecimal():
        return int(value)
    found = number(value, name)
    if found != int(found) or abs(found) > 2**53:
        raise BadRow("bad_number", f"{name} is {value!r}, not a whole number")
    return int(found)


def span(value: Any, name: str = "span") -> Interval:
    """An interval from a pair [start, end]; order and range are not judged here.

    Raises:
        BadRow: not a pair of finite numbers.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadRow("bad_span", f"{name} is {value!r}, not a pair of numbers")
    start, end = value
    return Interval(number(start, name), number(end, name))


def pairs(value: Any, name: str = "spans") -> list[Interval]:
    """Intervals from a list of pairs.

    Raises:
        BadRow: not a list of pairs of finite numbers.
    """
    if not isinstance(value, list | tuple):
        raise BadRow("bad_span", f"{name} is {value!r}, not a list of pairs")
    return [span(pair, name) for pair in value]


def relative_path(published: str) -> str:
    """A published media path relative to the media root: no leading `./` or `/`, `/` throughout.

    `..` is left in it, to be refused with its reason when the record is settled.
    """
    path = published.replace("\\", "/").strip()
    while path.startswith(("./", "/")):
        path = path[2:] if path.startswith("./") else path[1:]
    return path


def stem(path: str) -> str:
    """The path without its file ending, the readable key of media that has no other name."""
    pure = PurePosixPath(path)
    return str(pure.with_suffix("")) if pure.name else path
