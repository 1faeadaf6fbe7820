"""PyAV: sequential decode, exact on every file that decodes; the default, and the arbiter.

Counts and times come from the decoded frames, never from headers. A packet that cannot be decoded
is counted and passed over, as `ffmpeg` does; the frames reported are those that came out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from curate.media.decoders import DECODERS, Layout, Pictures, Selection, check_room, module, require
from curate.media.timeline import Timeline, timeline
from schemas.errors import MediaError
from schemas.frames import Size

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from curate.media.decoders import Choose

# Formats that are lists of other files: what they show is not in the file that was named.
_PLAYLISTS = {"hls", "concat", "dash", "sdp", "imf", "imfcpl", "image2", "webm_dash_manifest"}


def _av() -> Any:
    return module("av", "media")


@contextmanager
def opened(path: str) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A container and its main video stream.

    Raises:
        MediaError: `unreadable`, or `no_video`: sound only, or cover pictures only.
    """
    av = _av()
    try:
        container = av.open(path, options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise MediaError(f"not a media file: {_said(error)}", file=path) from None
    with container:
        if _PLAYLISTS & set(container.format.name.split(",")):
            message = f"it is a list of other files ({container.format.name})"
            raise MediaError(message, reason="no_video", file=path)
        stream = _main_stream(container, path)
        stream.codec_context.thread_count = 1
        yield container, stream


def _main_stream(container: InputContainer, path: str) -> VideoStream:
    """FFmpeg's best video stream; attached pictures are none."""
    disposition = _av().stream.Disposition
    stream = container.streams.best("video")
    others = [s for s in container.streams.video if not s.disposition & disposition.attached_pic]
    if not others:
        raise MediaError("it has no video stream", reason="no_video", file=path)
    chosen = stream if stream in others else others[0]
    if chosen.codec_context is None:
        raise MediaError("no decoder for its video", file=path)
    return chosen


@dataclass
class Decoding:
    """One pass over the frames of a stream, in the order of showing, and what it met.

    Iterate over it once; afterwards `timeline()` and `notes()` speak of the frames that came.
    """

    container: InputContainer
    stream: VideoStream
    stamps: list[int | None] = field(default_factory=list)
    order: list[int | None] = field(default_factory=list)
    first: av.VideoFrame | None = None
    last_duration: int = 0
    corrupt: int = 0
    failed: int = 0
    resized: int = 0
    failure: str = ""

    def __iter__(self) -> Iterator[av.VideoFrame]:
        for packet in self.packets():
            yield from self.take(packet)

    def packets(self) -> Iterator[av.Packet[VideoStream]]:
        """The stream's packets, the last one empty; ends where the file cannot be read on."""
        try:
            yield from self.container.demux(self.stream)
        except _av().error.FFmpegError as error:
            self._failed(error)
            yield _av().Packet()

    def take(self, packet: av.Packet[VideoStream]) -> list[av.VideoFrame]:
        """Frames that came out of a packet; none where it cannot be decoded."""
        if packet.size:
            self.order.append(packet.dts)
        try:
            frames = self.stream.codec_context.decode(packet if packet.size else None)
        except _av().error.FFmpegError as error:
            self._failed(error)
            return []
        for frame in frames:
            self._saw(frame)
        return frames

    def timeline(self) -> Timeline:
        """Times of the frames.

        Raises:
            MediaError: no frame came.
        """
        if not self.stamps:
            why = f": {self.failure}" if self.failure else ""
            raise MediaError(f"no frame can be decoded{why}")
        return _timeline(self.container, self.stream, self.stamps, self.last_duration, self.order)

    def notes(self) -> tuple[str, ...]:
        """What was wrong with the file, a sentence each."""
        said = []
        if self.failed:
            kept = f"{len(self.stamps)} frames were decoded"
            said.append(f"{self.failed} packets cannot be decoded ({self.failure}); {kept}")
        if self.corrupt:
            said.append(f"{self.corrupt} frames are marked as damaged by the decoder")
        if self.resized:
            said.append(f"{self.resized} frames have another size than the first")
        return tuple(said)

    def _saw(self, frame: av.VideoFrame) -> None:
        if self.first is None:
            self.first = frame
        elif (frame.width, frame.height) != (self.first.width, self.first.height):
            self.resized += 1
        self.stamps.append(frame.pts)
        self.last_duration = frame.duration or 0
        self.corrupt += frame.is_corrupt

    def _failed(self, error: Exception) -> None:
        self.failed += 1
        self.failure = self.failure or _said(error)


def _timeline(
    container: InputContainer,
    stream: VideoStream,
    stamps: list[int | None],
    last_duration: int,
    order: list[int | None],
) -> Timeline:
    """Times of frames, or of packets, with these stamps."""
    rate = stream.average_rate or stream.guessed_rate
    base = stream.time_base or Fraction(1, 1000)
    untimed = _untimed(container)
    return timeline(stamps, last_duration, base, rate, order if untimed else None)


def _untimed(container: InputContainer) -> bool:
    """Whether the container keeps no presentation times, so that FFmpeg makes them up."""
    return "avi" in container.format.name.split(",")


@dataclass
class _Packets:
    """What the packets of a stream say, without decoding them."""

    stamps: list[tuple[int | None, int]] = field(default_factory=list)
    order: list[int | None] = field(default_factory=list)
    leading: int = 0
    hidden: int = 0
    _key: int | None = None

    def saw(self, packet: av.Packet[VideoStream]) -> None:
        """Take note of a packet that is not empty."""
        if packet.is_discard:
            self.hidden += 1
            return
        self.stamps.append((packet.pts, packet.duration or 0))
        self.order.append(packet.dts)
        if packet.is_keyframe:
            self._key = packet.pts
        elif self._key is not None and packet.pts is not None and packet.pts < self._key:
            self.leading += 1

    def timeline(self, container: InputContainer, stream: VideoStream) -> Timeline:
        """Times of the frames, if each packet is one."""
        shown = sorted(self.stamps, key=lambda stamp: (stamp[0] is None, stamp[0] or 0))
        stamps = [pts for pts, _ in shown]
        return _timeline(container, stream, stamps, shown[-1][1], self.order)


def layout(path: str, *, decode: bool) -> Layout:
    """What there is in a video.

    Args:
        path: absolute, a regular file.
        decode: times are those of the decoded frames. Else they are those of the packets, which
            are nearly always the same, and only the first frame is decoded, to see its size.

    Raises:
        MediaError: the file cannot be opened, or no frame decodes.
    """
    with opened(path) as (container, stream):
        decoding, packets = Decoding(container, stream), _Packets()
        for packet in decoding.packets():
            if packet.size:
                packets.saw(packet)
            if decode or decoding.first is None:
                decoding.take(packet)
        times = decoding.timeline()
        if not decode:
            times = packets.timeline(container, stream)
        assert decoding.first is not None, "a timeline has a first frame"
        size, formats = shown_size(decoding.first), container.format.name
        return Layout(times, size, formats, packets.leading, packets.hidden)


def turns(frame: av.VideoFrame) -> int:
    """Quarter turns counter-clockwise that show a stored frame as it is meant."""
    return round(frame.rotation / 90) % 4


def shown_size(frame: av.VideoFrame) -> Size:
    """Height and width after rotation."""
    stored = Size(frame.height, frame.width)
    return Size(*reversed(stored)) if turns(frame) % 2 else stored


def painter() -> Callable[[av.VideoFrame, Size], NDArray[np.uint8]]:
    """A function from a decoded frame and a size to its shown picture, RGB, uint8 `[H, W, 3]`.

    Scaled and converted in one step (bicubic, which averages when it shrinks), then rotated.
    """
    import numpy as np

    reformatter = module("av.video.reformatter", "media")
    scaler = reformatter.VideoReformatter()
    how = reformatter.Interpolation
    interpolation = how.BICUBIC | how.ACCURATE_RND | how.FULL_CHR_H_INT

    def paint(frame: av.VideoFrame, size: Size) -> NDArray[np.uint8]:
        quarters = turns(frame)
        height, width = reversed(size) if quarters % 2 else size
        converted = scaler.reformat(
            frame, width, height, "rgb24", interpolation=interpolation, threads=1
        )
        picture = cast("NDArray[np.uint8]", converted.to_ndarray())
        return np.ascontiguousarray(np.rot90(picture, quarters)) if quarters else picture

    return paint


class PyAV:
    """Sequential decode, one thread: the same frames on every machine."""

    name = "pyav"
    seeks = False

    def require(self) -> None:
        """Raise `MissingExtra` where it is not installed."""
        require("av", "media")

    def version(self) -> str:
        """PyAV's version and that of its libavcodec."""
        av = _av()
        codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
        return f"{av.__version__}+libavcodec-{codec}"

    def sample(self, path: str, layout: Layout, choose: Choose, until_s: float) -> Pictures:
        """See `Decoder`. One pass when the packets told the truth, else a second."""
        wanted = choose(layout.timeline, layout.size)
        pictures = _pass(path, wanted, until_s)
        right = choose(pictures.timeline, layout.size)
        if right == pictures.selection:
            return pictures
        return _pass(path, right, until_s)


def _pass(path: str, wanted: Selection, until_s: float) -> Pictures:
    """Decode once, keeping the wanted frames; `selection` holds those that there are."""
    import numpy as np

    paint = painter()
    check_room(wanted)
    frames = np.empty((len(wanted.indexes), *wanted.size, 3), np.uint8)
    found = 0
    with opened(path) as (container, stream):
        decoding = Decoding(container, stream)
        for index, frame in enumerate(decoding):
            if found < len(wanted.indexes) and index == wanted.indexes[found]:
                frames[found] = paint(frame, wanted.size)
                found += 1
            if _past(decoding, frame, until_s):
                break
        selection = Selection(wanted.indexes[:found], wanted.size)
        return Pictures(frames[:found], selection, decoding.timeline(), decoding.notes())


def _past(decoding: Decoding, frame: av.VideoFrame, until_s: float) -> bool:
    """Whether this frame starts late enough for all that follow to be of no account."""
    start, base = decoding.stamps[0], decoding.stream.time_base
    if frame.pts is None or start is None or base is None:
        return False
    return not _untimed(decoding.container) and (frame.pts - start) * base > until_s


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


DECODERS.add("pyav", PyAV())
