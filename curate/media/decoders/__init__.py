"""Decoders: one file each, found by name; a user's own joins through `curate.decoders`.

PyAV is the arbiter of time: which frames there are, and when, comes from its sequential decode
or from the packets of the file. The others fetch pictures, and where their account of a file
differs from that, or is known to be wrong for its kind, PyAV takes over and a note says so.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from curate.media.timeline import Timeline
from schemas.errors import MediaError, MissingExtra
from schemas.frames import Size
from schemas.registry import Registry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# Frames of one request, in bytes, that are held at once.
LIMIT_BYTES = 4 << 30
# By so much may two decoders' times of a frame differ: a millisecond clock and its rounding.
LEEWAY_S = 2e-3


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a video before its frames are wanted.

    Args:
        timeline: of its decoded frames, or of its packets.
        size: of a shown frame, after rotation.
        container: formats, as FFmpeg names them.
        leading: frames that are shown before the key frame that precedes them in the file: open
            groups of pictures, where seeking goes wrong.
        hidden: stored frames that an edit list does not show.
    """

    timeline: Timeline
    size: Size
    container: str
    leading: int = 0
    hidden: int = 0


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
    """A way to get pictures out of a video file.

    Attributes:
        name: as it is registered.
        seeks: it goes to a frame by its number, so the numbers must be those of the frames that
            PyAV decodes, not of the packets; that costs a decode, and makes it exact.
    """

    name: str
    seeks: bool

    def require(self) -> None:
        """Find out, without importing it, whether it is installed.

        Raises:
            MissingExtra: it is not.
        """
        ...

    def version(self) -> str:
        """Of whatever determines its output."""
        ...

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """The chosen frames.

        Args:
            path: absolute, a regular file.
            layout: what there is in the file.
            choose: which frames, of those that there are.
            until_s: frames that start later than this are of no account.

        Raises:
            Disagrees: PyAV is to take over.
            MediaError: no frame can be had.
        """
        ...


DECODERS: Registry[Decoder] = Registry("decoder", "curate.media.decoders", "curate.decoders")


def require(name: str, extra: str) -> None:
    """Find out whether an optional package is installed, without importing it.

    Raises:
        MissingExtra: it is not; names the extra that brings it.
    """
    if importlib.util.find_spec(name) is None:
        raise _missing(name, extra)


def module(name: str, extra: str) -> ModuleType:
    """An optional package, imported.

    Raises:
        MissingExtra: it is not installed; names the extra that brings it.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name.partition(".")[0]:
            raise
        raise _missing(name, extra) from None


def agree(layout: Layout, starts_s: Sequence[float]) -> None:
    """Compare a decoder's own times of all frames with those of the packets.

    Raises:
        Disagrees: in number, or by more than a clock's rounding.
    """
    times_s = layout.timeline.times_s
    if len(starts_s) != len(times_s):
        raise Disagrees(f"it counts {len(starts_s)} frames of {len(times_s)}")
    for index, (theirs, ours) in enumerate(zip(starts_s, times_s, strict=True)):
        if abs(theirs - starts_s[0] - ours) > LEEWAY_S:
            raise Disagrees(f"it gives frame {index} another time")


def fetched(layout: Layout, choose: Choose, read: Callable[[int], NDArray[np.uint8]]) -> Pictures:
    """The chosen frames of a decoder that gives them by index.

    Args:
        layout: what the packets say.
        choose: which frames.
        read: a frame by its index, uint8 `[H, W, 3]`, RGB, rotated; called with rising indexes.

    Raises:
        Disagrees: a frame has another size than it should.
    """
    import numpy as np

    wanted = choose(layout.timeline, layout.size)
    check_room(wanted)
    frames = np.empty((len(wanted.indexes), *wanted.size, 3), np.uint8)
    for place, index in enumerate(wanted.indexes):
        picture = read(index)
        if picture.shape != (*layout.size, 3):
            raise Disagrees(f"frame {index} has the shape {picture.shape}")
        frames[place] = resized(picture, wanted.size)
    return Pictures(frames, wanted, layout.timeline, ())


def resized(picture: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """A picture `[H, W, 3]` at another size, bicubic, averaging when it shrinks."""
    import numpy as np

    if picture.shape[:2] == size:
        return picture
    image = module("PIL.Image", "media")
    bicubic = image.Resampling.BICUBIC
    return np.asarray(image.fromarray(picture).resize((size.width, size.height), bicubic))


def check_room(wanted: Selection) -> None:
    """Refuse a request whose frames would not fit into memory.

    Raises:
        MediaError: `too_large`.
    """
    room = len(wanted.indexes) * wanted.size.height * wanted.size.width * 3
    if room > LIMIT_BYTES:
        raise MediaError(
            f"{len(wanted.indexes)} frames of {wanted.size.width}x{wanted.size.height} are "
            f"{room / 2**30:.1f} GiB",
            reason="too_large",
            hint="give a budget, or a plan of fewer frames",
        )


def _missing(name: str, extra: str) -> MissingExtra:
    package = name.partition(".")[0]
    return MissingExtra(f"{package} is not installed", hint=f"pip install 'curate-video[{extra}]'")
