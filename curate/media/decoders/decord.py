"""decord (0.6, or its maintained drop-in decord2): fast where it is right.

Its seeks give wrong frames in open groups of pictures, in transport streams and in files with an
edit list, and it trusts headers and packets; so it is asked only where none of that is so and its
count and times are those of the frames that PyAV decodes.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from curate.media.decoders import (
    DECODERS,
    Disagrees,
    Layout,
    Pictures,
    agree,
    fetched,
    module,
    require,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curate.media.decoders import Choose

_DISTRIBUTIONS = ("decord2", "decord", "eva-decord")


class Decord:
    """Access by index."""

    name = "decord"
    seeks = True

    def require(self) -> None:
        """Raise `MissingExtra` where it is not installed."""
        require("decord", "decord")

    def version(self) -> str:
        """Name and version of the distribution that is installed."""
        for distribution in _DISTRIBUTIONS:
            try:
                return f"{distribution}-{version(distribution)}"
            except PackageNotFoundError:
                continue
        return str(module("decord", "decord").__version__)

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """See `Decoder`."""
        if layout.leading:
            raise Disagrees(f"{layout.leading} frames are shown before their key frame")
        if layout.hidden:
            raise Disagrees(f"an edit list hides {layout.hidden} stored frames")
        if "mpegts" in layout.container:
            raise Disagrees("it misses the first frames of transport streams")
        decord = module("decord", "decord")
        # decord raises DECORDError, a RuntimeError in some builds and not in others.
        failures = (RuntimeError, decord.DECORDError)
        try:
            reader: Any = decord.VideoReader(path, num_threads=1)
            starts = [float(start) for start in _starts(reader)]
        except failures:
            raise Disagrees("it cannot open the file") from None
        agree(layout, starts)

        def read(index: int) -> NDArray[np.uint8]:
            try:
                picture: NDArray[np.uint8] = reader[index].asnumpy()
            except failures:
                raise Disagrees(f"it cannot decode frame {index}") from None
            return picture

        return fetched(layout, choose, read)


def _starts(reader: Any) -> Any:
    """Starts of all frames in seconds."""
    return reader.get_frame_timestamp(range(len(reader)))[:, 0]


DECODERS.add("decord", Decord())
