"""A made world's annotation files have the published form, and the builders read them as told."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("av")
pytest.importorskip("numpy")
pytest.importorskip("PIL")

from curate.world import Told, World, make_world
from schemas.answers import PROBLEM_TYPES, AnswerType
from schemas.errors import MissingExtra
from schemas.interval import Interval, ratio
from schemas.record import Record
from tests.conftest import Build


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), seed=0, videos=12)


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("flawed"), seed=0, videos=12, flaws=True)


def letter(told: Told) -> str:
    return "ABCDE"[told.question.options.index(told.question.answer)]


def paired(records: dict[str, Record], told: Iterator[Told]) -> list[tuple[Told, Record]]:
    """Each told question with the one record of its media and text."""
    found = {(r.media.path, r.question): r for r in records.values()}
    assert len(found) == len(records)
    pairs = [(one, found.pop((one.path, one.question.text))) for one in told]
    assert not found
    return pairs


@pytest.mark.parametrize("split", ["val", "test"])
def test_nextgqa_reads_what_was_told(world: World, build: Build, split: str) -> None:
    built = build("nextgqa", world.annotations["nextgqa"], split)
    assert not built.rejects
    assert not built.flags
    several = 0
    for told, record in paired(built.records, world.told("nextgqa", split)):
        assert record.id == f"nextgqa/{split}/{told.clip.id}/{told.key}"
        assert record.options == list(told.question.options)
        assert record.answer == letter(told)
        assert record.spans_s == [Interval(e.start_s, e.end_s) for e in told.events]
        assert record.media.duration_s == round(told.scene.duration_s)
        assert record.media.frames == told.scene.frames
        assert (world.media["nextgqa"] / record.media.path).is_file()
        several += len(record.spans) > 1
    assert several >= 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_charades_sta_reads_what_was_told(world: World, build: Build, split: str) -> None:
    built = build("charades-sta", world.annotations["charades-sta"], split)
    assert not built.rejects
    assert not built.flags
    for told, record in paired(built.records, world.told("charades-sta", split)):
        (event,) = told.events
        span = Interval(event.start_s, event.end_s)
        assert record.spans_s == [span]
        assert record.media.duration_s == pytest.approx(told.scene.duration_s, abs=0.005)
        assert record.spans == [ratio(span, record.media.duration_s or 0)]
        assert (world.media["charades-sta"] / record.media.path).is_file()


@pytest.mark.parametrize("split", ["train", "val"])
def test_nextqa_reads_what_was_told_in_both_forms(world: World, build: Build, split: str) -> None:
    folder = world.annotations["nextqa"]
    choice = build("nextqa", folder / "mc", split)
    open_ended = build("nextqa", folder / "oe", split)
    assert not choice.rejects + open_ended.rejects
    for told, record in paired(choice.records, world.told("nextqa", split)):
        assert record.id == f"nextqa/{split}/{told.clip.id}/{told.key}"
        assert (record.options, record.answer) == (list(told.question.options), letter(told))
        assert (world.media["nextqa"] / record.media.path).is_file()
    for told, record in paired(open_ended.records, world.told("nextqa", split)):
        assert (record.options, record.answer) == ([], told.question.answer)


def test_video_r1_reads_what_was_told_of_all_five_types(world: World, build: Build) -> None:
    built = build("video-r1", world.annotations["video-r1"], "rl")
    assert not built.rejects
    kinds = set()
    for told, record in paired(built.records, world.told("video-r1")):
        assert record.media.kind == told.kind
        assert record.answer_type is PROBLEM_TYPES[told.question.type]
        assert record.options == list(told.question.options)
        choice = record.answer_type is AnswerType.MULTIPLE_CHOICE
        assert record.answer == (letter(told) if choice else told.question.answer)
        assert (world.media["video-r1"] / record.media.path).is_file()
        kinds.add((told.kind, record.answer_type))
    assert len(kinds) == 10


def test_the_flaws_are_those_that_builders_find(flawed: World, build: Build) -> None:
    told = {(f.source, f.kind): f for f in flawed.flaws()}
    grounded = build("nextgqa", flawed.annotations["nextgqa"], "val")
    assert grounded.flags == {"equal_options": 1, "clamped": 1}
    for flag, kind in (("equal_options", "equal_options"), ("clamped", "past_the_end")):
        (record,) = [r for r in grounded.records.values() if flag in r.flags]
        flaw = told["nextgqa", kind]
        assert (record.media.key, record.question) == (flaw.media, flaw.question)
    train = build("charades-sta", flawed.annotations["charades-sta"], "train")
    (reject,) = train.rejects
    assert (reject.reason, reject.key) == ("reversed_span", "50E06")
    assert told["charades-sta", "reversed_span"].question in str(reject.raw)
    assert train.flags == {"clamped": 1}
    test = build("charades-sta", flawed.annotations["charades-sta"], "test")
    assert {r.media.key for r in test.records.values()} == {"00607"}
    missing = told["nextgqa", "missing_video"].media
    lost = {
        r.media.key
        for r in grounded.records.values()
        if not (flawed.media["nextgqa"] / r.media.path).exists()
    }
    assert lost == {missing}
    assert len(flawed.flaws()) == 9


def test_a_flawed_world_differs_only_in_its_flaws(world: World, flawed: World) -> None:
    plain, spoilt = list(world.told()), list(flawed.told())
    differing = [
        b for a, b in zip(plain, spoilt, strict=True) if (a.question, a.key) != (b.question, b.key)
    ]
    assert all(told.question.flaw for told in differing)
    assert len(differing) == 5
    assert [a.events for a in plain] == [b.events for b in spoilt]
    assert not world.flaws()


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_annotation_bytes_depend_on_the_seed_alone(world: World, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = make_world(tmp_path / "again", seed=0, videos=12)
    assert files_of(again.folder / "annotations") == files_of(world.folder / "annotations")
    few = make_world(tmp_path / "few", seed=0, videos=5)
    for name, content in files_of(few.folder / "annotations").items():
        if name.endswith((".csv", ".txt")):
            assert (world.folder / "annotations" / name).read_bytes().startswith(content)
    small = json.loads((few.annotations["video-r1"] / "Video-R1-260k.json").read_text())
    large = json.loads((world.annotations["video-r1"] / "Video-R1-260k.json").read_text())
    assert small == large[: len(small)]


def header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.readline()


def test_the_files_have_the_published_form(world: World, shared: Path) -> None:
    real = shared / "annotations"
    for ours, theirs in {
        "nextgqa/val.csv": "nextgqa/val.csv",
        "nextqa/mc/val.csv": "nextqa_mc/val.csv",
        "nextqa/oe/val.csv": "nextqa_oe/val.csv",
        "charades-sta/Charades_v1_test.csv": "charades_sta_2dtan/Charades_v1_test.csv",
    }.items():
        assert header(world.folder / "annotations" / ours) == header(real / theirs), ours
    published = json.loads((real / "nextgqa/gsub_val.json").read_text())
    made = json.loads((world.annotations["nextgqa"] / "gsub_val.json").read_text())
    video = next(iter(made.values()))
    assert list(video) == list(next(iter(published.values())))
    assert isinstance(video["duration"], int)
    vidor = json.loads((world.annotations["nextgqa"] / "map_vid_vidorID.json").read_text())
    assert all(path.endswith(f"/{video}") and len(path) == 15 for video, path in vidor.items())


def test_line_ends_and_answers_are_written_as_published(world: World) -> None:
    charades = world.annotations["charades-sta"]
    lengths = (charades / "Charades_v1_train.csv").read_bytes()
    assert lengths.count(b"\r\n") == lengths.count(b"\n") == 3
    assert b"\r" not in (charades / "charades_sta_train.txt").read_bytes()
    with (world.annotations["nextgqa"] / "val.csv").open(newline="") as file:
        assert all(
            row["answer"] in (row[f"a{i}"] for i in range(5)) for row in csv.DictReader(file)
        )
    with (world.annotations["nextqa"] / "mc/val.csv").open(newline="") as file:
        assert {row["answer"] for row in csv.DictReader(file)} <= set("01234")
    rows = json.loads((world.annotations["video-r1"] / "Video-R1-260k.json").read_text())
    assert list(rows[0]) == [
        "problem_id",
        "problem",
        "data_type",
        "problem_type",
        "options",
        "solution",
        "path",
        "data_source",
    ]
    assert all(row["path"].startswith("./") for row in rows)
    assert {type(row["options"]) for row in rows} == {list}
    choices = [row for row in rows if row["problem_type"] == "multiple choice"]
    assert all([o[:3] for o in row["options"]] == ["A. ", "B. ", "C. ", "D. "] for row in choices)


def test_importing_the_tool_loads_no_media_library() -> None:
    code = (
        "import sys, curate, curate.world; print([m for m in ('av', 'numpy', 'PIL') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.delitem(sys.modules, "curate.world.encode", raising=False)
    with pytest.raises(MissingExtra, match="av") as caught:
        make_world(tmp_path / "none", videos=1)
    assert "curate-video[media]" in str(caught.value.hint)
    assert not (tmp_path / "none").exists()


def test_the_example_of_the_docs_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[2] / "docs" / "world.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    assert len(capsys.readouterr().out.splitlines()) == 20
