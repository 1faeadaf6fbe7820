"""What passes between the pool and a worker: requests down a socket, answers in memory files.

An answer is an anonymous file in memory whose descriptor is handed over: small facts pickled,
then the bytes of the frames. The worker never waits for the pool to read, no pixel is copied on
the way, nothing is left behind by a process that is killed, and the memory goes back when the
array does.
"""

from __future__ import annotations

import mmap
import os
import pickle
import socket
import struct
import tempfile
from dataclasses import replace
from typing import Any, cast

from curate.media.results import Probe, Sampled
from schemas.errors import MediaError, MissingExtra

Answer = Probe | Sampled | MediaError | MissingExtra

_LENGTH = struct.Struct("<Q")
# Page-aligned, so that a shape read from the front is all that lies before the frames.
_PAGE = mmap.PAGESIZE
READY = b"r"
TAKEN = b"t"
ANSWER = b"a"


def send_job(sock: socket.socket, job: object) -> None:
    """Send a request to a worker."""
    body = pickle.dumps(job)
    sock.sendall(_LENGTH.pack(len(body)) + body)


def receive_job(sock: socket.socket) -> Any:
    """The next request; None when the pool has hung up."""
    head = _exactly(sock, _LENGTH.size)
    if head is None:
        return None
    body = _exactly(sock, _LENGTH.unpack(head)[0])
    return None if body is None else pickle.loads(body)


def send_answer(sock: socket.socket, answer: Answer) -> None:
    """Send an answer to the pool, in a memory file of its own."""
    frames = None
    if isinstance(answer, Sampled):
        frames, empty = answer.frames, answer.frames[:0]
        answer = replace(answer, frames=empty)
    body = pickle.dumps((answer, None if frames is None else frames.shape))
    descriptor = _memory_file()
    try:
        _write(descriptor, memoryview(_LENGTH.pack(len(body)) + body))
        if frames is not None and frames.size:
            os.lseek(descriptor, _start(len(body)), os.SEEK_SET)
            _write(descriptor, frames.data.cast("B"))
        socket.send_fds(sock, [ANSWER], [descriptor])
    finally:
        os.close(descriptor)


def receive_answer(sock: socket.socket) -> Answer | bytes | None:
    """An answer; `READY` or `TAKEN` when a worker has started, or has a job; None when it died."""
    try:
        word, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
    except ConnectionError:
        return None
    if word != ANSWER:
        return word or None
    (descriptor,) = descriptors
    try:
        with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as memory:
            length = _LENGTH.unpack_from(memory)[0]
            head = memory[_LENGTH.size : _LENGTH.size + length]
        answer, shape = pickle.loads(head)
        if shape is not None:
            answer = replace(answer, frames=_mapped(descriptor, _start(length), shape))
        return cast("Answer", answer)
    finally:
        os.close(descriptor)


def _mapped(descriptor: int, start: int, shape: tuple[int, ...]) -> Any:
    """The frames as an array over the memory file; writing to it is private."""
    import numpy as np

    if 0 in shape:
        return np.empty(shape, np.uint8)
    memory = mmap.mmap(
        descriptor,
        0,
        flags=mmap.MAP_PRIVATE,
        prot=mmap.PROT_READ | mmap.PROT_WRITE,
    )
    return np.frombuffer(memory, np.uint8, offset=start).reshape(shape)


def _start(length: int) -> int:
    """Where the frames begin after so many bytes of facts: at the next page."""
    return -(-(_LENGTH.size + length) // _PAGE) * _PAGE


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("curate-media")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _exactly(sock: socket.socket, count: int) -> bytes | None:
    parts = []
    while count:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
