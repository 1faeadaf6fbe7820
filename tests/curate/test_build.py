"""Same rows, same bytes: whatever the order, the batches, and how often the build was killed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import curate.build
from curate.build import build, estimate
from curate.store import read_manifest
from tests.curate.workspaces import (
    Heard,
    built,
    job,
    many_nextgqa,
    nextgqa_row,
    rows,
    tables,
    write_nextgqa,
)

CAPTIONS = {
    f"v_{number}": {
        "duration": 20.0,
        "timestamps": [[1, 5 + number], [number, number], [2.5, 3]],
        "sentences": ["a man runs", f"he jumps {number}", "ünïcode  "],
    }
    for number in range(9)
}


def shuffled_lines(source: Path, target: Path, header: int) -> None:
    lines = source.read_text("utf-8").splitlines(keepends=True)
    body = lines[header:]
    random.Random(1).shuffle(body)
    target.write_text("".join([*lines[:header], *body]), "utf-8")


def shuffled_csv(source: Path, target: Path) -> None:
    with source.open(newline="", encoding="utf-8") as file:
        header, *body = csv.reader(file)
    random.Random(1).shuffle(body)
    with target.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *body])


def test_order_and_batches_leave_no_trace_in_csv_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = many_nextgqa(tmp_path / "once", 300)
    other = shutil.copytree(once, tmp_path / "other")
    shuffled_csv(once / "val.csv", other / "val.csv")
    assert (once / "val.csv").read_bytes() != (other / "val.csv").read_bytes()
    counts = built(tmp_path / "a", "nextgqa", once, "val").counts
    assert counts["rejects"] > 10
    assert counts["flags"]["duplicate_id"] == 2
    expected = tables(tmp_path / "a")
    built(tmp_path / "b", "nextgqa", other, "val")
    assert tables(tmp_path / "b") == expected
    for batch in (1, 7, 64):
        monkeypatch.setattr(curate.build, "BATCH_ROWS", batch)
        for name, folder in (("c", once), ("d", other)):
            assert built(tmp_path / f"{name}{batch}", "nextgqa", folder, "val").fresh
            assert tables(tmp_path / f"{name}{batch}") == expected


def test_order_leaves_no_trace_in_json_items_that_are_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, items in (("once", list(CAPTIONS.items())), ("other", list(CAPTIONS.items())[::-1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.json").write_text(json.dumps(dict(items)))
    counts = built(tmp_path / "a", "activitynet-captions", tmp_path / "once", "train").counts
    assert (counts["records"], counts["reasons"]) == (18, {"zero_length_span": 9})
    monkeypatch.setattr(curate.build, "BATCH_ROWS", 2)
    built(tmp_path / "b", "activitynet-captions", tmp_path / "other", "train")
    assert tables(tmp_path / "b") == tables(tmp_path / "a")


def test_rebuilding_by_force_gives_the_same_bytes(tmp_path: Path) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 100)
    root = tmp_path / "work"
    built(root, "nextgqa", annotations, "val")
    before = tables(root, ("records", "rejects", "provenance"))
    assert build(root, job("nextgqa", annotations, "val"), Heard(), force=True).fresh
    assert tables(root, ("records", "rejects", "provenance")) == before


def test_real_nextgqa_is_the_same_shuffled_and_in_other_batches(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shared / "annotations/nextgqa"
    for name in ("gsub_val.json", "map_vid_vidorID.json"):
        shutil.copy(real / name, tmp_path / name)
    shuffled_csv(real / "val.csv", tmp_path / "val.csv")
    counts = built(tmp_path / "a", "nextgqa", real, "val").counts
    assert (counts["records"], counts["rejects"], counts["clamped"]) == (3_358, 0, 3)
    monkeypatch.setattr(curate.build, "BATCH_ROWS", 1_000)
    built(tmp_path / "b", "nextgqa", tmp_path, "val")
    assert tables(tmp_path / "b") == tables(tmp_path / "a")


def test_real_charades_is_the_same_shuffled_and_names_its_rejects(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shared / "annotations/charades_sta_2dtan"
    shutil.copy(real / "Charades_v1_train.csv.gz", tmp_path / "Charades_v1_train.csv.gz")
    shuffled_lines(real / "charades_sta_train.txt", tmp_path / "charades_sta_train.txt", 0)
    counts = built(tmp_path / "a", "charades-sta", real, "train").counts
    assert (counts["records"], counts["reasons"]) == (12_404, {"reversed_span": 4})
    places = rows(tmp_path / "a", "select row, id from located_rejects order by row")
    assert [row for row, _ in places] == [8252, 8440, 9623, 9624]
    assert [id.split("/")[2] for _, id in places] == ["LEOL6", "IOL8Q", "AKKWU", "AKKWU"]
    monkeypatch.setattr(curate.build, "BATCH_ROWS", 999)
    built(tmp_path / "b", "charades-sta", tmp_path, "train")
    assert tables(tmp_path / "b") == tables(tmp_path / "a")


def test_provenance_names_file_row_part_and_hash(tmp_path: Path) -> None:
    (tmp_path / "train.json.gz").write_bytes(gzip.compress(json.dumps(CAPTIONS).encode()))
    built(tmp_path / "work", "activitynet-captions", tmp_path, "train")
    found = rows(
        tmp_path / "work",
        "select \"table\", file, row, part, sha256 from provenance where id like '%v_3/%' "
        "order by part",
    )
    digest = hashlib.sha256((tmp_path / "train.json.gz").read_bytes()).hexdigest()
    assert found == [
        ("records", "train.json.gz", 4, 0, digest),
        ("rejects", "train.json.gz", 4, 1, digest),
        ("records", "train.json.gz", 4, 2, digest),
    ]


def test_every_row_is_a_record_or_a_reject(tmp_path: Path) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 200)
    counts = built(tmp_path / "work", "nextgqa", annotations, "val").counts
    assert counts["records"] + counts["rejects"] == 202
    placed = rows(tmp_path / "work", "select count(*), count(distinct row) from provenance")
    assert placed == [(202, 202)]


def test_rejects_keep_the_raw_row(tmp_path: Path) -> None:
    annotations = write_nextgqa(
        tmp_path / "annotations", [nextgqa_row("7", "0"), nextgqa_row("7", "1", answer="zebra")]
    )
    built(tmp_path / "work", "nextgqa", annotations, "val")
    ((id, reason, message, raw, row),) = rows(
        tmp_path / "work", "select id, reason, message, raw, row from located_rejects"
    )
    assert (reason, row) == ("bad_answer", 3)
    assert id.startswith("nextgqa/val/")
    assert "zebra" in message
    assert json.loads(raw)["answer"] == "zebra"
    assert json.loads(raw)["a4"] == "e"


@pytest.mark.parametrize("bad", ["\\ud800", "NaN", "1e999", "\\u0000"])
def test_a_value_that_no_column_holds_costs_only_its_row(tmp_path: Path, bad: str) -> None:
    value = bad if bad in ("NaN", "1e999") else f'"{bad}"'
    good = '{"problem": "why", "options": ["A. x", "B. y"], "problem_type": "multiple choice", '
    good += '"solution": "<answer>A</answer>", "data_type": "video", "path": "./a.mp4"'
    text = f'[{good}}}, {good}, "odd": {value}, "problem_id": {value}}}, {value}]'
    (tmp_path / "Video-R1-260k.json").write_text(text)
    counts = built(tmp_path / "work", "video-r1", tmp_path, "rl").counts
    assert counts["records"] + counts["rejects"] == 3
    assert counts["records"] >= 1
    assert counts["rejects"] >= 1


def test_a_path_that_no_column_holds_costs_only_its_row(tmp_path: Path) -> None:
    pytest.importorskip("av")
    annotations = tmp_path / "train.jsonl"
    lines = [f'{{"video": "{v}.mp4", "question": "how", "answer": "so"}}' for v in ("a", "\\ud800")]
    annotations.write_text("\n".join(lines))
    (tmp_path / "media").mkdir()
    outcome = built(tmp_path / "work", "jsonl", annotations, "train", media=tmp_path / "media")
    assert (outcome.counts["records"], outcome.counts["reasons"]) == (1, {"bad_row": 1})


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 50)
    root = tmp_path / "work"
    first = built(root, "nextgqa", annotations, "val")
    stamps = {path: path.stat().st_mtime_ns for path in root.rglob("part-*")}
    heard = Heard()
    second = build(root, job("nextgqa", annotations, "val"), heard)
    assert (second.fresh, second.counts) == (False, first.counts)
    assert not heard.lines
    assert not heard.batches
    assert {path: path.stat().st_mtime_ns for path in root.rglob("part-*")} == stamps


def touched(annotations: Path) -> None:
    os.utime(annotations / "val.csv", (1, 1))


def changed(annotations: Path) -> None:
    with (annotations / "val.csv").open("a") as file:
        file.write(",".join(nextgqa_row("10000", "0")) + "\n")


def optional_file_added(annotations: Path) -> None:
    (annotations / "map_vid_vidorID.json").write_text('{"10000": "0001/10000"}')


@pytest.mark.parametrize(
    ("change", "fresh"), [(touched, False), (changed, True), (optional_file_added, True)]
)
def test_what_changes_the_rows_builds_again(
    tmp_path: Path, change: Callable[[Path], None], fresh: bool
) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 20)
    built(tmp_path / "work", "nextgqa", annotations, "val")
    change(annotations)
    assert built(tmp_path / "work", "nextgqa", annotations, "val").fresh is fresh


def test_added_videos_build_again(tmp_path: Path) -> None:
    pytest.importorskip("av")
    annotations = write_nextgqa(tmp_path / "annotations", [nextgqa_row("7", "0")])
    root, media = tmp_path / "work", tmp_path / "media"
    media.mkdir()
    assert built(root, "nextgqa", annotations, "val").fresh
    outcome = built(root, "nextgqa", annotations, "val", media=media)
    assert (outcome.fresh, outcome.counts["missing_media"]) == (True, 1)
    assert not built(root, "nextgqa", annotations, "val", media=media).fresh
    (media / "7.mp4").write_bytes(b"no video")
    outcome = built(root, "nextgqa", annotations, "val", media=media)
    assert outcome.fresh
    assert outcome.counts["flags"] == {"unreadable_media": 1}


def test_other_options_build_again(tmp_path: Path) -> None:
    from curate.annotations import find
    from curate.build import Job
    from schemas.source import SOURCES

    mine = tmp_path / "mine.jsonl"
    mine.write_text('{"video": "a.mp4", "q": "why", "p": "how", "answer": "so"}\n')
    source = SOURCES["jsonl"]
    (split,) = list(source.splits)[:1]
    for column, question in (("p", "how"), ("q", "why")):
        options = {"map": {"question": column}, "extra": "meta"}
        one = Job("mine", source, find(source, mine, split, options))
        assert build(tmp_path / "work", one, Heard()).fresh
        assert rows(tmp_path / "work", "select question from records") == [(question,)]


def test_an_estimate_builds_and_decodes_nothing(tmp_path: Path) -> None:
    annotations = write_nextgqa(
        tmp_path / "annotations", [nextgqa_row("7", "0"), nextgqa_row("8", "0", answer="z")]
    )
    root, media = tmp_path / "work", tmp_path / "media"
    media.mkdir()
    (media / "7.mp4").write_bytes(b"not looked into")
    found = estimate(job("nextgqa", annotations, "val", media=media, root=root))
    assert found == {"records": 1, "rejects": 1, "media": 1, "missing_media": 0, "to_decode": 1}
    assert not (root / "records").exists()


# Runs the command with small batches, each of them slow, so that there is time to stop it.
DRIVER = """
import signal, sys, time
# Whoever runs the tests in the background has switched this off.
signal.signal(signal.SIGINT, signal.default_int_handler)
import curate.build, curate.staging
from curate.cli import app

