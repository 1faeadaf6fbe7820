"""Reading published annotation files, plain or gzip, one row at a time.

Every reader streams, keeps ids as strings, and names file and row in what it raises or yields:
a file that cannot be read at all is a `BadFile`; a single bad row is a `BadRow` in `Row.value`.
"""

from builders.reading.files import bytes_read, opened, sha256_of
from builders.reading.json_files import (
    keyed,
    read_json,
    read_json_list,
    read_json_or_jsonl,
    read_jsonl,
)
from builders.reading.tables import read_csv, read_lines
from builders.reading.values import integer, number, pairs, relative_path, span, stem, text

__all__ = [
    "bytes_read",
    "integer",
    "keyed",
    "number",
    "opened",
    "pairs",
    "read_csv",
    "read_json",
    "read_json_list",
    "read_json_or_jsonl",
    "read_jsonl",
    "read_lines",
    "relative_path",
    "sha256_of",
    "span",
    "stem",
    "text",
]
