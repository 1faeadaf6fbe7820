"""Hashes of decoded pictures that are the same on every machine.

Taken from the luma plane as it was decoded, before the conversion to RGB: that conversion and the
scaling have code of their own for each family of CPUs, which rounds differently, while decoders of
the codecs at hand are exact to the bit (MPEG-4, MPEG-2 and H.263 with FFmpeg's own transform).
"""

from __future__ import annotations

import hashlib

import av

from curate.media.decoders.pyav import Decoding, opened


def luma_hashes(path: str) -> dict[str, str]:
    """The first 16 hex digits of the sha256 of the first, middle and last frame, by index."""
    with opened(path) as (container, stream):
        hashes = [_hash(frame) for frame in Decoding(container, stream)]
    places = sorted({0, len(hashes) // 2, len(hashes) - 1})
    return {str(place): hashes[place] for place in places}


def _hash(frame: av.VideoFrame) -> str:
    plane = frame.planes[0]
    bytes_a_pixel = frame.format.components[0].bits + 7 >> 3
    if not frame.format.is_planar:
        bytes_a_pixel = frame.format.padded_bits_per_pixel // 8
    rows = memoryview(plane)
    digest = hashlib.sha256()
    for row in range(plane.height):
        start = row * plane.line_size
        digest.update(rows[start : start + plane.width * bytes_a_pixel])
    return digest.hexdigest()[:16]
