import codecs
import gzip
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.reading import (
    integer,
    json_files,
    keyed,
    number,
    opened,
    pairs,
    read_csv,
    read_json,
    read_json_list,
    read_json_or_jsonl,
    read_jsonl,
    read_lines,
    relative_path,
    sha256_of,
    span,
    stem,
    text,
)
from schemas.errors import BadFile, BadRow, MissingColumn, MissingFile
from schemas.interval import Interval
from schemas.source import Row

ROOT = Path(__file__).parents[2]
Reader = Callable[[Path], Iterator[Row]]


@pytest.fixture
def made(tmp_path: Path) -> Callable[[bytes | str], Path]:
    """Write a file."""

    def write(content: bytes | str) -> Path:
        path = tmp_path / "made"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


Made = Callable[[bytes | str], Path]


def values(rows: Iterator[Row]) -> list[Any]:
    return [row.value for row in rows]


def broken(rows: Iterator[Row]) -> BadFile:
    """The error that ends the reading of a file; it names that file."""
    with pytest.raises(BadFile) as caught:
        list(rows)
    assert caught.value.file
    assert caught.value.file.endswith("made")
    return caught.value


# Bytes ------------------------------------------------------------------------------------------

DOCUMENT = '[{"id": "1"}, {"id": "é"}]'


@pytest.mark.parametrize(
    "content",
    [
        DOCUMENT.encode(),
        gzip.compress(DOCUMENT.encode()),
        codecs.BOM_UTF8 + DOCUMENT.encode(),
        gzip.compress(codecs.BOM_UTF8 + DOCUMENT.encode()),
        gzip.compress(DOCUMENT[:10].encode()) + gzip.compress(DOCUMENT[10:].encode()),
        DOCUMENT.replace(" ", "\r\n").encode(),
    ],
    ids=["plain", "gzip", "mark", "gzip and mark", "gzip in two members", "crlf"],
)
def test_the_same_rows_from_every_wrapping(content: bytes, made: Made) -> None:
    assert values(read_json(made(content))) == [{"id": "1"}, {"id": "é"}]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("read", [read_json, read_jsonl, read_lines, read_json_or_jsonl])
def test_utf_16_is_named(encoding: str, read: Reader, made: Made) -> None:
    path = made(DOCUMENT.encode(encoding))
    with pytest.raises(BadFile, match="it is UTF-16"):
        list(read(path))


@pytest.mark.parametrize("packed", [False, True])
def test_the_line_of_a_latin_1_byte_is_named(packed: bool, made: Made) -> None:
    content = "id,question\n1,café\n2,naïve\n".encode("latin-1")
    bad = broken(read_csv(made(gzip.compress(content) if packed else content), ["id"]))
    assert (bad.row, bad.message) == (2, "byte 0xe9 is not UTF-8")
    assert "UTF-8" in (bad.hint or "")


def test_the_line_of_a_byte_far_into_the_file_is_named(made: Made) -> None:
    content = "é\n".encode() * 400_000 + b"\xe9\n"
    assert broken(read_lines(made(content))).row == 400_001
    assert broken(read_lines(made(b"a\nb\n\xc3"))).row == 3


@pytest.mark.parametrize("read", [read_json, read_jsonl, read_lines])
def test_a_cut_or_damaged_gzip_is_told(read: Reader, made: Made) -> None:
    rows = [{"id": i, "noise": os.urandom(40).hex()} for i in range(2_000)]
    whole = gzip.compress(json.dumps(rows).replace("}, ", "},\n").encode())
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes(b ^ 0xFF for b in whole[middle : middle + 64])
    for content in (whole[:middle], flipped + whole[middle + 64 :], whole[:-4], whole[:12]):
        bad = broken(read(made(content)))
        assert bad.message.startswith("damaged gzip")
        assert bad.hint == "download it again"


def test_what_is_no_readable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such file"):
        list(read_json(tmp_path / "none"))
    (tmp_path / "dangling").symlink_to("none")
    with pytest.raises(MissingFile):
        list(read_json(tmp_path / "dangling"))
    os.mkfifo(tmp_path / "pipe")
    for odd in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(BadFile, match="not a regular file"):
            list(read_json(odd))


