"""The command as its users meet it: streams, exit codes, hints, and what bad input costs."""

from __future__ import annotations

import gzip
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from curate.cli import app
from tests.curate.workspaces import many_nextgqa, nextgqa_row, rows, tables, write_nextgqa

COMMANDS = ("init", "sources", "doctor", "build", "lint", "show", "demo")
CURATE = [sys.executable, "-m", "curate.cli"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and no setting of the environment."""
    for name in [name for name in os.environ if name.startswith("CURATE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class Ran:
    """A command that ran: its exit code and what it wrote on each stream."""

    def __init__(self, *arguments: str) -> None:
        result = CliRunner().invoke(app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.code = result.exit_code
        self.out = result.stdout
        self.err = result.stderr

    @property
    def error(self) -> str:
        """The one line that begins with `error:`."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("error: ")]
        return line

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


def process(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CURATE, *arguments], capture_output=True, text=True, timeout=60, **settings
    )


@pytest.fixture
def good(here: Path) -> Path:
    """Annotations of 4 good rows, one of them clamped."""
    questions = [nextgqa_row("7", str(qid)) for qid in range(4)]
    location = {"0": [[1, 2]], "1": [[3, 11]], "2": [[1, 2], [4, 5]], "3": [[0, 9]]}
    segments = {"7": {"duration": 10, "location": location, "fps": 30}}
    return write_nextgqa(here / "good", questions, segments)


def build(annotations: Path, *more: str) -> Ran:
    return Ran("build", "nextgqa", "--split", "val", "--annotations", str(annotations), *more)


# Streams, objects and exit codes.


def test_data_is_on_stdout_and_all_else_on_stderr(good: Path) -> None:
    ran = build(good)
    assert ran.code == 0
    (line,) = ran.out.splitlines()
    assert line.startswith("nextgqa/val   4 records   0 rejects   1 clamped   1 media   ")
    assert "no curate.toml here or above" in ran.err
    assert "there is no map_vid_vidorID.json" in ran.err


def test_a_second_build_says_that_it_was_up_to_date(good: Path) -> None:
    build(good)
    assert build(good).out.endswith("up to date\n")
    assert not build(good, "--force").out.endswith("up to date\n")


def test_the_object_of_a_build_has_the_counts(good: Path) -> None:
    found = build(good, "--json").object
    assert (found["command"], found["ok"]) == ("build", True)
    assert found["counts"] == {"records": 4, "rejects": 0, "clamped": 1, "missing_media": 0}
    (item,) = found["items"]
    assert (item["unit"], item["fresh"], item["media"]) == ("nextgqa/val", True, 1)


def succeeding(good: Path) -> dict[str, list[str]]:
    at = ["--annotations", str(good), "--split", "val"]
    return {
        "init": ["made"],
        "sources": [],
        "doctor": [],
        "build": ["nextgqa", *at],
        "lint": [],
        "show": ["nextgqa/val/7/0"],
        "demo": ["--videos", "3", "--folder", "demo"],
    }


def test_every_command_prints_one_object_and_nothing_else(good: Path) -> None:
    pytest.importorskip("av")
    assert set(succeeding(good)) == set(COMMANDS)
    for name, arguments in succeeding(good).items():
        ran = Ran(name, *arguments, "--json")
        assert ran.code == 0, (name, ran.err)
        assert list(ran.object) == ["command", "ok", "counts", "items"], name
        assert (ran.object["command"], ran.object["ok"]) == (name, True)
        assert ran.object["items"], name
    assert len(Ran("sources", "--markdown", "--json").object["items"]) > 0


