"""Probing and sampling through the worker pool, against the bare PyAV loop that does the same.

    python benchmarks/media.py --videos ../shared/data/videos

Prints ratios of wall time (below 1: the pool is faster), the pool warm, and the memory of all its
processes over a fixed number of videos. The bare loop opens a file, counts its packets, decodes
it once and converts 64 frames; it hashes nothing, checks nothing, and ends with the first file
that hangs or crashes.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation

from curate.media import Pool, Request
from schemas.frames import Budget, Uniform

FRAMES = 64
BUDGET = Budget(max_pixels=256 * 28 * 28, min_pixels=4 * 28 * 28)


def bare_probe(path: Path) -> int:
    """Decode every frame."""
    with av.open(str(path)) as container:
        last = None
        count = 0
        for frame in container.decode(video=0):
            count, last = count + 1, frame.pts
        return count if last is not None else 0


def bare_sample(path: Path) -> np.ndarray:
    """64 frames of the decoded ones at the budget's size, without rotation."""
    with av.open(str(path)) as container:
        total = sum(packet.size > 0 for packet in container.demux(video=0))
    wanted = set(np.linspace(0, total - 1, min(FRAMES, total)).round().astype(int).tolist())
    frames = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in wanted:
                size = BUDGET.resized(frame.height, frame.width, len(wanted))
                shown = frame.reformat(size.width, size.height, "rgb24", interpolation=_HOW)
                frames.append(shown.to_ndarray())
    return np.stack(frames)


_HOW = Interpolation.BICUBIC


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def readable(folder: Path) -> list[Path]:
    """The files that the bare loop gets through."""
    good = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            bare_sample(path)
        except (av.error.FFmpegError, IndexError, ValueError):
            continue
        good.append(path)
    return good


def compare(paths: list[Path], workers: int, repeats: int) -> None:
    """Print the ratios of one pool: bests of runs that take turns, so that noise meets both."""
    requests = [Request(path, Uniform(FRAMES), BUDGET) for path in paths]
    best: dict[str, float] = {}
    with Pool(workers) as pool:
        consume(pool.sample(requests[: 2 * workers]))
        runs: dict[str, Callable[[], object]] = {
            "bare probe": lambda: [bare_probe(path) for path in paths],
            "probe": lambda: consume(pool.probe(paths)),
            "bare sample": lambda: consume(bare_sample(path) for path in paths),
            "sample": lambda: consume(pool.sample(requests)),
        }
        for _ in range(repeats):
            for name, run in runs.items():
                best[name] = min(best.get(name, float("inf")), timed(run))
    ratios = {name: best[name] / best[f"bare {name}"] for name in ("probe", "sample")}
    shown = "   ".join(
        f"{name} {ratio:.2f}x ({best[name]:.2f} s against {best[f'bare {name}']:.2f} s)"
        for name, ratio in ratios.items()
    )
    print(f"pool of {workers}:   {shown}", flush=True)


def consume(results: object) -> None:
    """Run through results, holding one at a time."""
    for _ in results:  # type: ignore[attr-defined]
        pass


def memory(paths: list[Path], rounds: int) -> None:
    """Print the memory of the pool and of its processes after each round over the same videos."""
    shown = []
    with Pool(2, recycle_after=10**9) as pool:
        for _ in range(rounds):
            consume(pool.sample(Request(path, Uniform(FRAMES), BUDGET) for path in paths))
            shown.append(sum(resident(pid) for pid in (os.getpid(), *children())))
    print("resident MiB of parent and 2 workers, round by round:", *(f"{m:.0f}" for m in shown))


def resident(pid: int) -> float:
    """MiB of a process's own memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def children() -> list[int]:
    """Processes started by this one."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def processor() -> str:
    """The CPU's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def main() -> None:
    """Run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=Path, default=Path("../shared/data/videos"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, default=None)
    options = parser.parse_args()
    paths = list(islice(readable(options.videos), options.limit))
    load = os.getloadavg()[0]
    print(f"machine: {processor()}, {os.cpu_count()} cores, load {load:.1f} at the start")
    print(f"{len(paths)} videos, {FRAMES} frames each, best of {options.repeats}")
    for workers in sorted({1, 2, os.cpu_count() or 1}):
        compare(paths, workers, options.repeats)
    memory(paths, 4)


if __name__ == "__main__":
    main()
