"""Frames to files: H.264 in MP4 on one thread with fixed settings, and PNG.

The same frames give the same decoded frames on every machine that has the same x264.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image as Pillow

from curate.world.draw import Image

_SETTINGS = {"crf": "6", "preset": "veryfast", "g": "24", "threads": "1"}


def write_video(path: Path, pictures: Iterable[Image], rate: Fraction) -> None:
    """Write an MP4 of constant frame rate whose first frame is at 0 s; memory holds few frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as file:
        stream = None
        for index, picture in enumerate(pictures):
            if stream is None:
                stream = file.add_stream("libx264", rate=rate, options=_SETTINGS)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.thread_count = 1
            shown = av.VideoFrame.from_ndarray(picture, format="rgb24")
            shown.pts, shown.time_base = index, 1 / rate
            file.mux(stream.encode(shown))
        if stream is not None:
            file.mux(stream.encode())


def write_image(path: Path, picture: Image) -> None:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(picture).save(path, format="PNG")
