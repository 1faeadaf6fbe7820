"""Taking frames in this process; a file can hang or crash it, and `Pool` guards against that."""

from __future__ import annotations

import hashlib

from curate.media import files, images
from curate.media.decoders import DECODERS, Disagrees, Pictures, Selection, pyav
from curate.media.results import Request, Sampled
from curate.media.timeline import Timeline
from schemas.errors import MediaError
from schemas.frames import Size, choose, needed_s
from schemas.record import canonical

# Part of every fingerprint; raised when the same request would give other pixels.
VERSION = 1


def sample(request: Request) -> Sampled:
    """The frames of a video, or the picture of an image.

    Raises:
        MediaError: it cannot be read; `reason` is a word to count by.
        MissingExtra: the decoder, PyAV or Pillow is not installed.
        UnknownName: no such decoder.
    """
    where = files.checked(request.path)
    digest = files.sha256(where)
    try:
        if files.is_image(where):
            return _image(request, where, digest)
        return _video(request, where, digest)
    except MediaError as error:
        error.file = error.file or where
        raise


def _video(request: Request, path: str, digest: str) -> Sampled:
    decoder = DECODERS[request.decoder or "pyav"]
    layout = pyav.layout(path, decode=decoder.seeks)
    until_s = needed_s(request.plan, request.start_s, request.end_s)

    def chosen(timeline: Timeline, size: Size) -> Selection:
        indexes = choose(
            request.plan, timeline.times_s, timeline.duration_s, request.start_s, request.end_s
        )
        return Selection(indexes, _shown(request, size, len(indexes)))

    notes: tuple[str, ...] = ()
    try:
        pictures = decoder.sample(path, layout, chosen, until_s)
    except Disagrees as why:
        notes = (f"{decoder.name} was set aside for pyav: {why}",)
        decoder = DECODERS["pyav"]
        pictures = decoder.sample(path, layout, chosen, until_s)
    name = f"{decoder.name} {decoder.version()}"
    return _sampled(request, digest, pictures, name, notes)


def _image(request: Request, path: str, digest: str) -> Sampled:
    """An image is a video of one frame: every plan gives that frame."""
    frames, notes = images.picture(path, lambda size: _shown(request, size, 1))
    size = Size(*frames.shape[1:3])
    pictures = Pictures(frames, Selection([0], size), Timeline([0.0], 0.0, None, False, ()), notes)
    return _sampled(request, digest, pictures, images.version(), ())


def _shown(request: Request, size: Size, frames: int) -> Size:
    return request.budget.resized(*size, frames) if request.budget else size


def _sampled(
    request: Request, digest: str, pictures: Pictures, decoder: str, notes: tuple[str, ...]
) -> Sampled:
    indexes, size = pictures.selection
    times_s = pictures.timeline.times_s
    return Sampled(
        frames=pictures.frames,
        times_s=tuple(times_s[index] for index in indexes),
        indexes=tuple(indexes),
        size=size,
        tokens=request.budget.tokens(*size, len(indexes)) if request.budget else None,
        sha256=digest,
        decoder=decoder,
        fingerprint=fingerprint(request, digest, decoder),
        notes=notes + pictures.timeline.notes + pictures.notes,
    )


def fingerprint(request: Request, content: str, decoder: str) -> str:
    """sha256 over everything that determines the frames.

    Args:
        request: plan, budget and excerpt; the path is of no account.
        content: sha256 of the file.
        decoder: name and version of what decodes.
    """
    stated = {
        "version": VERSION,
        "content": content,
        "decoder": decoder,
        "plan": request.plan.text(),
        "budget": request.budget.text() if request.budget else None,
        "excerpt": [request.start_s, request.end_s],
    }
    return hashlib.sha256(canonical(stated).encode()).hexdigest()
