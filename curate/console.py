"""What the user sees: data on stdout, everything else on stderr, one JSON object with `--json`.

On a terminal a build shows a live bar; elsewhere a plain line now and then. Importing this module
is cheap: rich is imported when a bar is drawn or a table is shown.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from schemas.errors import CurateError

PLAIN_EVERY_S = 10.0


class Console:
    """The streams of one command.

    Args:
        command: its name, as `--json` reports it.
        as_json: print one JSON object on stdout instead of text.
    """

    def __init__(self, command: str, *, as_json: bool = False) -> None:
        self.command = command
        self.as_json = as_json

    def say(self, line: str) -> None:
        """A line for the person at the terminal, on stderr."""
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    def data(self, line: str) -> None:
        """A line of the command's result, on stdout; left out with `--json`."""
        if not self.as_json:
            print(line, flush=True)  # noqa: T201

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under headings on stdout: aligned on a terminal, tab-separated in a pipe."""
        if self.as_json:
            return
        if not sys.stdout.isatty():
            for row in rows:
                self.data("\t".join(row))
            return
        from rich.console import Console as Rich
        from rich.table import Table

        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*row)
        Rich().print(table)

    def finish(self, counts: Mapping[str, Any], items: Sequence[Any], *, ok: bool = True) -> None:
        """Print the JSON object of a command that ran; nothing without `--json`."""
        if self.as_json:
            self._object({"command": self.command, "ok": ok, "counts": counts, "items": items})

    def fail(self, error: CurateError) -> None:
        """Say in one line what is wrong and what to do, or print the JSON error object."""
        if self.as_json:
            detail = {
                "code": error.code,
                "message": error.message,
                "file": error.file,
                "row": error.row,
                "hint": error.hint,
            }
            self._object({"command": self.command, "ok": False, "error": detail})
        hint = f"; {error.hint}" if error.hint else ""
        self.say(f"error: {error}{hint}".replace("\n", " "))

    @contextmanager
    def progress(self, label: str, total_bytes: int = 0) -> Iterator[Progress]:
        """Progress of one unit of work, on stderr, with rate and time left."""
        if sys.stderr.isatty():
            with _live(label, total_bytes) as live:
                yield live
        else:
            yield Progress(label, total_bytes, _NowAndThen(self.say), self.say)

    def _object(self, value: Mapping[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201


class _Clock:
    """Rate and time left of work that is counted."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def rate(self, done: float) -> float:
        return done / max(time.monotonic() - self.started, 1e-9)

    def left(self, done: float, total: float) -> str:
        if not done or not total:
            return ""
        seconds = max(0.0, (total - done) / self.rate(done))
        return f" | {seconds:.0f} s left" if seconds < 90 else f" | {seconds / 60:.0f} min left"


class Progress:
    """What a stage tells while it runs: the words are the same on a terminal and in a log.

    Args:
        label: of the unit of work.
        total_bytes: of the files that are read; 0 where they are not what takes the time.
        show: takes a line that replaces the last one.
        say: takes a line that stays.
    """

    def __init__(
        self, label: str, total_bytes: int, show: Callable[[str], None], say: Callable[[str], None]
    ) -> None:
        self.label = label
        self.total_bytes = total_bytes
        self.say = say
        self._show = show
        self._clocks: dict[str, _Clock] = {"rows": _Clock()}
        self._bytes_before = _bytes_read()

    def rows(self, done: int, rejects: int) -> None:
        """Rows staged so far; the time left is told by the bytes read."""
        read = min(_bytes_read() - self._bytes_before, self.total_bytes)
        clock = self._clocks["rows"]
        rate, left = clock.rate(done), clock.left(read, self.total_bytes)
        self._show(f"{self.label}  {done:,} rows | {rate:,.0f} rows/s | {rejects:,} rejects{left}")

    def media(self, done: int, total: int, failed: int) -> None:
        """Media files decoded so far."""
        bad = f" | {failed:,} unreadable" if failed else ""
        self._counted("media decoded", done, total, bad)

    def records(self, done: int, total: int, found: int) -> None:
        """Records checked so far."""
        self._counted("records checked", done, total, f" | {found:,} faults" if found else "")

    def _counted(self, what: str, done: int, total: int, more: str) -> None:
        clock = self._clocks.setdefault(what, _Clock())
        rate, left = clock.rate(done), clock.left(done, total)
        self._show(f"{self.label}  {done:,} of {total:,} {what} | {rate:,.1f}/s{more}{left}")


class _NowAndThen:
    """Lines for a log: the first after a while, then one now and then."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._last = time.monotonic()

    def __call__(self, line: str) -> None:
        if time.monotonic() - self._last >= PLAIN_EVERY_S:
            self._last = time.monotonic()
            self._say(line)


@contextmanager
def _live(label: str, total_bytes: int) -> Iterator[Progress]:
    from rich.console import Console as Rich

    rich = Rich(stderr=True, highlight=False)
    with rich.status(label) as status:
        yield Progress(
            label, total_bytes, status.update, lambda line: rich.print(line, markup=False)
        )


def _bytes_read() -> int:
    from builders.reading import bytes_read

    return bytes_read()