def test_a_file_of_another_user_is_told(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's refusal is played."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builders.reading.files._Counted.__init__", refuse)
    assert "may not read" in broken(read_json(made(DOCUMENT))).message


def test_an_open_text_is_closed_again(made: Made) -> None:
    for content in (b"a\n", gzip.compress(b"a\n")):
        with opened(made(content)) as stream:
            assert stream.read() == "a\n"
        assert stream.closed


def test_sha256_is_of_the_bytes_as_stored(made: Made) -> None:
    assert sha256_of(made(b"abc")).startswith("ba7816bf8f01cfea414140de5dae2223")


@pytest.mark.parametrize("read", [read_json, read_jsonl, read_lines, read_json_or_jsonl])
@pytest.mark.parametrize("content", [b"", codecs.BOM_UTF8, gzip.compress(b"")])
def test_an_empty_file_is_told(read: Reader, content: bytes, made: Made) -> None:
    assert "the file is empty" in broken(read(made(content))).message


# JSON -------------------------------------------------------------------------------------------


def test_items_are_counted_from_one(made: Made) -> None:
    assert [row.at.row for row in read_json(made("[5, 6]"))] == [1, 2]
    rows = list(read_json(made('{"a": 5, "b": [6]}')))
    assert [(row.at.row, row.value) for row in rows] == [(1, ("a", 5)), (2, ("b", [6]))]


@pytest.mark.parametrize("content", ["[]", "{}", " [ ] \n", "\n{\t}"])
def test_an_empty_array_has_no_rows(content: str, made: Made) -> None:
    assert values(read_json(made(content))) == []


@pytest.mark.parametrize(
    ("content", "message", "row"),
    [
        ("[1, 2", "it is cut off", 2),
        ("[1, 2,", "it is cut off", 3),
        ("[1, 2,\n", "it is cut off", 3),
        ('[1, {"a": "b', "it is cut off", 2),
        ('[1, {"a": ', "it is cut off", 2),
        ('{"a": 1, "b"', "it is cut off", 2),
        ('{"a": 1', "it is cut off", 1),
        ("[1 2]", "expected ']', found '2'", 1),
        ("[1, ]", "Expecting value", 2),
        ("[1, x]", "Expecting value", 2),
        ("{1: 2}", "key 1 is not a string", 1),
        ('{"a" 2}', "expected ':', found '2'", 1),
        ("[1] [2]", "more text follows the end", 1),
        ('{"a": 1}\n{"a": 2}', "more text follows the end", 1),
        ('[1, "a\tb"]', "Invalid control character at", 2),
        ("[1, " + "[" * 100_000, "it is nested too deeply", 2),
        ("[1, " + "7" * 5_000 + "]", "a number has too many digits", 2),
        ('"text"', "no JSON array or object: starts with '\"'", None),
        ("garbage", "no JSON array or object: starts with 'g'", None),
        ("\x01\x02\x03", "no JSON array or object: starts with '\\x01'", None),
    ],
)
def test_what_is_no_json_is_told_with_its_item(
    content: str, message: str, row: int | None, made: Made
) -> None:
    bad = broken(read_json(made(content)))
    assert bad.message.endswith(message)
    assert bad.row == row


def test_rows_before_the_cut_are_read(made: Made) -> None:
    rows = read_json(made("[1, 2, 3"))
    assert [next(rows).value, next(rows).value] == [1, 2]


def test_the_character_of_an_error_is_that_of_the_file(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = '["é", [0, 1], ' + "1, " * 500 + "x]"
    path = made(content)
    for size in (1, 7, 64, 1 << 20):
        monkeypatch.setattr(json_files, "_CHUNK", size)
        bad = broken(read_json(path))
        assert bad.message == f"not JSON at character {content.index('x')}: Expecting value"
        assert bad.row == 503


def test_nan_and_infinity_are_numbers_left_to_refuse(made: Made) -> None:
    first, second, third = values(read_json(made("[NaN, Infinity, -Infinity]")))
    assert math.isnan(first)
    assert (second, third) == (math.inf, -math.inf)
    assert math.isnan(values(read_jsonl(made("NaN\n")))[0])
    for value in (first, second, third):
        with pytest.raises(BadRow, match="start is"):
            number(value, "start")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 1 << 20])
