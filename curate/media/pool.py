"""The pool: decoding in worker processes, with a time limit for each file.

A file that hangs or crashes its worker costs only itself: the worker is killed, another takes its
place, and the result is a `MediaError`. Each worker has one file at a time, so what is in flight
is bounded by the number of workers. Results come in the order in which they are done.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self, TypeVar, cast

from curate.media import wire
from curate.media.decoders import DECODERS
from curate.media.results import Request
from schemas.errors import CurateError, MediaError, MissingExtra

if TYPE_CHECKING:
    from curate.media.results import Probe, Sampled

Named = TypeVar("Named", str, Path)
Job = TypeVar("Job", bound="str | Path | Request")

# The path is appended: whatever the interpreter finds first by itself stays first.
_START = (
    "import sys; sys.path.append(sys.argv[1]); from curate.media.worker import main; "
    "main(int(sys.argv[2]), int(sys.argv[3]))"
)
_START_LIMIT_S = 120.0
_GONE_LIMIT_S = 10.0


class Pool:
    """Worker processes that decode; use it as a context manager.

    Args:
        workers: processes; None for one a core.
        time_limit_s: seconds a file may take; what takes longer fails with reason `timeout`.
        backend: name of the decoder for sampling; probing always takes PyAV's word.
        recycle_after: files after which a worker is replaced, so that no leak adds up.

    Raises:
        UnknownName: no such decoder.
        MissingExtra: the decoder, or PyAV, is not installed.
    """

    def __init__(
        self,
        workers: int | None = None,
        time_limit_s: float = 60.0,
        *,
        backend: str = "pyav",
        recycle_after: int = 500,
    ) -> None:
        self.backend = backend
        self.time_limit_s = time_limit_s
        self.recycle_after = recycle_after
        for name in dict.fromkeys((backend, "pyav")):
            DECODERS[name].require()
        self._workers = [_Worker() for _ in range(workers or _cores())]
        self._streaming = False
        self._closed = False

    def probe(self, paths: Iterable[Named]) -> Iterator[tuple[Named, Probe | MediaError]]:
        """Each path with its facts, or with why there are none, in order of completion.

        Raises:
            CurateError: workers cannot be started at all.
            MissingExtra: a file needs a package that is not installed.
        """
        return cast("Iterator[tuple[Named, Probe | MediaError]]", self._stream(paths))

    def sample(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Sampled | MediaError]]:
        """Each request with its frames, or with why there are none, in order of completion.

        Raises:
            CurateError: workers cannot be started at all.
            MissingExtra: the decoder asked for is not installed.
        """
        return cast("Iterator[tuple[Request, Sampled | MediaError]]", self._stream(requests))

    def close(self) -> None:
        """End every worker at once."""
        if self._closed:
            return
        self._closed = True
        for worker in self._workers:
            worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _stream(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, wire.Answer]]:
        """Keep every worker busy; take answers as they come."""
        if self._streaming or self._closed:
            raise RuntimeError("a pool serves one stream at a time, while it is open")
        self._streaming = True
        waiting = iter(jobs)
        busy: dict[_Worker, Job] = {}
        try:
            self._hand_out(waiting, busy)
            while busy:
                for worker, answer in self._answers(list(busy)):
                    if isinstance(answer, MissingExtra):
                        raise answer
                    job = busy.pop(worker)
                    if worker.served >= self.recycle_after:
                        worker.stop()
                    self._hand_out(waiting, busy)
                    yield job, answer
        finally:
            self._streaming = False
            for worker in busy:
                worker.stop()

    def _hand_out(self, waiting: Iterator[Job], busy: dict[_Worker, Job]) -> None:
        for worker in self._workers:
            if worker not in busy:
                for job in waiting:
                    worker.take(self._resolved(job))
                    busy[worker] = job
                    break

    def _resolved(self, job: Job) -> object:
        if isinstance(job, Request) and job.decoder is None:
            return replace(job, decoder=self.backend)
        return job

    def _answers(self, busy: list[_Worker]) -> Iterator[tuple[_Worker, wire.Answer]]:
        """Wait until something is to be told; what came in time is never called too late."""
        now = time.monotonic()
        soonest = min(worker.deadline(self.time_limit_s) for worker in busy)
        ready, _, _ = select.select([w.sock for w in busy], [], [], max(soonest - now, 0))
        now = time.monotonic()
        for worker in busy:
            if worker.sock in ready:
                answer = worker.answer()
                if answer is not None:
                    yield worker, answer
            elif worker.deadline(self.time_limit_s) <= now:
                yield worker, worker.overdue(self.time_limit_s)


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Worker:
    """One process and the file it has; started when it is first needed, and again after death."""

    def __init__(self) -> None:
        self.served = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._job: object = None
        self._since = 0.0
        self._ready = False
        self._taken = False
        self._again = False

    def take(self, job: object) -> None:
        """Give it a file."""
        if self._process is None:
            self._start()
        self._job, self._taken, self._again = job, False, False
        self._since = time.monotonic()
        if self._ready:
            self._send()

    def deadline(self, limit_s: float) -> float:
        """When its file, or its start, has taken too long."""
        return self._since + (limit_s if self._ready else _START_LIMIT_S)

    def answer(self) -> wire.Answer | None:
        """Read what it has to say; None when that is no answer yet."""
        said = wire.receive_answer(self.sock)
        if said is None:
            return self._died()
        if isinstance(said, bytes):
            self._since = time.monotonic()
            self._taken = said == wire.TAKEN
            if said == wire.READY:
                self._ready = True
                self._send()
            return None
        self.served += 1
        return said

    def overdue(self, limit_s: float) -> MediaError:
        """Kill it over the file that it has."""
        if not self._ready:
            self.stop()
            raise CurateError(f"a decoding process did not start within {_START_LIMIT_S:g} s")
        self.stop()
        message = f"decoding took longer than {limit_s:g} s and was stopped"
        return MediaError(message, reason="timeout", file=self._file())

    def stop(self) -> int | None:
        """Kill the process; its exit status. Nothing is lost by that: answers are sent whole."""
        if self._process is None:
            return None
        self._process.kill()
        try:
            status = self._process.wait(_GONE_LIMIT_S)
        except subprocess.TimeoutExpired:
            # The kernel holds it (a dead network drive); it goes when that lets it go.
            status = None
        self.sock.close()
        os.close(self._held)
        self._errors.close()
        self._process, self._ready, self.served = None, False, 0
        return status

    def _start(self) -> None:
        self.sock, theirs = socket.socketpair()
        # Held open by this process alone; the worker ends when it closes. One for each worker,
        # since the kernel tells only one owner of a pipe.
        lifeline, self._held = os.pipe()
        # Appending, so that reading here does not move the place where the process writes.
        self._errors: IO[bytes] = tempfile.TemporaryFile("a+b", buffering=0)
        root = str(Path(__file__).parents[2])
        numbers = (theirs.fileno(), lifeline)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, root, *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env={**os.environ, "PYTHONSAFEPATH": "1"},
                pass_fds=numbers,
            )
        os.close(lifeline)

    def _send(self) -> None:
        try:
            wire.send_job(self.sock, self._job)
        except BrokenPipeError:
            # It has just died; that is read as the end of the socket, and told then.
            return

    def _died(self) -> MediaError | None:
        """Blame its file; or, had it not taken one yet, give that to another process."""
        if self._taken or self._again or not self._ready:
            return self._crashed()
        job = self._job
        self.stop()
        self.take(job)
        self._again = True
        return None

    def _crashed(self) -> MediaError:
        assert self._process is not None
        started = self._ready
        try:
            code = self._process.wait(_GONE_LIMIT_S)
        except subprocess.TimeoutExpired:
            code = 0
        last = self._last_words()
        self.stop()
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        if not started:
            raise CurateError(f"a decoding process cannot start ({how}): {last}")
        message = f"decoding it ended the process ({how}){': ' + last if last else ''}"
        return MediaError(message, reason="crashed", file=self._file())

    def _last_words(self) -> str:
        """The last line that the process wrote, a traceback's message for instance."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(size - 4096, 0))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:300] if lines else ""

    def _file(self) -> str:
        return str(getattr(self._job, "path", self._job))
