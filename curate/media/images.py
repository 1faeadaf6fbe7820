"""Images, read with Pillow: a video of one frame as far as plans and budgets are concerned."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from curate.media.decoders import module, require, resized
from curate.media.results import Probe
from schemas.errors import MediaError
from schemas.frames import Size, counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_TURNS = {3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90}
_ORIENTATION = 0x0112


@contextmanager
def _opened(path: str) -> Iterator[Image]:
    """An image, decoded.

    Raises:
        MediaError: `unreadable`.
        MissingExtra: Pillow is not installed.
    """
    require("PIL", "media")
    pillow = module("PIL.Image", "media")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(path) as image:
                image.load()
                yield image
    except (
        OSError,
        SyntaxError,
        ValueError,
        pillow.DecompressionBombError,
        pillow.DecompressionBombWarning,
    ) as error:
        raise MediaError(f"the image cannot be read: {error}", file=path) from None


def probe(path: str, digest: str) -> Probe:
    """Facts of an image."""
    with _opened(path) as image:
        orientation = image.getexif().get(_ORIENTATION, 1)
        size = (image.height, image.width) if orientation >= 5 else (image.width, image.height)
        animated = getattr(image, "n_frames", 1)
        return Probe(
            kind="image",
            sha256=digest,
            duration_s=None,
            frames=1,
            last_s=0.0,
            fps=None,
            fps_real=None,
            variable_rate=False,
            width=size[0],
            height=size[1],
            rotation=_TURNS.get(orientation, 0),
            sample_aspect="1:1",
            audio=False,
            codec=(image.format or "").lower(),
            pixel_format=image.mode,
            container="image",
            tokens=counts([0.0], 0.0, size[1], size[0]),
            notes=(f"the first of {animated} pictures",) if animated > 1 else (),
        )


def picture(path: str, shown: Callable[[Size], Size]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """An image as uint8 `[1, H, W, 3]`, RGB, turned as it is meant, and notes.

    Transparent parts are laid on white.

    Args:
        path: the file.
        shown: from the image's size to the wanted one.
    """
    import numpy as np

    with _opened(path) as image:
        upright = module("PIL.ImageOps", "media").exif_transpose(image)
        notes = []
        if upright.has_transparency_data:
            white = upright.convert("RGBA")
            upright = module("PIL.Image", "media").new("RGBA", white.size, "white")
            upright.alpha_composite(white)
            notes.append("transparent parts are shown on white")
        colours = upright.convert("RGB")
        size = shown(Size(colours.height, colours.width))
        return resized(np.array(colours), size)[None], tuple(notes)


def version() -> str:
    """Pillow's name and version."""
    return f"pillow {module('PIL', 'media').__version__}"
