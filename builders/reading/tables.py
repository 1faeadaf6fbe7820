"""Rows of CSV files and of plain text files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from builders.reading.files import opened
from schemas.errors import BadFile, BadRow, MissingColumn
from schemas.source import At, Row


def read_csv(path: Path, required: Collection[str]) -> Iterator[Row]:
    """Rows of a CSV file as dicts of strings; no value is ever turned into a number.

    Quoted line breaks, CRLF and an unnamed first index column are read. A row with another number
    of fields than the header is yielded as a `BadRow`; a blank line is no row. `At.row` is the
    line the row ends on.

    Raises:
        MissingColumn: the header lacks one of `required`.
        BadFile: the file is empty or no CSV.
    """
    with opened(path) as stream:
        reader = csv.reader(stream)
        try:
            header = next(reader, None)
            if not header:
                raise BadFile("the file is empty", file=str(path))
            missing = [name for name in required if name not in header]
            if missing:
                raise MissingColumn(
                    f"column {', '.join(missing)} is missing; it has {', '.join(header)}",
                    file=str(path),
                    row=1,
                    hint="check that this is the file that `curate sources` names",
                )
            name = str(path)
            width = len(header)
            for values in reader:
                at = At(name, reader.line_num)
                if len(values) == width:
                    yield Row(at, dict(zip(header, values, strict=True)))
                elif values:
                    found = f"{len(values)} fields where the header has {width}"
                    yield Row(at, BadRow("bad_row", found, raw=values))
        except csv.Error as bad:
            raise BadFile(f"not a CSV file: {bad}", file=str(path), row=reader.line_num) from None


def read_lines(path: Path) -> Iterator[Row]:
    """Lines of a text file without their line ends; blank ones are no rows."""
    with opened(path) as stream:
        name = str(path)
        for row, line in enumerate(stream, start=1):
            stripped = line.rstrip("\r\n")
            if stripped:
                yield Row(At(name, row), stripped)
