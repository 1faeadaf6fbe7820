"""Speed and memory of `curate build nextgqa`, as ratios to reading the same file row by row.

    python benchmarks/build.py --rows 100000 1000000
    python benchmarks/build.py --real DIR      # a folder with the published val files

A made set in the published form (6 questions a video, 1 to 3 segments each) is written to a
temporary folder; `curate` runs as a process of its own, and its wall time and peak memory are
the operating system's. The baseline is a bare loop of `csv.DictReader` over the same questions.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADER = ["video_id", "frame_count", "width", "height", "question", "answer", "qid", "type"]
HEADER += [f"a{i}" for i in range(5)]


def make(folder: Path, rows: int) -> None:
    """Write val.csv, gsub_val.json and map_vid_vidorID.json of `rows` questions."""
    random_ = random.Random(rows)
    with (
        (folder / "val.csv").open("w", newline="") as questions,
        (folder / "gsub_val.json").open("w") as segments,
        (folder / "map_vid_vidorID.json").open("w") as paths,
    ):
        writer = csv.writer(questions)
        writer.writerow(HEADER)
        for number in range((rows + 5) // 6):
            video = str(2_000_000_000 + number)
            duration = random_.randint(10, 180)
            location = {}
            for qid in range(min(6, rows - 6 * number)):
                options = [f"{random_.choice('abcdef')} thing number {i}" for i in range(5)]
                question = f"why did the person number {random_.randint(0, 999)} do that"
                answer = random_.choice(options)
                writer.writerow(
                    [video, duration * 30, 640, 480, question, answer, qid, "CW", *options]
                )
                starts = sorted(random_.sample(range(duration - 5), random_.randint(1, 3)))
                location[str(qid)] = [[s + 0.1, s + 0.9] for s in starts]
            entry = {"duration": duration, "location": location, "fps": 29.97}
            segments.write(f"{',' if number else '{'}{json.dumps(video)}:{json.dumps(entry)}")
            paths.write(
                f"{',' if number else '{'}{json.dumps(video)}:{json.dumps('0001/' + video)}"
            )
        segments.write("}")
        paths.write("}")


def baseline(folder: Path) -> float:
    """Seconds to read the questions with `csv.DictReader`."""
    started = time.perf_counter()
    with (folder / "val.csv").open(newline="") as file:
        for _ in csv.DictReader(file):
            pass
    return time.perf_counter() - started


def build(annotations: Path) -> tuple[float, float, int]:
    """Wall seconds, peak memory in MiB and records of one `curate build` in a new workspace."""
    with tempfile.TemporaryDirectory() as workspace:
        arguments = ["build", "nextgqa", "--annotations", str(annotations), "--json"]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "curate.cli", *arguments],
            cwd=workspace,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
    return seconds, usage.ru_maxrss / 1024, int(json.loads(output)["counts"]["records"])


def report(name: str, folder: Path) -> float:
    """Print one line of measurements; returns the peak memory in MiB."""
    plain = baseline(folder)
    seconds, peak, records = build(folder)
    print(
        f"{name:12} {records:>9,} records  {seconds:6.2f} s  {records / seconds:8,.0f} rows/s  "
        f"{seconds / plain:5.1f} x csv.DictReader ({plain:.2f} s)  peak {peak:5.0f} MiB"
    )
    return peak


def main() -> None:
    """Run the sizes asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--real", type=Path, help="folder of the published NExT-GQA val files")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}")
    if arguments.real:
        report("real val", arguments.real.resolve())
    peaks = []
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder), rows)
            peaks.append(report(f"made {rows:,}", Path(folder)))
    if len(peaks) > 1:
        print(f"peak memory, largest against smallest: {peaks[-1] / peaks[0]:.2f} x")


if __name__ == "__main__":
    main()