curate.build.BATCH_ROWS = 20
pause = float(sys.argv.pop(1))

def slowly(function, pause):
    def run(*arguments):
        time.sleep(pause)
        return function(*arguments)
    return run

curate.staging.Staging.append = slowly(curate.staging.Staging.append, pause)
curate.staging._swap = slowly(curate.staging._swap, 10 * pause)
app()
"""


def start(root: Path, annotations: Path, pause: float) -> subprocess.Popen[str]:
    root.mkdir(exist_ok=True)
    (root / "driver.py").write_text(DRIVER)
    arguments = ["build", "nextgqa", "--annotations", str(annotations), "--max-rejects", "1"]
    return subprocess.Popen(
        [sys.executable, str(root / "driver.py"), str(pause), *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop_when(process: subprocess.Popen[str], what: int, there: Callable[[], bool]) -> str:
    """Send the signal as soon as `there()`; what the process wrote on stderr."""
    limit = time.monotonic() + 60
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < limit
        time.sleep(0.002)
    process.send_signal(what)
    _, said = process.communicate(timeout=60)
    return said


def finished(root: Path, annotations: Path) -> str:
    process = start(root, annotations, 0)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Annotations, and the tables of a build that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    annotations = many_nextgqa(folder / "annotations", 198)
    built(folder / "work", "nextgqa", annotations, "val")
    return annotations, tables(folder / "work")


@pytest.mark.parametrize("batches", [1, 4, 9])
def test_a_build_killed_while_it_stages_goes_on_where_it_was(
    tmp_path: Path, whole: tuple[Path, dict[str, str]], batches: int
) -> None:
    annotations, expected = whole
    root = tmp_path / "work"
    staging = root / ".staging/nextgqa/val"
    process = start(root, annotations, 0.05)
    last = staging / f"records-{batches - 1:05d}.parquet"
    stop_when(process, signal.SIGKILL, last.is_file)
    assert process.returncode == -signal.SIGKILL
    assert not (root / "records").exists()
    staged = len(list(staging.glob("records-*.parquet")))
    assert batches <= staged <= 10
    assert f"{20 * staged} rows of an interrupted build are kept" in finished(root, annotations)
    assert tables(root) == expected
    assert "of an interrupted build" not in finished(root, annotations)


def test_a_build_killed_again_and_again_comes_to_the_same_end(
    tmp_path: Path, whole: tuple[Path, dict[str, str]]
) -> None:
    annotations, expected = whole
    root = tmp_path / "work"
    staging = root / ".staging/nextgqa/val"
    for batches in (2, 5, 8):
        process = start(root, annotations, 0.05)
        stop_when(process, signal.SIGKILL, (staging / f"records-{batches:05d}.parquet").is_file)
    finished(root, annotations)
    assert tables(root) == expected


@pytest.mark.parametrize("there", ["records", "rejects"])
def test_a_build_killed_between_the_swaps_of_its_tables_is_mended(
    tmp_path: Path, whole: tuple[Path, dict[str, str]], there: str
) -> None:
    annotations, expected = whole
    root = tmp_path / "work"
    process = start(root, annotations, 0.05)
    stop_when(process, signal.SIGKILL, (root / there / "nextgqa/val/manifest.json").is_file)
    assert not (root / "provenance/nextgqa/val").exists()
    finished(root, annotations)
    assert tables(root) == expected
    assert read_manifest(root / "provenance/nextgqa/val") is not None
    assert not (root / ".staging/nextgqa/val").exists()


def test_ctrl_c_says_one_line_and_loses_nothing(
    tmp_path: Path, whole: tuple[Path, dict[str, str]]
) -> None:
    annotations, expected = whole
    root = tmp_path / "work"
    process = start(root, annotations, 0.05)
    staged = root / ".staging/nextgqa/val/records-00002.parquet"
    said = stop_when(process, signal.SIGINT, staged.is_file)
    assert process.returncode == 130
    *_, last = said.splitlines()
    assert last == "error: interrupted; nothing is lost, the same command goes on where it was"
    assert "Traceback" not in said
    assert "rows of an interrupted build are kept" in finished(root, annotations)
    assert tables(root) == expected


def test_rows_staged_of_other_inputs_are_dropped_and_said_to_be(
    tmp_path: Path, whole: tuple[Path, dict[str, str]]
) -> None:
    annotations, _ = whole
    mine = shutil.copytree(annotations, tmp_path / "mine")
    root = tmp_path / "work"
    process = start(root, mine, 0.05)
    stop_when(
        process, signal.SIGKILL, (root / ".staging/nextgqa/val/records-00003.parquet").is_file
    )
    changed(mine)
    said = finished(root, mine)
    assert "inputs changed since an interrupted build; its rows are dropped" in said
    assert "are kept" not in said.replace("kept in rejects", "")
    built(tmp_path / "other", "nextgqa", mine, "val")
    assert tables(root) == tables(tmp_path / "other")


def test_a_failed_build_of_a_bad_file_leaves_the_good_tables_up_to_date(tmp_path: Path) -> None:
    from schemas.errors import BadFile

    annotations = many_nextgqa(tmp_path / "annotations", 30)
    root = tmp_path / "work"
    built(root, "nextgqa", annotations, "val")
    before = tables(root)
    good = (annotations / "gsub_val.json").read_text()
    (annotations / "gsub_val.json").write_text(good[:100])
    with pytest.raises(BadFile):
        built(root, "nextgqa", annotations, "val")
    assert tables(root) == before
    (annotations / "gsub_val.json").write_text(good)
    assert not built(root, "nextgqa", annotations, "val").fresh


LONG = "so it goes on " * 700


@pytest.mark.slow
def test_long_rows_are_built_in_the_memory_of_short_ones(tmp_path: Path) -> None:
    """20,000 rows of 10 kB, alike but for their names: on disk they shrink to almost nothing."""
    lines = (
        json.dumps({"video": f"{n}.mp4", "question": "how", "answer": "so", "meta": {"t": LONG}})
        for n in range(20_000)
    )
    (tmp_path / "train.jsonl").write_text("\n".join(lines))
    command = [sys.executable, "-m", "curate.cli", "build", "jsonl", "--annotations", "."]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "20,000 records" in process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 0
    assert usage.ru_maxrss < 800_000