def test_numbers_and_escapes_at_the_border_of_the_window(
    size: int, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "_CHUNK", size)
    content = r'[1.5, 12e+3, -0.25E-2, 10, -7, true, null, -Infinity, "\ud83d\ude00\n", 1e5]'
    assert values(read_json(made(content))) == json.loads(content)
    assert values(read_json(made('{"a":1.5,"b":12e+3}'))) == [("a", 1.5), ("b", 12e3)]


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
sizes = st.integers(1, 40) | st.just(1 << 20)
indents = st.sampled_from([None, 0, 3, "\t"])
streamed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@streamed
@given(st.lists(documents, max_size=8), sizes, indents, st.booleans())
def test_a_streamed_array_is_the_array(
    made: Made, document: list[Any], size: int, indent: int | str | None, ascii_only: bool
) -> None:
    content = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    path = made(content.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_CHUNK", size)
        assert values(read_json(path)) == document


@streamed
@given(st.dictionaries(st.text(), documents, max_size=8), sizes, indents)
def test_a_streamed_object_is_the_object_and_so_are_its_lookups(
    made: Made, document: dict[str, Any], size: int, indent: int | str | None
) -> None:
    path = made(json.dumps(document, indent=indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_CHUNK", size)
        assert values(read_json(path)) == list(document.items())
        held = keyed(path)
        patch.setattr(json_files, "_SMALL_FILE", 0)
        spooled = keyed(path)
    assert type(held) is not type(spooled)
    assert list(held.items()) == list(spooled.items()) == list(document.items())
    assert len(spooled) == len(held) == len(document)
    assert "no such key \ud800" not in spooled
    assert spooled.get("no such key") is None


@streamed
@given(st.text('[]{},:"\\u12e.-+tnN \n', max_size=24), st.integers(1, 6))
def test_any_text_is_read_as_the_standard_decoder_reads_it_or_refused(
    made: Made, content: str, size: int
) -> None:
    path = made(content)
    try:
        expected = json.loads(content)
    except ValueError:
        expected = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "_CHUNK", size)
        if isinstance(expected, list):
            assert values(read_json(path)) == expected
        elif not isinstance(expected, dict):
            broken(read_json(path))


def test_an_item_larger_than_the_window_is_read(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "_CHUNK", 64)
    long = ["x" * 10_000, list(range(5_000)), {"k" * 3_000: "y" * 3_000}]
    assert values(read_json(made(json.dumps(long)))) == long


def test_a_syntax_error_does_not_read_the_rest_of_the_file(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "_CHUNK", 1_000)
    read = 0
    grow = json_files._Window._grow

    def counted(window: Any, *size: int) -> bool:
        nonlocal read
        read += 1
        return grow(window, *size)

    monkeypatch.setattr(json_files._Window, "_grow", counted)
    path = made('[{"a": 1}, {"b": oops}, ' + '{"c": 1}, ' * 10_000 + "{}]")
    assert broken(read_json(path)).row == 2
    assert read <= 2


@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_a_key_that_is_twice_in_a_row_refuses_that_row(
    size: int, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "_CHUNK", size)
    row = '{"q": "a", "in": {"k": 1, "k": 2}, "after": [1, 2]}'
    first, bad, last = values(read_json(made(f"[1, {row}, 2.5]")))
    assert (first, last) == (1, 2.5)
    assert isinstance(bad, BadRow)
    assert (bad.reason, bad.message) == ("bad_row", "key 'k' is there twice")
    assert bad.raw == row
    (of_object,) = values(read_json(made(f'{{"v1": {row}}}')))
    assert (of_object.key, of_object.message) == ("v1", bad.message)
    (of_line,) = values(read_jsonl(made(row)))
    assert (of_line.message, of_line.raw) == (bad.message, bad.raw)


def test_a_key_that_is_twice_in_the_file_vanishes_in_neither_reading(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made('{"v1": 1, "v2": 2, "v1": 3}')
    assert values(read_json(path)) == [("v1", 1), ("v2", 2), ("v1", 3)]
    for small in (1 << 20, 0):
        monkeypatch.setattr(json_files, "_SMALL_FILE", small)
        with pytest.raises(BadFile, match="key 'v1' is there twice") as caught:
            keyed(path)
        assert caught.value.row == 3


@pytest.mark.parametrize("small", [1 << 20, 0])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[["a", 1]]', "no JSON object: starts with '['"),
        ('{"a": {"k": 1, "k": 2}}', "key 'k' is there twice"),
        ('{"a": 1', "it is cut off"),
    ],
)
def test_what_cannot_be_looked_up_is_told(
    small: int, content: str, message: str, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_files, "_SMALL_FILE", small)
    with pytest.raises(BadFile) as caught:
        keyed(made(content))
    assert caught.value.message.endswith(message)


def test_the_list_under_a_key_is_read_without_the_rest(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = '{"info": {"annotations": [0]}, "annotations": [{"a": 1.5}, 2], "licence": "x"}'
    for size in (1, 1 << 20):
        monkeypatch.setattr(json_files, "_CHUNK", size)
        rows = list(read_json_list(made(content), "annotations"))
        assert [(row.at.row, row.value) for row in rows] == [(1, {"a": 1.5}), (2, 2)]
    assert values(read_json_list(made('{"annotations": []}'), "annotations")) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"other": []}', "it has no list 'annotations'"),
        ('{"annotations": {}}', "it has no list 'annotations'"),
        ("[]", "no JSON object: starts with '['"),
        (" ", "no JSON object: the file is empty"),
        ('{"annotations": [1, 2', "it is cut off"),
        ('{"annotations": [1]} x', "more text follows the end"),
        ('{"annotations": [1] "x": 2}', "expected ',', found '\"'"),
    ],
)
def test_a_list_that_is_not_there_is_told(content: str, message: str, made: Made) -> None:
    assert broken(read_json_list(made(content), "annotations")).message.endswith(message)


