"""A decoding process: takes requests from the pool one by one until it is killed.

Started as a fresh interpreter, never forked and never from the user's script, so that scripts
without a `__main__` guard, installed commands and test runners all work alike.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

from curate.media import wire
from curate.media.probing import probe
from curate.media.results import Request
from curate.media.sampling import sample
from schemas.errors import MediaError, MissingExtra

# Of anonymous memory, so that a file that claims absurd sizes meets an error and not the machine.
MEMORY_BYTES = 16 << 30


def main(channel: int, lifeline: int) -> None:
    """Serve requests.

    Args:
        channel: descriptor of the socket to the pool.
        lifeline: read end of a pipe that the pool's process alone keeps open.
    """
    _die_with(lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    _warm()
    with socket.socket(fileno=channel) as sock:
        sock.sendall(wire.READY)
        while (job := wire.receive_job(sock)) is not None:
            os.ftruncate(sys.stderr.fileno(), 0)
            sock.sendall(wire.TAKEN)
            wire.send_answer(sock, _answer(job))


def _answer(job: Request | str | Path) -> wire.Answer:
    try:
        return sample(job) if isinstance(job, Request) else probe(job)
    except (MediaError, MissingExtra) as error:
        return error
    except MemoryError:
        path = str(job.path if isinstance(job, Request) else job)
        return MediaError("its frames do not fit into memory", reason="too_large", file=path)


def _warm() -> None:
    """Import what most requests need, so that no file's time limit pays for it."""
    for name in ("av", "numpy"):
        if importlib.util.find_spec(name):
            importlib.import_module(name)


def _die_with(lifeline: int) -> None:
    """End this process when the pool's ends, however it ends, even inside a decoder that hangs.

    The kernel sends SIGIO when the last writer of the pipe is gone, and its default is death.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        sys.exit("the pool is gone")
