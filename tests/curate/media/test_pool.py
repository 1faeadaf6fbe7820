"""The pool against files and decoders that mean harm."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from curate.media import Pool, Probe, Request, Sampled
from schemas.errors import CurateError, MediaError, UnknownName
from schemas.frames import Times, Uniform
from tests.curate.media.made import Made, make, read

SMALL = Made(frames=12, options={"bf": "0"})

# A package as a user could install it: a decoder, joined through an entry point.
HOSTILE = """
import os, time
from curate.media.decoders import DECODERS, Pictures

class Hostile:
    name = "hostile"
    seeks = False
    def require(self): pass
    def version(self): return "1"
    def sample(self, path, layout, choose, until_s):
        if "sleep" in path:
            time.sleep(1000)
        if "abort" in path:
            os.abort()
        if "exit" in path:
            os._exit(7)
        if "bug" in path:
            raise ZeroDivisionError("a bug in the decoder")
        if "hoard" in path:
            bytearray(1 << 40)
        return DECODERS["pyav"].sample(path, layout, choose, until_s)

DECODERS.add("hostile", Hostile())
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small good video."""
    return make(tmp_path_factory.mktemp("clip") / "good.mp4", SMALL)


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a decoder that misbehaves when a file's name tells it to."""
    package = tmp_path / "package"
    info = package / "hostile-1.dist-info"
    info.mkdir(parents=True)
    (package / "hostile_decoder.py").write_text(HOSTILE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[curate.decoders]\nhostile = hostile_decoder\n")
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setenv("PYTHONPATH", str(package))
    return "hostile"


def named(clip: Path, folder: Path, *names: str) -> list[Path]:
    """Copies of the clip."""
    paths = [folder / f"{name}.mp4" for name in names]
    for path in paths:
        path.write_bytes(clip.read_bytes())
    return paths


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers_of(pid: int) -> list[int]:
    """Processes that this one has started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def descriptors(pid: int | str) -> set[str]:
    """Open files of a process, with what they lead to; reading them opens none that stays."""
    folder = Path(f"/proc/{pid}/fd")
    links = [entry for entry in folder.iterdir() if entry.is_symlink()]
    return {f"{link.name} {link.readlink()}" for link in links}


def eventually(condition: object, limit_s: float = 10.0) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_what_is_no_file_is_refused_unopened(tmp_path: Path, clip: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "page.mp4").write_text("<html>" * 400)
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    (tmp_path / "link.mp4").symlink_to(clip)
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.mp4"))
    expected = {
        "fifo.mp4": "not_a_file",
        "folder.mp4": "not_a_file",
        "socket.mp4": "not_a_file",
        "/dev/zero": "not_a_file",
        "empty.mp4": "empty",
        "none.mp4": "missing",
        "loop.mp4": "unreadable",
        "page.mp4": "unreadable",
        "nul\0.mp4": "unreadable",
    }
    paths = {name: tmp_path / name for name in (*expected, "link.mp4", "list.mp4")}
    with Pool(2, time_limit_s=20) as pool, listener:
        results = dict(pool.probe(paths.values()))
    found = {name: results[path] for name, path in paths.items()}
    assert isinstance(found.pop("link.mp4"), Probe)
    listed = found.pop("list.mp4")
    assert isinstance(listed, MediaError), "a playlist shows another file than the one named"
    assert {n: r.reason for n, r in found.items() if isinstance(r, MediaError)} == expected


def test_a_file_that_hangs_or_crashes_costs_only_itself(
    tmp_path: Path, clip: Path, hostile: str
) -> None:
    names = ("a", "sleep", "b", "abort", "c", "exit", "d", "bug", "hoard", "e")
    paths = named(clip, tmp_path, *names)
    start = time.monotonic()
    with Pool(2, time_limit_s=2.0, backend=hostile) as pool:
        results = {
            Path(request.path).stem: result
            for request, result in pool.sample(Request(path, Uniform(3)) for path in paths)
        }
    assert time.monotonic() - start < 60
    bad = {n: r.reason for n, r in results.items() if isinstance(r, MediaError)}
    assert bad == {
        "sleep": "timeout",
        "abort": "crashed",
        "exit": "crashed",
        "bug": "crashed",
        "hoard": "too_large",
    }
    assert "signal 6" in str(results["abort"]) and "exit status 7" in str(results["exit"])
    assert "ZeroDivisionError: a bug in the decoder" in str(results["bug"])
    assert "sleep.mp4: decoding took longer than 2 s" in str(results["sleep"])
    for name in "abcde":
        good = results[name]
        assert isinstance(good, Sampled) and [read(f) for f in good.frames] == [0, 5, 11]


def test_the_same_worker_may_fail_on_every_file(tmp_path: Path, clip: Path, hostile: str) -> None:
    paths = named(clip, tmp_path, *(f"abort{number}" for number in range(4)))
    with Pool(1, backend=hostile) as pool:
        results = list(pool.sample(Request(path, Uniform(3)) for path in paths))
    assert [getattr(result, "reason", None) for _, result in results] == ["crashed"] * 4


def test_results_come_as_they_are_done(tmp_path: Path, clip: Path, hostile: str) -> None:
    slow, *quick = named(clip, tmp_path, "sleep", "a", "b", "c", "d")
    with Pool(2, time_limit_s=3.0, backend=hostile) as pool:
        order = [r.path for r, _ in pool.sample(Request(p, Uniform(2)) for p in (slow, *quick))]
    assert order == [*quick, slow]


def test_no_more_is_asked_for_than_workers_can_take(clip: Path) -> None:
    taken = 0

    def paths() -> Iterator[Path]:
        nonlocal taken
        for _ in range(50):
            taken += 1
            yield clip

    with Pool(2) as pool:
        for done, _ in enumerate(pool.probe(paths()), start=1):
            assert taken <= done + 2
    assert taken == 50


def test_a_slow_reader_is_not_blamed_on_the_file(clip: Path) -> None:
    with Pool(2, time_limit_s=0.5) as pool:
        for _, result in pool.probe([clip] * 4):
            time.sleep(0.8)
            assert isinstance(result, Probe)


def test_nothing_is_left_behind(clip: Path) -> None:
    before = set(workers_of(os.getpid())), descriptors("self")
    with Pool(2) as pool:
        assert len(list(pool.probe([clip] * 5))) == 5
        for _ in pool.probe([clip] * 5):
            break  # the other files are given up
        assert len(list(pool.probe([str(clip)] * 3))) == 3
        started = set(workers_of(os.getpid())) - before[0]
        assert len(started) == 2
    assert not any(running(pid) for pid in started)
    gc.collect()
    assert (set(workers_of(os.getpid())), descriptors("self")) == before


def test_memory_and_descriptors_stay_flat(clip: Path) -> None:
    request, others = Request(clip, Uniform(12)), set(workers_of(os.getpid()))
    with Pool(1, recycle_after=10**6) as pool:

        def use() -> tuple[int, int, float, float]:
            for _, result in pool.sample([request] * 150):
                assert isinstance(result, Sampled)
            del result
            gc.collect()
            (worker,) = set(workers_of(os.getpid())) - others
            return (
                len(descriptors("self")),
                len(descriptors(worker)),
                resident_mib(os.getpid()),
                resident_mib(worker),
            )

        first, second = use(), use()
    assert second[:2] == first[:2]
    assert second[2] - first[2] < 8 and second[3] - first[3] < 8


def resident_mib(pid: int) -> float:
    """Memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_workers_are_replaced_after_so_many_files(clip: Path) -> None:
    seen, others = set[int](), set(workers_of(os.getpid()))
    with Pool(1, recycle_after=3) as pool:
        for _ in pool.probe([clip] * 8):
            seen.update(workers_of(os.getpid()))
    assert len(seen - others) == 3


def test_a_worker_that_dies_idle_is_no_file_s_fault(clip: Path) -> None:
    others = set(workers_of(os.getpid()))
    with Pool(1) as pool:
        list(pool.probe([clip]))
        (worker,) = set(workers_of(os.getpid())) - others
        os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: not running(worker))
        ((_, result),) = pool.probe([clip])
    assert isinstance(result, Probe)