FAILING = {
    "init": (["taken"], "config"),
    "sources": (["nextgaq"], "unknown_name"),
    "doctor": (["-w", "nowhere"], "workspace"),
    "build": (["nextgqa"], "config"),
    "lint": (["-w", "nowhere"], "workspace"),
    "show": (["nextgqa/val/7/9"], "unknown_name"),
    "demo": (["--folder", "taken/curate.toml"], "error"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_error_is_one_object_and_one_line(here: Path, name: str) -> None:
    if name == "demo":
        pytest.importorskip("av")
    (here / "taken").mkdir()
    (here / "taken/curate.toml").touch()
    arguments, code = FAILING[name]
    ran = Ran(name, *arguments, "--json")
    assert ran.code == 1
    found = ran.object
    assert (found["command"], found["ok"]) == (name, False)
    assert list(found) == ["command", "ok", "error"]
    assert list(found["error"]) == ["code", "message", "file", "row", "hint"]
    assert found["error"]["code"] == code
    assert ran.error.startswith("error: ")
    assert Ran(name, *arguments).out == ""


def test_usage_errors_exit_with_2_and_name_what_was_meant(here: Path) -> None:
    for arguments, said in (
        (["build", "nextgqa", "--splt", "val"], "--split"),
        (["bild"], "build"),
        (["build"], "source"),
        (["build", "nextgqa", "--max-rejects", "2"], "max-rejects"),
    ):
        ran = Ran(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err


@pytest.mark.parametrize(("bad", "code"), [(0, 0), (1, 3), (19, 3), (20, 4)])
def test_more_rejects_than_allowed_exit_with_3_and_nothing_left_with_4(
    here: Path, bad: int, code: int
) -> None:
    answers = ["zebra"] * bad + ["b"] * (20 - bad)
    questions = [nextgqa_row("7", str(qid), answer) for qid, answer in enumerate(answers)]
    annotations = write_nextgqa(here / "made", questions)
    ran = build(annotations, "--max-rejects", "0.049")
    assert ran.code == code
    assert ("--max-rejects" in ran.err) == (code == 3)
    if bad:
        assert f"{bad} rejects ({bad} bad_answer)" in ran.out
        assert "val.csv, row 2 " in ran.err
        assert "answer 'zebra' is not among the options; kept in rejects" in ran.err
    if code == 4:
        assert ran.error == (
            "error: no record was made; rows set aside: bad_answer; "
            "see rejects/ for each row and its reason"
        )
        assert build(annotations, "--json").object["error"]["code"] == "nothing_left"
    elif code == 3:
        assert build(annotations, "--max-rejects", "1").code == 0
        assert build(annotations, "--json", "--max-rejects", "0.01").object["ok"] is True


def test_only_some_rejects_are_shown(here: Path) -> None:
    questions = [nextgqa_row("7", str(qid), "zebra" if qid else "b") for qid in range(15)]
    ran = build(write_nextgqa(here / "made", questions), "--max-rejects", "1")
    assert ran.err.count("kept in rejects") == 10
    assert "and 4 more: rejects/nextgqa/val" in ran.err


def test_no_duration_at_all_asks_for_the_videos(here: Path) -> None:
    (here / "charades_sta_train.txt").write_text("ABCDE 1.0 2.0##a man runs\n")
    ran = Ran("build", "charades-sta", "--annotations", str(here))
    assert ran.code == 4
    assert ran.error.endswith("durations come from the videos: give --videos DIR")
    assert "there is no Charades_v1_train.csv; going on without" in ran.err


def test_a_dry_run_builds_nothing(good: Path, here: Path) -> None:
    ran = build(good, "--dry-run", "--json")
    assert ran.object["counts"] == {
        "records": 4,
        "rejects": 0,
        "media": 1,
        "missing_media": 0,
        "to_decode": 0,
    }
    assert "4 rows to settle" in build(good, "--dry-run").out
    assert [path.name for path in here.iterdir()] == ["good"]


def test_another_process_at_work_is_told(good: Path, here: Path) -> None:
    from curate.store import locked

    with locked(here, "nextgqa/val"):
        done = process("build", "nextgqa", "--annotations", str(good), "--split", "val")
    assert done.returncode == 1
    assert "another process is working on nextgqa/val; wait for it" in done.stderr


# Help, start-up and streams of a real process.


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    ran = Ran(name, "--help")
    assert ran.code == 0
    assert f"curate {name}" in ran.out
    assert "Example" in ran.out


def test_the_commands_are_those_of_the_help() -> None:
    out = Ran("--help").out
    assert all(f" {name} " in out for name in COMMANDS)
    assert {c.callback.__name__ for c in app.registered_commands if c.callback} == set(COMMANDS)


HEAVY = ("torch", "datasets", "transformers", "pyarrow", "duckdb", "numpy", "av", "PIL", "cv2")


def test_help_imports_nothing_heavy(here: Path) -> None:
    script = (
        "import sys\nfrom curate.cli import app\n"
        "try:\n    app(['build', '--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == "[]\n"


BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("av", "numpy", "PIL", "cv2", "decord", "torch", "torchcodec"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
import importlib.util
real = importlib.util.find_spec
def find_spec(name, package=None):
    try:
        return real(name, package)
    except ModuleNotFoundError:
        return None
importlib.util.find_spec = find_spec
from curate.cli import app
app(sys.argv[1:])
"""


def bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where only the light core is installed."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True, timeout=60
    )


def test_a_plain_install_builds_lints_and_names_the_extra_for_videos(
    good: Path, here: Path
) -> None:
    arguments = ("build", "nextgqa", "--annotations", str(good), "--split", "val")
    assert bare(*arguments).returncode == 0
    assert bare("lint").returncode == 0
    assert bare("show", "nextgqa/val/7/0").returncode == 0
    done = bare("doctor")
    assert done.returncode == 0
    assert "pip install 'curate-video[media]'" in done.stdout
    (here / "media").mkdir()
    (here / "media/7.mp4").write_bytes(b"video")
    done = bare(*arguments, "--videos", "media")
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "curate-video[media]" in line
    done = bare("demo")
    assert (done.returncode, done.stderr.count("curate-video[media]")) == (1, 1)


def test_a_closed_pipe_leaves_no_traceback(here: Path) -> None:
    for arguments in (["sources"], ["sources", "--markdown"], ["--help"]):
        command = " ".join([*CURATE, *arguments])
        done = subprocess.run(
            ["bash", "-c", f"{command} | head -n 1"], capture_output=True, text=True, timeout=60
        )
        assert len(done.stdout.splitlines()) == 1
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr


def test_a_stream_that_cannot_show_a_sign_shows_its_number(good: Path) -> None:
    build(good)
    done = process(
        "show",
        "nextgqa/val/7/0",
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert "\\u2588" in done.stdout


def test_offline_changes_nothing(good: Path) -> None:
    arguments = ("build", "nextgqa", "--annotations", str(good), "--split", "val", "--force")
    said = []
    for offline in ("0", "1"):
        done = process(*arguments, env={**os.environ, "HF_HUB_OFFLINE": offline})
        assert done.returncode == 0
        said.append(
            (
                done.stdout.rpartition("   ")[0],
                [line for line in done.stderr.splitlines() if "there are replaced" not in line],
            )
        )
    assert said[0] == said[1]


def test_packages_of_our_names_in_the_current_folder_are_told(here: Path) -> None:
    (here / "schemas").mkdir()
    (here / "schemas/__init__.py").touch()
    done = process("sources")
    assert done.returncode == 1
    assert "not curate's own" in done.stderr.splitlines()[-1]
    assert str(here / "schemas") in done.stderr.splitlines()[-1]
    script = shutil.which("curate", path=str(Path(sys.executable).parent))
    if script:
        done = subprocess.run([script, "sources"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0


# Progress.


def test_off_a_terminal_progress_is_a_plain_line_now_and_then(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import curate.build

    monkeypatch.setattr(curate.console, "PLAIN_EVERY_S", 0.0)
    monkeypatch.setattr(curate.build, "BATCH_ROWS", 10)
    annotations = many_nextgqa(here / "many", 34)
    ran = build(annotations, "--max-rejects", "1")
    lines = [line for line in ran.err.splitlines() if "rows/s" in line]
    assert [line.split(" |")[0] for line in lines] == [
        f"nextgqa/val  {done} rows" for done in (10, 20, 30, 36)
    ]
    assert "\x1b" not in ran.err


def test_on_a_terminal_a_live_line_appears(here: Path) -> None:
    annotations = many_nextgqa(here / "many", 30)
    script = (
        "import curate.build, time, sys\nfrom curate.cli import app\n"
        "from curate.staging import Staging\nreal = Staging.append\n"
        "def slow(*a):\n    time.sleep(0.2)\n    real(*a)\n"
        "Staging.append = slow\ncurate.build.BATCH_ROWS = 10\napp(sys.argv[1:])"
    )
    arguments = ["build", "nextgqa", "--split", "val", "--annotations", str(annotations)]
    terminal, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", script, *arguments, "--max-rejects", "1"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(theirs)
    shown = read_all(terminal, child)
    out, _ = child.communicate()
    assert child.returncode == 0
    assert b"rows/s" in shown
    assert b"\x1b[" in shown
    assert out.count(b"\n") == 1


def read_all(terminal: int, child: subprocess.Popen[bytes]) -> bytes:
    shown = b""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                break
        elif child.poll() is not None:
            break
    os.close(terminal)
    return shown


# Where settings come from.


def test_a_source_without_a_path_says_where_to_write_it(here: Path) -> None:
    ran = Ran("build", "nextgqa")
    assert ran.code == 1
    line = f'write [sources.nextgqa] annotations = "DIR" in {here / "curate.toml"}'
    assert ran.error.endswith(line)
    assert "--annotations DIR" in ran.error


def test_bare_build_reads_curate_toml_from_below(
    good: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "curate.toml").write_text('[sources.nextgqa]\nannotations = "good"\n')
    (here / "a/b").mkdir(parents=True)
    monkeypatch.chdir(here / "a/b")
    ran = Ran("build", "nextgqa")
    assert ran.code == 0, ran.err
    assert "no curate.toml" not in ran.err
    assert (here / "records/nextgqa/val/manifest.json").is_file()
    assert Ran("lint").code == 0
    assert Ran("show", "nextgqa/val/7/2").code == 0


def test_a_flag_beats_the_environment_which_beats_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        write_nextgqa(here / str(number), [nextgqa_row("7", str(qid)) for qid in range(number)])
    (here / "curate.toml").write_text('[sources.nextgqa]\nannotations = "1"\n')
    counted = [Ran("build", "nextgqa", "--json").object["counts"]["records"]]
    monkeypatch.setenv("CURATE_SOURCES_NEXTGQA_ANNOTATIONS", str(here / "2"))
    counted.append(Ran("build", "nextgqa", "--json").object["counts"]["records"])
    ran = Ran("build", "nextgqa", "--annotations", "3", "--json")
    counted.append(ran.object["counts"]["records"])
    assert counted == [1, 2, 3]


def test_a_source_under_a_name_of_ones_own(here: Path) -> None:
    (here / "mine.jsonl").write_text('{"video": "a.mp4", "question": "how", "answer": "so"}\n')
    (here / "curate.toml").write_text(
        '[sources.my-own]\nbuilder = "jsonl"\nannotations = "mine.jsonl"\n'
    )
    assert Ran("build", "my-own").code == 0
    assert rows(here, "select source from records") == [("my-own",)]
    assert Ran("build", "my-on").error == (
        "error: no source is called 'my-on'; did you mean my-own?"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "nextgaq"], "no source is called 'nextgaq'; did you mean nextgqa?"),
        (["sources", "charades"], "no source is called 'charades'; did you mean charades-sta?"),
        (
            ["build", "nextgqa", "--split", "vall", "--annotations", "good"],
            "no split of nextgqa is called 'vall'; did you mean val?",
        ),
        (["lint", "nextgq"], "no built source is called 'nextgq'; did you mean nextgqa?"),
        (["build", "nextgqa", "--annotations", "god"], "god: no such file or folder"),
        (["build", "nextgqa", "--annotations", "good", "--videos", "vids"], "no such folder"),
    ],
)
def test_a_name_that_nobody_knows_gets_the_nearest_one(
    good: Path, arguments: list[str], said: str
) -> None:
    build(good)
    ran = Ran(*arguments)
    assert ran.code == 1
    assert said in ran.error


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            "[sources.nextgqa]\nanotations = 'x'",
            "has no key 'anotations'; did you mean annotations?",
        ),
        ("[source.nextgqa]\nmedia = 'x'", "no table is called [source]; did you mean sources?"),
        ("[media]\nworkers = 'two'", "[media] workers is 'two', not of type int"),
        ("[media", "not TOML"),
        (
            "[sources.nextgqa]\nannotations = 'good'\n[sources.nextgqa.options]\nx = 1",
            "source nextgqa has no option 'x'",
        ),
    ],
)
def test_a_setting_that_nobody_knows_is_refused(
    good: Path, here: Path, toml: str, said: str
) -> None:
    (here / "curate.toml").write_text(toml)
    ran = Ran("build", "nextgqa", "--split", "val")
    assert ran.code == 1
    assert said in ran.error


def test_only_evaluation_splits_must_be_named(here: Path) -> None:
    annotations = write_nextgqa(here / "made", [nextgqa_row("7", "0")])
    for old, new in (("val.csv", "test.csv"), ("gsub_val.json", "gsub_test.json")):
        (annotations / old).rename(annotations / new)
    ran = Ran("build", "nextgqa", "--annotations", str(annotations))
    assert ran.code == 1
    assert "only evaluation splits there: test; curate build nextgqa --split test" in ran.error
    assert Ran("build", "nextgqa", "--annotations", str(annotations), "--split", "test").code == 0


# Bad annotation files: one clear line, nothing half-written, earlier tables untouched.


def no_file(folder: Path) -> None:
    (folder / "gsub_val.json").unlink()


def no_column(folder: Path) -> None:
    text = (folder / "val.csv").read_text()
    (folder / "val.csv").write_text(text.replace("qid", "number", 1))


def latin_1(folder: Path) -> None:
    text = (folder / "val.csv").read_text().replace("why", "où", 1)
    (folder / "val.csv").write_bytes(text.encode("latin-1"))


def utf_16(folder: Path) -> None:
    text = (folder / "val.csv").read_text()
    (folder / "val.csv").write_text(text, "utf-16")


def cut_json(folder: Path) -> None:
    data = (folder / "gsub_val.json").read_bytes()
    (folder / "gsub_val.json").write_bytes(data[: len(data) // 2])


def cut_gzip(folder: Path) -> None:
    data = gzip.compress((folder / "val.csv").read_bytes())
    (folder / "val.csv").unlink()
    (folder / "val.csv.gz").write_bytes(data[:-20])


def fifo(folder: Path) -> None:
    (folder / "val.csv").unlink()
    os.mkfifo(folder / "val.csv")


def empty(folder: Path) -> None:
    (folder / "val.csv").write_bytes(b"")


def binary(folder: Path) -> None:
    (folder / "val.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))


BAD: dict[Callable[[Path], None], str] = {
    no_file: "needs gsub_val.json (evidence segments",
    no_column: "val.csv, row 1: column qid is missing; it has video_id",
    latin_1: "val.csv, row 2: byte 0xf9 is not UTF-8; write it again as UTF-8",
    utf_16: "val.csv: it is UTF-16; write it again as UTF-8",
    cut_json: "gsub_val.json, row 1: ",
    cut_gzip: "val.csv.gz: damaged gzip",
    fifo: "val.csv: not a regular file; give the annotation file itself",
    empty: "val.csv: the file is empty",
    binary: "val.csv",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_bad_file_is_one_clear_line_and_changes_nothing(
    good: Path, here: Path, spoil: Callable[[Path], None]
) -> None:
    bad = shutil.copytree(good, here / "bad")
    spoil(bad)
    ran = build(bad)
    assert (ran.code, ran.out) == (1, "")
    assert BAD[spoil] in ran.error
    assert not any((here / name).exists() for name in ("records", "rejects", "provenance"))
    assert build(good).code == 0
    before = tables(here, ("records", "rejects", "provenance"))
    assert build(bad).code == 1
    assert tables(here, ("records", "rejects", "provenance")) == before
    assert build(good).out.endswith("up to date\n")


def test_a_fifo_given_as_the_annotations_never_hangs(here: Path) -> None:
    os.mkfifo(here / "fifo")
    done = process("build", "nextgqa", "--annotations", "fifo", "--split", "val")
    assert done.returncode == 1
    assert "fifo" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_the_files_says_what_is_looked_for(here: Path) -> None:
    (here / "other").mkdir()
    (here / "other/readme.txt").touch()
    ran = Ran("build", "nextgqa", "--annotations", "other")
    assert ran.code == 1
    assert "other: nextgqa/train needs train.csv (questions, options, answers)" in ran.error
    assert "curate sources nextgqa" in ran.error


def test_two_copies_of_a_file_are_not_guessed(good: Path, here: Path) -> None:
    top = here / "top"
    shutil.copytree(good, top / "a")
    shutil.copytree(good, top / "b")
    ran = build(top)
    assert ran.code == 1
    assert "2 files could be the questions file val.csv" in ran.error


def test_a_header_without_rows_leaves_nothing(here: Path) -> None:
    ran = build(write_nextgqa(here / "made", []))
    assert ran.code == 4
    assert ran.error == "error: the annotation files hold no row; download them again"


@pytest.mark.parametrize("time", ["NaN", "Infinity", "1e999", '"x"', "null", "true"])
def test_a_time_that_is_no_number_costs_only_its_row(good: Path, time: str) -> None:
    text = (good / "gsub_val.json").read_text()
    (good / "gsub_val.json").write_text(text.replace("[3, 11]", f"[3, {time}]"))
    ran = build(good, "--max-rejects", "1", "--json")
    assert ran.code == 0
    counts = ran.object["counts"]
    assert (counts["records"], counts["rejects"]) == (3, 1)
    assert "val.csv, row 3" in ran.err


def test_ids_that_are_there_twice_are_kept_and_flagged(here: Path) -> None:
    questions = [nextgqa_row("7", "0"), nextgqa_row("7", "0"), nextgqa_row("7", "0", "c")]
    ran = build(write_nextgqa(here / "made", questions), "--json")
    assert ran.object["counts"]["records"] == 3
    assert ran.object["items"][0]["flags"] == {"duplicate_id": 2}
    assert rows(here, "select id from records order by id") == [
        ("nextgqa/val/7/0",),
        ("nextgqa/val/7/0-2",),
        ("nextgqa/val/7/0-3",),
    ]


def test_a_workspace_that_cannot_be_written_is_one_line(good: Path, here: Path) -> None:
    (here / "records").write_text("a file where a folder should be")
    ran = build(good)
    assert ran.code == 1
    assert "records" in ran.error
