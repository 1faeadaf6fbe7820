"""Decoders: one file each, found by name; a user's own joins through `curate.decoders`.

PyAV is the arbiter of time: which frames there are, and when, comes from its sequential decode
or from the packets of the file. The others fetch pictures, and where their account of a file
differs from that, or is known to be wrong for its kind, PyAV takes over and a note says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from curate.media.timeline import Timeline
from schemas.errors import MissingExtra
from schemas.frames import Size
from schemas.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a video before its frames are wanted.

    Args:
        timeline: from the packets, or from decoding them.
        size: of a shown frame, after rotation.
        hazards: why decoders that seek give wrong frames of this file, if they do.
    """

    timeline: Timeline
    size: Size
    hazards: tuple[str, ...] = ()


class Selection(NamedTuple):
    """Frames to fetch, and the size to give them."""

    indexes: list[int]
    size: Size


# From the frames that there are to the frames that are wanted.
Choose = Callable[[Timeline, Size], Selection]


class Pictures(NamedTuple):
    """Frames uint8 `[T, H, W, 3]`, which ones they are, and what to tell of them."""

    frames: NDArray[np.uint8]
    selection: Selection
    timeline: Timeline
    notes: tuple[str, ...]


class Disagrees(Exception):
    """A decoder's account of a file is not the one that PyAV gives."""


class Decoder(Protocol):
    """A way to get pictures out of a video file."""

    name: str

    def version(self) -> str:
        """Of whatever determines its output.

        Raises:
            MissingExtra: it is not installed.
        """
        ...

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """The chosen frames.

        Args:
            path: absolute, a regular file.
            layout: what the packets say.
            choose: which frames, of those that there are.
            until_s: frames that start later than this are of no account.

        Raises:
            Disagrees: PyAV is to take over.
            MediaError: no frame can be had.
        """
        ...


DECODERS: Registry[Decoder] = Registry("decoder", "curate.media.decoders", "curate.decoders")


def module(name: str, extra: str) -> ModuleType:
    """An optional package, imported.

    Raises:
        MissingExtra: it is not installed; names the extra that brings it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        raise MissingExtra(
            f"{name} is not installed", hint=f"pip install 'curate-video[{extra}]'"
        ) from None