# JSON Lines -------------------------------------------------------------------------------------


def test_lines_are_rows_and_blank_ones_are_none(made: Made) -> None:
    rows = list(read_jsonl(made('{"a": 1}\r\n\n  \n[2]\n"\u2028"')))
    assert [(row.at.row, row.value) for row in rows] == [(1, {"a": 1}), (4, [2]), (5, "\u2028")]


@pytest.mark.parametrize(
    "line", ['{"a": 1', "oops", "1 2", "[" * 100_000, "7" * 5_000, '{"a": 1}, {"a": 2}']
)
def test_a_line_that_is_no_json_costs_only_itself(line: str, made: Made) -> None:
    first, bad, last = values(read_jsonl(made(f"1\n{line}\n2")))
    assert (first, last) == (1, 2)
    assert (bad.reason, bad.raw) == ("bad_row", line)
    assert bad.message.startswith("not JSON")


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("[1, 2]", [1, 2]),
        (' \n[{"a": 1}]', [{"a": 1}]),
        ("[\n[1, 2],\n[3]\n]", [[1, 2], [3]]),
        ("[1, 2]\n[3]\n", [[1, 2], [3]]),
        ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        ('{"a": 1}', [{"a": 1}]),
    ],
)
def test_arrays_are_told_from_lines(content: str, rows: list[Any], made: Made) -> None:
    assert values(read_json_or_jsonl(made(content))) == rows
    assert values(read_json_or_jsonl(made(gzip.compress(content.encode())))) == rows


def test_a_deep_array_is_told_and_not_a_crash(made: Made) -> None:
    assert "nested" in broken(read_json_or_jsonl(made("[" * 100_000 + "\n["))).message


