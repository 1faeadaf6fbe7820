"""Rows of CSV files and of plain text files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path

from builders.reading.files import opened
from schemas.errors import BadFile, BadRow, MissingColumn
from schemas.source import At, Row

# Fed to the CSV reader after the last line: where it comes back inside a field, a quote was open.
_END = "\0end of file"


def read_csv(path: Path, required: Collection[str]) -> Iterator[Row]:
    """Rows of a CSV file as dicts of strings; no value is ever turned into a number.

    Quoted line breaks, CRLF and an unnamed first index column are read. A row with another number
    of fields than the header is yielded as a `BadRow`; a blank line is no row. `At.row` is the
    line the row ends on.

    Raises:
        MissingColumn: the header lacks one of `required`.
        BadFile: the file is empty, cut off inside quotes or no CSV.
    """
    name = str(path)
    with opened(path) as stream:
        reader = csv.reader(chain(stream, [_END]))
        try:
            header = next((values for values in reader if values), [_END])
            _check_header(header, required, name)
            for values in reader:
                if values == [_END]:
                    return
                if values and values[-1].endswith(_END):
                    raise csv.Error("it is cut off inside quotes")
                if values:
                    yield _csv_row(At(name, reader.line_num), header, values)
        except csv.Error as bad:
            raise BadFile(f"not a CSV file: {bad}", file=name, row=reader.line_num) from None


def _check_header(header: list[str], required: Collection[str], file: str) -> None:
    if header == [_END]:
        raise BadFile("the file is empty", file=file)
    hint = "check that this is the file that `curate sources` names"
    if missing := [name for name in required if name not in header]:
        seen = ", ".join(header)
        found = f"column {', '.join(missing)} is missing; it has {seen[:200]}"
        raise MissingColumn(found, file=file, row=1, hint=hint)
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise BadFile(f"column {', '.join(twice)} is there twice", file=file, row=1, hint=hint)


def _csv_row(at: At, header: list[str], values: list[str]) -> Row:
    if len(values) == len(header):
        return Row(at, dict(zip(header, values, strict=True)))
    found = f"{len(values)} fields where the header has {len(header)}"
    return Row(at, BadRow("bad_row", found, raw=values))


def read_lines(path: Path) -> Iterator[Row]:
    """Lines of a text file without their line ends; blank ones are no rows.

    Raises:
        BadFile: the file is empty.
    """
    name = str(path)
    row = 0
    with opened(path) as stream:
        for row, line in enumerate(stream, start=1):
            stripped = line.rstrip("\r\n")
            if stripped:
                yield Row(At(name, row), stripped)
    if not row:
        raise BadFile("the file is empty", file=name)
