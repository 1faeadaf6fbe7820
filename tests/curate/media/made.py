"""Made videos whose every frame carries its number, as blocks that survive any codec and scaling.

Two blocks, always white and always black, tell which way is up; ten more are the bits of the
number. So a test reads from the picture itself which frame it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH, BITS = 96, 192, 10
# Blocks in a grid of 2 rows and 6 columns: white, black, then the bits from the lowest.
ROWS, COLUMNS = 2, 6


@dataclass(frozen=True)
class Made:
    """How a video is made.

    Args:
        codec: of PyAV's encoders.
        suffix: of the file, which decides the container.
        ticks: time of each frame in 1/1000 s (VFR) or None for a constant 30 fps.
        rotation: degrees counter-clockwise that it is shown turned by.
    """

    codec: str = "libx264"
    suffix: str = ".mp4"
    frames: int = 150
    pixel_format: str = "yuv420p"
    rotation: int = 0
    variable: bool = False
    options: dict[str, str] = field(default_factory=dict)

    def times_s(self) -> list[float]:
        """Start of each frame."""
        if not self.variable:
            return [index / 30 for index in range(self.frames)]
        return [(index * 40 + (index // 7) * 90 + index % 3) / 1000 for index in range(self.frames)]


X265 = {"x265-params": "log-level=none:pools=1:frame-threads=1"}
OPEN_GOP = X265["x265-params"] + ":open-gop=1:keyint=24:min-keyint=24:bframes=4"

VIDEOS: dict[str, Made] = {
    "constant": Made(options={"bf": "0", "g": "12"}),
    "b_frames": Made(options={"bf": "4", "g": "30"}),
    "long_gop": Made(frames=400, options={"bf": "3", "g": "1000", "sc_threshold": "0"}),
    "variable": Made(variable=True, options={"bf": "2", "g": "25"}),
    "rotated_90": Made(rotation=90),
    "rotated_180": Made(rotation=180),
    "rotated_270": Made(rotation=-90),
    "hevc_10_bit": Made(codec="libx265", pixel_format="yuv420p10le", options=X265),
    "hevc_open_gop": Made(
        codec="libx265", pixel_format="yuv420p10le", options={"x265-params": OPEN_GOP}
    ),
    "vp9": Made(
        codec="libvpx-vp9",
        suffix=".webm",
        frames=90,
        options={"cpu-used": "8", "deadline": "realtime", "lag-in-frames": "12"},
    ),
    "mpeg4_avi": Made(codec="mpeg4", suffix=".avi", options={"g": "12"}),
    "mkv_variable": Made(suffix=".mkv", variable=True, options={"bf": "2"}),
}


def picture(number: int) -> NDArray[np.uint8]:
    """The frame of this number, grey."""
    blocks = [255, 0, *(255 * (number >> bit & 1) for bit in range(BITS))]
    grid = np.array(blocks, np.uint8).reshape(ROWS, COLUMNS)
    return np.kron(grid, np.ones((HEIGHT // ROWS, WIDTH // COLUMNS), np.uint8))


def read(frame: NDArray[np.uint8]) -> int:
    """The number in a picture of any size, RGB; fails where the picture is not upright."""
    rows, columns = (
        (np.arange(count) * 2 + 1) * size // (2 * count)
        for count, size in ((ROWS, frame.shape[0]), (COLUMNS, frame.shape[1]))
    )
    bright = frame.mean(axis=2)[np.ix_(rows, columns)].ravel()
    assert bright[0] > 200 and bright[1] < 55, "the picture is turned or damaged"
    return sum(1 << bit for bit in range(BITS) if bright[2 + bit] > 127)


def make(path: Path, made: Made, start: int = 0) -> Path:
    """Write a video whose pictures are numbered from `start`."""
    base = Fraction(1, 1000) if made.variable else Fraction(1, 30)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(made.codec, rate=30, options=dict(made.options))
        assert isinstance(stream, av.VideoStream)
        quarters = made.rotation // 90 % 4
        shape = (HEIGHT, WIDTH) if quarters % 2 == 0 else (WIDTH, HEIGHT)
        stream.height, stream.width = shape
        stream.pix_fmt = made.pixel_format
        stream.codec_context.time_base = base
        if quarters:
            stream.set_display_rotation(made.rotation)
        for index, time_s in enumerate(made.times_s()):
            stored = np.ascontiguousarray(np.rot90(picture(start + index), -quarters))
            frame = av.VideoFrame.from_ndarray(stored, format="gray").reformat(
                format=made.pixel_format
            )
            frame.time_base = base
            frame.pts = round(time_s / base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
