"""Probing a file in this process; it can hang or crash it, and `Pool` guards against that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.media import files, images
from curate.media.decoders import pyav
from curate.media.results import Probe
from schemas.errors import MediaError
from schemas.frames import counts

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from curate.media.timeline import Timeline


def probe(path: str | Path) -> Probe:
    """Facts of a video or an image, from decoding all of it.

    Raises:
        MediaError: it cannot be read; `reason` is a word to count by.
        MissingExtra: PyAV or Pillow is not installed.
    """
    where = files.checked(path)
    digest = files.sha256(where)
    try:
        return images.probe(where, digest) if files.is_image(where) else _video(where, digest)
    except MediaError as error:
        error.file = error.file or where
        raise


def _video(path: str, digest: str) -> Probe:
    with pyav.opened(path) as (container, stream):
        decoding = pyav.Decoding(container, stream)
        for _ in decoding:
            pass
        times = decoding.timeline()
        first = decoding.first
        assert first is not None, "a timeline has a first frame"
        size = pyav.shown_size(first)
        return Probe(
            kind="video",
            sha256=digest,
            duration_s=times.duration_s,
            frames=len(times.times_s),
            last_s=times.times_s[-1],
            fps=times.fps,
            fps_real=1 / times.step_s if times.step_s else None,
            variable_rate=times.variable,
            width=size.width,
            height=size.height,
            rotation=pyav.turns(first) * 90,
            sample_aspect=_aspect(stream),
            audio=bool(container.streams.audio),
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=first.format.name,
            container=container.format.name,
            tokens=counts(times.times_s, times.duration_s, size.height, size.width),
            notes=(
                *times.notes,
                *decoding.notes(),
                *_lies(container, stream, times),
                *_looks(first),
            ),
        )


def _aspect(stream: VideoStream) -> str:
    ratio = stream.sample_aspect_ratio
    return f"{ratio.numerator}:{ratio.denominator}" if ratio else "1:1"


def _lies(container: InputContainer, stream: VideoStream, times: Timeline) -> list[str]:
    """Where the header says other than the frames."""
    notes = []
    if stream.frames not in (0, len(times.times_s)):
        notes.append(f"the header states {stream.frames} frames; {len(times.times_s)} decode")
    if stream.duration and stream.time_base:
        stated_s = float(stream.duration * stream.time_base)
    else:
        stated_s = (container.duration or 0) / 1_000_000
    if stated_s and abs(stated_s - times.duration_s) > max(1.0, 0.05 * times.duration_s):
        notes.append(f"the header states {stated_s:.6g} s; the frames take {times.duration_s:.6g}")
    return notes


def _looks(first: av.VideoFrame) -> list[str]:
    """What a user should know of how it is shown."""
    notes = []
    if first.rotation % 90:
        notes.append(f"turned by {first.rotation} degrees; shown at the nearest quarter turn")
    if first.color_trc in (16, 18):
        notes.append("high dynamic range; shown without tone mapping")
    return notes