class Own(Uniform):
    """A plan that a fresh process cannot import."""


def test_a_request_that_cannot_be_read_is_told_and_not_tried_for_ever(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Own, "__module__", "only_here")
    monkeypatch.setitem(sys.modules, "only_here", sys.modules[__name__])
    with Pool(1) as pool:
        ((_, result),) = pool.sample([Request(clip, Own(2))])
    assert isinstance(result, MediaError) and "No module named 'only_here'" in str(result)


SCRIPT = """
import sys
from curate.media import Pool, Request
from schemas.frames import Uniform

pool = Pool(2, time_limit_s=600, backend=sys.argv[2])
print("started", flush=True)
for request, result in pool.sample(Request(sys.argv[1], Uniform(3)) for _ in range(2)):
    print(result.indexes, flush=True)
pool.close()
"""


def script(path: Path, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """A script without a `__main__` guard, in a folder with a `schemas` of its own."""
    path.write_text(SCRIPT)
    paths = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-P", str(path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )


def test_a_script_without_a_main_guard(tmp_path: Path, clip: Path) -> None:
    for name in ("schemas", "curate", "av"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    process = script(tmp_path / "plain.py", str(clip), "pyav", cwd=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == ["started", "(0, 5, 11)", "(0, 5, 11)"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_workers_die_with_their_parent(
    number: int, tmp_path: Path, clip: Path, hostile: str
) -> None:
    (path,) = named(clip, tmp_path, "sleep")
    process = script(tmp_path / "killed.py", str(path), hostile, cwd=tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "started\n"
    assert eventually(lambda: len(workers_of(process.pid)) == 2)
    workers = workers_of(process.pid)
    time.sleep(0.5)  # until they hang in the decoder
    start = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert eventually(lambda: not any(running(pid) for pid in workers), 5)
    assert time.monotonic() - start < 8
    assert process.returncode != 0
    assert ("KeyboardInterrupt" in err) == (number == signal.SIGINT)


def test_frames_are_writable_and_outlive_the_pool(clip: Path) -> None:
    with Pool(1) as pool:
        ((_, result),) = pool.sample([Request(clip, Times((0.0, 0.2)))])
    assert isinstance(result, Sampled)
    assert result.frames.dtype == np.uint8 and [read(f) for f in result.frames] == [0, 6]
    result.frames[:] = 7
    assert int(result.frames.sum()) == 7 * result.frames.size


def test_one_stream_at_a_time(clip: Path) -> None:
    with Pool(1) as pool:
        first = pool.probe([clip] * 2)
        next(first)
        with pytest.raises(RuntimeError, match="one stream at a time"):
            next(pool.probe([clip]))
        first.close()  # type: ignore[attr-defined]
        assert len(list(pool.probe([clip]))) == 1
    with pytest.raises(RuntimeError, match="while it is open"):
        next(pool.probe([clip]))


def test_an_unknown_decoder_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        Pool(1, backend="decrod")
    assert caught.value.hint == "did you mean decord?"


def test_a_pool_whose_processes_cannot_start_says_so(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise RuntimeError('a broken installation')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool(1) as pool, pytest.raises(CurateError, match=r"cannot start.*broken installation"):
        list(pool.probe([clip]))
