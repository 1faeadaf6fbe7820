"""torchcodec: for those who have torch and the FFmpeg libraries that it needs.

Exact by index, save for files with an edit list, which go to PyAV.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from curate.media.decoders import (
    DECODERS,
    LEEWAY_S,
    Disagrees,
    Layout,
    Pictures,
    fetched,
    module,
    require,
)
from schemas.errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curate.media.decoders import Choose


class TorchCodec:
    """Access by index, on the CPU."""

    name = "torchcodec"
    seeks = True

    def require(self) -> None:
        """Raise `MissingExtra` where it is not installed."""
        require("torchcodec", "torchcodec")

    def version(self) -> str:
        """torchcodec's version."""
        self.require()
        return version("torchcodec")

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """See `Decoder`."""
        if layout.hidden:
            raise Disagrees(f"an edit list hides {layout.hidden} stored frames")
        decoders = _decoders()
        try:
            video = decoders.VideoDecoder(
                path, dimension_order="NHWC", num_ffmpeg_threads=1, seek_mode="exact"
            )
        except (RuntimeError, ValueError):
            raise Disagrees("it cannot open the file") from None
        times_s = layout.timeline.times_s
        if len(video) != len(times_s):
            raise Disagrees(f"it counts {len(video)} frames of {len(times_s)}")
        start_s = float(video.metadata.begin_stream_seconds or 0.0)

        def read(index: int) -> NDArray[np.uint8]:
            try:
                frame = video.get_frame_at(index)
            except (RuntimeError, IndexError):
                raise Disagrees(f"it cannot decode frame {index}") from None
            if abs(float(frame.pts_seconds) - start_s - times_s[index]) > LEEWAY_S:
                raise Disagrees(f"it gives frame {index} another time")
            picture: NDArray[np.uint8] = frame.data.numpy()
            return picture

        return fetched(layout, choose, read)


def _decoders() -> Any:
    """Its module; an installation that cannot load its libraries is as good as none."""
    try:
        return module("torchcodec.decoders", "torchcodec")
    except (OSError, RuntimeError) as error:
        raise MissingExtra(
            f"torchcodec is installed and cannot load: {str(error).splitlines()[0][:200]}",
            hint="it needs the FFmpeg libraries and a matching torch",
        ) from None


DECODERS.add("torchcodec", TorchCodec())
