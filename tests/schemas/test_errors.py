import copy
import pickle

import pytest

import schemas.errors as errors
from schemas.errors import (
    BadFile,
    BadRow,
    CheckFailed,
    CurateError,
    Interrupted,
    MediaError,
    MissingColumn,
    NothingLeft,
    nearest,
    unknown,
)

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, CurateError)
]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_a_process_border_whole(kind: type[CurateError]) -> None:
    error = kind("broken", file="a.json", row=3, hint="mend it")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert vars(twin) == vars(error)
        assert str(twin) == "a.json, row 3: broken"


def test_a_media_error_keeps_its_reason() -> None:
    error = MediaError("no frames", reason="no_video", file="a.mp4")
    assert pickle.loads(pickle.dumps(error)).reason == "no_video"


def test_a_bad_row_crosses_a_process_border_whole() -> None:
    bad = BadRow("bad_number", "start is 'x'", key="v1/2", raw={"start": "x"})
    twin = pickle.loads(pickle.dumps(bad))
    assert vars(twin) == vars(bad)
    assert str(twin) == "start is 'x'"


def test_a_bad_row_can_always_be_written() -> None:
    bad = BadRow("bad_row", "not JSON: \ud83d", key="\ud83d")
    assert (bad.message, bad.key) == ("not JSON: \\ud83d", "\\ud83d")


def test_where_it_is_comes_first() -> None:
    assert str(BadFile("broken")) == "broken"
    assert str(BadFile("broken", file="a")) == "a: broken"


def test_exit_codes_are_those_of_the_design() -> None:
    codes = {kind: kind.exit_code for kind in KINDS}
    assert codes.pop(NothingLeft) == 4
    assert codes.pop(CheckFailed) == 5
    assert codes.pop(Interrupted) == 130
    assert set(codes.values()) == {1}


def test_each_kind_has_a_code_of_its_own() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_a_missing_column_is_a_bad_file() -> None:
    assert issubclass(MissingColumn, BadFile)
    assert not issubclass(BadRow, CurateError)


def test_the_nearest_name_is_the_hint() -> None:
    assert nearest("nextqga", ["nextgqa", "star"]) == "nextgqa"
    assert nearest("zzz", ["nextgqa", "star"]) is None
    assert unknown("source", "nextgq", ["nextgqa", "star"]).hint == "did you mean nextgqa?"
    assert unknown("source", "zzz", ["star", "didemo"]).hint == "one of: didemo, star"
