"""Start-up time of the command, as ratios to the interpreter alone.

python benchmarks/start.py --runs 7
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time

HEAVY = ("torch", "datasets", "transformers", "pyarrow", "duckdb", "numpy", "av", "rich.progress")


def median_s(command: list[str], runs: int) -> float:
    """Median wall seconds of a command, after one run that is not counted."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def imported(arguments: list[str]) -> list[str]:
    """Which of `HEAVY` a run of the command imports."""
    code = (
        "import sys, curate.cli\n"
        f"sys.argv = ['curate', *{arguments!r}]\n"
        "try: curate.cli.main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: list[str] = eval(run.stderr.splitlines()[-1], {"__builtins__": {}})
    return found


def main() -> None:
    """Print a line a command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}")
    bare = median_s([sys.executable, "-c", "pass"], runs)
    print(f"{'python -c pass':24} {bare:.3f} s")
    for arguments in (["--help"], ["build", "--help"], ["sources"]):
        took = median_s([sys.executable, "-m", "curate.cli", *arguments], runs)
        heavy = ", ".join(imported(arguments)) or "none"
        name = " ".join(["curate", *arguments])
        print(f"{name:24} {took:.3f} s  {took / bare:4.1f} x   heavy imports: {heavy}")


if __name__ == "__main__":
    main()