# Tables and lines -------------------------------------------------------------------------------


def test_a_csv_keeps_every_value_a_text(made: Made) -> None:
    content = ',id,question\r\n0,00607,"a ""b"",\r\nc"\r\n\r\n1,469E8,\r\n'
    rows = list(read_csv(made(codecs.BOM_UTF8 + content.encode()), ["id", "question"]))
    assert [(row.at.row, row.value) for row in rows] == [
        (3, {"": "0", "id": "00607", "question": 'a "b",\r\nc'}),
        (5, {"": "1", "id": "469E8", "question": ""}),
    ]


def test_a_row_of_another_width_costs_only_itself(made: Made) -> None:
    short, long, good = values(read_csv(made("a,b\n1\n1,2,3\n1,2\n"), ["a"]))
    assert (short.message, short.raw) == ("1 fields where the header has 2", ["1"])
    assert (long.message, long.raw) == ("3 fields where the header has 2", ["1", "2", "3"])
    assert good == {"a": "1", "b": "2"}


def test_a_missing_column_is_named(made: Made) -> None:
    with pytest.raises(MissingColumn, match="column qid, a0 is missing; it has id, question"):
        list(read_csv(made("id,question\n1,why\n"), ["qid", "id", "a0"]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n\r\n", "the file is empty"),
        ("a,b,a\n1,2,3\n", "column a is there twice"),
        ('a,b\n1,"two\nthree', "not a CSV file: it is cut off inside quotes"),
        ('a,b\n1,"two\nthree\n', "not a CSV file: it is cut off inside quotes"),
        ("a,b\n1," + "x" * 200_000 + "\n", "not a CSV file: field larger than"),
    ],
)
def test_what_is_no_csv_is_told(content: str, message: str, made: Made) -> None:
    assert broken(read_csv(made(content), ["a"])).message.startswith(message)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_row_needs_no_line_end(end: str, made: Made) -> None:
    assert values(read_csv(made('a,b\n1,"2"' + end), ["a"])) == [{"a": "1", "b": "2"}]
    assert values(read_csv(made("a,b" + end), ["a"])) == []
    assert values(read_lines(made("one\ntwo" + end))) == ["one", "two"]


def test_lines_keep_all_but_their_ends(made: Made) -> None:
    rows = list(read_lines(made("00607 1 2##a #b \r\n\r\n x\u2028y\n")))
    assert [(row.at.row, row.value) for row in rows] == [(1, "00607 1 2##a #b "), (3, " x\u2028y")]


# Values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "found"), [(3, 3.0), ("1.5", 1.5), (" 2e1 ", 20.0), (-0.5, -0.5)]
)
def test_numbers(value: Any, found: float) -> None:
    assert number(value, "start") == found


@pytest.mark.parametrize(
    "value",
    [None, "", "x", True, "1_000", [], {}, math.nan, "nan", "inf", -math.inf, 10**400, "1,5"],
)
def test_what_is_no_number_is_named(value: Any) -> None:
    with pytest.raises(BadRow, match="start is") as caught:
        number(value, "start")
    assert caught.value.reason == "bad_number"


def test_integers() -> None:
    assert [integer(value, "n") for value in (3, "3", 3.0, "3.0", -2)] == [3, 3, 3, 3, -2]
    for bad in (1.5, "1.5", None, "1e300", 2**53 + 2):
        with pytest.raises(BadRow, match="n is"):
            integer(bad, "n")


def test_spans() -> None:
    assert span([1, "2.5"]) == Interval(1.0, 2.5)
    assert span((9, 1)) == Interval(9.0, 1.0)
    assert pairs([[1, 2], (3, 4)]) == [Interval(1, 2), Interval(3, 4)]
    for bad in ([1], [1, 2, 3], "12", {"start": 1}, None, 3):
        with pytest.raises(BadRow, match="not a pair") as caught:
            span(bad)
        assert caught.value.reason == "bad_span"
    for unlisted in ("[[1, 2]]", None, {"a": [1, 2]}):
        with pytest.raises(BadRow, match="not a list of pairs"):
            pairs(unlisted)
    with pytest.raises(BadRow, match=r"segments.* is 'x', not a number"):
        pairs([[1, 2], [3, "x"]], "segments")


