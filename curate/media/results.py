"""What decoding is asked for and what it answers; plain values that cross process borders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.frames import Budget, Count, Plan, Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Probe:
    """Facts of one media file, from decoding all of it.

    Args:
        kind: `video` or `image`.
        sha256: of the file's bytes.
        duration_s: last frame's end minus first frame's start; None for an image.
        frames: frames that decode.
        last_s: start of the last frame, where the first starts at 0.
        fps: average, frames by duration; None where there is no duration.
        fps_real: the inverse of the time between frames, of the usual one where it varies.
        variable_rate: the times between frames differ by more than rounding and a tenth.
        width: pixels, after rotation.
        height: pixels, after rotation.
        rotation: degrees counter-clockwise that the stored picture was turned by to show it.
        sample_aspect: width to height of one pixel, `1:1` if square; pictures are not stretched.
        audio: there is a sound track.
        codec: as FFmpeg names it; an image's format.
        pixel_format: as FFmpeg names it; an image's mode.
        container: as FFmpeg names it.
        tokens: frames shown and video tokens under each of `schemas.frames.PRESETS`.
        notes: whatever a user should know, a sentence each.
    """

    kind: str
    sha256: str
    duration_s: float | None
    frames: int
    last_s: float
    fps: float | None
    fps_real: float | None
    variable_rate: bool
    width: int
    height: int
    rotation: int
    sample_aspect: str
    audio: bool
    codec: str
    pixel_format: str
    container: str
    tokens: Mapping[str, Count]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Frames wanted of one file.

    Args:
        path: the file.
        plan: which frames.
        budget: at what size; None for the size as stored (after rotation).
        decoder: name of a decoder; None for the pool's.
        start_s: start of an excerpt, in seconds from the first frame.
        end_s: its end.
    """

    path: str | Path
    plan: Plan
    budget: Budget | None = None
    decoder: str | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Frames of one file.

    Args:
        frames: uint8 `[T, H, W, 3]`, RGB, rotated as shown.
        times_s: start of each frame, `[T]`, counted from the file's first frame.
        indexes: place of each frame among the decoded ones, `[T]`.
        size: height and width of `frames`.
        tokens: video tokens under the budget; None without one.
        sha256: of the file's bytes.
        decoder: name and version of what really decoded.
        fingerprint: sha256 over content, decoder and its version, plan, budget and excerpt.
        notes: whatever a user should know, a sentence each.
    """

    frames: NDArray[np.uint8]
    times_s: tuple[float, ...]
    indexes: tuple[int, ...]
    size: Size
    tokens: int | None
    sha256: str
    decoder: str
    fingerprint: str
    notes: tuple[str, ...] = ()
