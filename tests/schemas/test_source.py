from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import BadRow, CurateError, MissingFile
from schemas.record import Annotation, Media, Role
from schemas.source import SOURCES, At, Files, FileSpec, Item, Located, Reject, Row, Source, each

MEDIA = Media("video", "v", "v.mp4")


def rows(*values: Any) -> list[Row]:
    return [Row(At("made.json", number), value) for number, value in enumerate(values, start=1)]


def asked(row: Any) -> Annotation:
    return Annotation(MEDIA, row)


def asked_by_key(row: dict[str, str]) -> Annotation:
    return Annotation(MEDIA, row["q"])


def told(items: Iterable[Item]) -> list[tuple[int, int, str]]:
    """Row, part and the question or the reason of each item."""
    return [
        (
            item.at.row,
            item.part,
            item.reason if isinstance(item, Reject) else item.annotation.question,
        )
        for item in items
    ]


def test_one_annotation_a_row() -> None:
    (item,) = each(rows({"q": "why?"}), asked_by_key)
    assert item == Located(At("made.json", 1), 0, Annotation(MEDIA, "why?"), {"q": "why?"})


def test_a_row_may_be_several_and_none() -> None:
    def annotate(row: list[str]) -> list[Annotation]:
        return [Annotation(MEDIA, question) for question in row]

    assert told(each(rows(["a", "b"], [], ["c"]), annotate)) == [
        (1, 0, "a"),
        (1, 1, "b"),
        (3, 0, "c"),
    ]


def test_a_row_that_was_refused_ends_nothing() -> None:
    def annotate(row: int) -> Annotation:
        if row == 2:
            raise BadRow("bad_number", "two is no number", key="v/2")
        return Annotation(MEDIA, str(row))

    first, second, third = each(rows(1, 2, 3), annotate)
    assert told([first, third]) == [(1, 0, "1"), (3, 0, "3")]
    assert second == Reject(At("made.json", 2), "bad_number", "two is no number", 2, "v/2")


def test_a_part_that_was_refused_is_one_part() -> None:
    def annotate(row: list[int]) -> Iterator[Annotation | BadRow]:
        for part in row:
            yield Annotation(MEDIA, str(part)) if part else BadRow("instants", "0")

    items = list(each(rows([1, 0, 2]), annotate))
    assert told(items) == [(1, 0, "1"), (1, 1, "instants"), (1, 2, "2")]
    assert all(item.raw == [1, 0, 2] for item in items)


@pytest.mark.parametrize(
    ("error", "reason"), [(BadRow("no_spans", "x"), "no_spans"), (KeyError("q"), "bad_row")]
)
def test_a_reader_that_stops_half_way_refuses_its_whole_row_once(
    error: Exception, reason: str
) -> None:
    def annotate(row: int) -> Iterator[Annotation]:
        yield Annotation(MEDIA, f"{row}a")
        if row == 1:
            raise error
        yield Annotation(MEDIA, f"{row}b")

    assert told(each(rows(1, 2), annotate)) == [(1, 0, reason), (2, 0, "2a"), (2, 1, "2b")]


def test_a_missing_key_is_named() -> None:
    (item,) = each(rows({"id": 3}), asked_by_key)
    assert isinstance(item, Reject)
    assert (item.reason, item.message, item.raw) == (
        "bad_row",
        "key 'q' is missing",
        {"id": 3},
    )


def test_a_row_that_was_not_read_is_never_annotated() -> None:
    def annotate(row: str) -> Annotation:
        raise AssertionError(row)

    unread = BadRow("bad_row", "not JSON", raw="{oops", key="k")
    (item,) = each(rows(unread), annotate)
    assert item == Reject(At("made.json", 1), "bad_row", "not JSON", "{oops", "k")


def test_a_bug_keeps_its_traceback() -> None:
    items = each(rows("text"), asked_by_key)
    with pytest.raises(TypeError, match="indices must be"):
        list(items)


def test_rows_are_read_one_at_a_time() -> None:
    read = []

    def reading() -> Iterator[Row]:
        for row in rows("a", "b"):
            read.append(row.value)
            yield row

    items = each(reading(), asked)
    assert not read
    next(items)
    assert read == ["a"]


# Files and declarations -------------------------------------------------------------------------


def test_file_names_follow_the_split() -> None:
    assert FileSpec("q", ("{split}.csv", "all.csv")).names("val") == ("val.csv", "all.csv")
    by_split = FileSpec("q", {"val": ("gsub_val.json",)})
    assert by_split.names("val") == ("gsub_val.json",)
    assert by_split.names("train") == ()


def test_files_are_found_by_role() -> None:
    first, second = Path("a.json"), Path("b.json")
    files = Files("val", {"questions": (first, second), "spans": ()})
    assert files["questions"] == files.get("questions") == first
    assert files.all("questions") == (first, second)
    assert files.get("spans") is None
    assert files.all("lengths") == ()
    with pytest.raises(MissingFile, match="the spans file of split val is missing"):
        files["spans"]


def declared(name: str) -> Source:
    return Source(
        name=name,
        title=name,
        tasks=("answer",),
        splits={"val": Role.TRAINING},
        files=(),
        licence="MIT",
        media_licence="MIT",
        homepage="https://example.org",
        obtain="made here",
    )


@pytest.fixture
def forget() -> Iterator[Callable[[str], None]]:
    """Take sources that a test registered out of the registry again."""
    names: list[str] = []
    yield names.append
    for name in names:
        SOURCES._values.pop(name, None)


def test_a_declaration_registers_its_reader(forget: Callable[[str], None]) -> None:
    forget("made-here")

    def read(files: Files) -> Iterator[Item]:
        return each(rows(files.split), asked)

    source = declared("made-here")(read)
    assert SOURCES["made-here"] is source
    assert "made-here" in SOURCES.names()
    assert told(source.read(Files("val", {}))) == [(1, 0, "val")]
    with pytest.raises(CurateError, match="two sources are called 'made-here'"):
        declared("made-here")(lambda files: iter(()))


def test_a_declaration_without_a_reader_cannot_be_read() -> None:
    with pytest.raises(AssertionError, match="decorator"):
        declared("unread").read(Files("val", {}))


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ({"video_id": "7", "qid": 3, "question": "why"}, "7/3"),
        ({"path": "a/b.mp4", "problem": "why"}, "a/b.mp4"),
        ({"question": "why"}, None),
        (("v_1", {"duration": 3}), "v_1"),
        ("50E06 1.0 2.5", None),
    ],
)
def test_a_reject_is_called_what_its_row_calls_itself(raw: object, key: str | None) -> None:
    def annotate(value: object) -> Annotation:
        raise BadRow("bad_row", "no")

    (reject,) = each([Row(At("f", 1), raw)], annotate)
    assert isinstance(reject, Reject)
    assert reject.key == key