def test_texts() -> None:
    assert text({"q": " a "}, "q") == " a "
    for row in ({}, {"q": None}, {"q": 3}, ["q"], "q", None):
        with pytest.raises(BadRow) as caught:
            text(row, "q")  # type: ignore[arg-type]
        assert caught.value.reason == "bad_row"


@pytest.mark.parametrize(
    ("published", "path"),
    [
        ("a/b.mp4", "a/b.mp4"),
        ("./a.mp4", "a.mp4"),
        ("/data/a.mp4", "data/a.mp4"),
        (".//./a.mp4", "a.mp4"),
        ("a\\b.mp4", "a/b.mp4"),
        (" a.mp4\n", "a.mp4"),
        ("../a.mp4", "../a.mp4"),
        ("a/../../b.mp4", "a/../../b.mp4"),
        (".hidden/a.mp4", ".hidden/a.mp4"),
    ],
)
def test_published_paths_become_relative(published: str, path: str) -> None:
    assert relative_path(published) == path


# Size -------------------------------------------------------------------------------------------

MEASURED = """
import re, sys, time
from pathlib import Path
from builders.reading import read_json, keyed
path, what = Path(sys.argv[1]), sys.argv[2]
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak()
started = time.perf_counter()
rows = sum(1 for _ in read_json(path)) if what == "read" else len(keyed(path))
print(rows, peak() - before, time.perf_counter() - started)
"""


def measured(path: Path, what: str) -> tuple[int, float, float]:
    """Rows, growth of the peak memory in MiB and seconds of reading a file in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path), what],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows, grown_mib, seconds = done.stdout.split()
    return int(rows), float(grown_mib), float(seconds)


def write_large(path: Path, size: int, opening: str) -> int:
    """Rows like those of published files, and how many there are."""
    row = {
        "video": "1105/6037747123.mp4",
        "question": "why did the boy pick up one present from the group of them",
        "options": ["share with the girl", "approach lady sitting there", "unwrap it"],
        "spans": [[1.25, 33.5], [40.0, 51.75]],
        "meta": {"type": "CW", "é": None},
    }
    body = json.dumps(row, ensure_ascii=False)
    rows = size // len(body.encode())
    with path.open("w", encoding="utf-8") as file:
        file.write(opening)
        for i in range(rows):
            key = f'"{i}": ' if opening == "{" else ""
            file.write(f"{',' if i else ''}\n{key}{body}")
        file.write("]" if opening == "[" else "}")
    return rows


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("opening", "what"), [("[", "read"), ("{", "read"), ("{", "keyed")])
def test_200_mb_are_read_in_flat_memory(opening: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    rows = write_large(path, 200_000_000, opening)
    found, grown_mib, _ = measured(path, what)
    assert found == rows
    assert 0 < grown_mib < 40


def test_a_large_item_is_tried_a_few_times_only(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window doubles while an item is not whole: 4,000 windows take 12 tries, not 4,000."""
    tries = 0
    decoded = json_files._Window._decoded

    def counted(window: json_files._Window, *decoder: json.JSONDecoder) -> tuple[Any, int | None]:
        nonlocal tries
        tries += 1
        return decoded(window, *decoder)

    monkeypatch.setattr(json_files, "_CHUNK", 1_000)
    monkeypatch.setattr(json_files._Window, "_decoded", counted)
    item = ["x" * 90] * 42_000
    assert [row.value for row in read_json(made(json.dumps([item]).encode()))] == [item]
    assert 8 < tries < 16


@pytest.mark.parametrize(
    ("path", "key"),
    [("a/v_1.2.mp4", "a/v_1.2"), ("v.mp4", "v"), ("v", "v"), ("", ""), (".", "."), ("..", "..")],
)
def test_the_stem_is_the_path_without_its_ending(path: str, key: str) -> None:
    assert stem(path) == key
