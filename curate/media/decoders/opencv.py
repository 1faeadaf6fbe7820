"""OpenCV: frame after frame, never by seeking, which is where it is exact.

It does not say when a file breaks off, so the number of frames is compared with the packets'.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from curate.media.decoders import (
    DECODERS,
    Disagrees,
    Layout,
    Pictures,
    fetched,
    module,
    require,
)
from schemas.frames import TOLERANCE_S

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curate.media.decoders import Choose


class OpenCV:
    """Sequential decode with OpenCV's own FFmpeg."""

    name = "opencv"
    seeks = False

    def require(self) -> None:
        """Raise `MissingExtra` where it is not installed."""
        require("cv2", "opencv")

    def version(self) -> str:
        """OpenCV's version."""
        return str(module("cv2", "opencv").__version__)

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """See `Decoder`."""
        cv2 = module("cv2", "opencv")
        times_s = layout.timeline.times_s
        stop = bisect_right(times_s, until_s + TOLERANCE_S)
        with _capture(cv2, path) as capture:
            place = -1

            def read(index: int) -> NDArray[np.uint8]:
                nonlocal place
                while place < index:
                    _grab(capture, place + 1)
                    place += 1
                found, picture = capture.retrieve()
                if not found:
                    raise Disagrees(f"it cannot decode frame {index}")
                colours: NDArray[np.uint8] = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
                return colours

            pictures = fetched(layout, choose, read)
            for rest in range(place + 1, stop):
                _grab(capture, rest)
            if stop == len(times_s) and capture.grab():
                raise Disagrees(f"it shows more than {len(times_s)} frames")
            return pictures


@contextmanager
def _capture(cv2: Any, path: str) -> Iterator[Any]:
    """An open file, one thread."""
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise Disagrees("it cannot open the file")
        yield capture
    finally:
        capture.release()


def _grab(capture: Any, index: int) -> None:
    if not capture.grab():
        raise Disagrees(f"it ends before frame {index}")


DECODERS.add("opencv", OpenCV())
