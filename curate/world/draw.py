"""Pixels: a scene at a time, a still. Shapes are signed distances, letters are bitmaps of our own.

A pixel's cover is its distance inside the edge, so edges are soft and movements of less than a
pixel show. Nothing depends on fonts, drawing libraries or random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from curate.world.scene import COLOURS, Actor, Canvas, Look, Scene, Still

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.floating]

# In half-widths of a cell; a shape at rest is at most 0.18 off the centre with a radius of 0.40.
STEP = 0.40
GROWTH = 1.7
SHRINKAGE = 0.55
BLINKS = 2

INK = (250, 250, 250)
BAR, BAR_FRAME = (90, 200, 120), (120, 120, 124)

# Seven rows of five, as bits, top row first.
GLYPHS = {
    "0": (14, 17, 19, 21, 25, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 6, 8, 16, 31),
    "3": (30, 1, 1, 14, 1, 1, 30),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 4, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    "A": (4, 10, 17, 17, 31, 17, 17),
    "C": (14, 17, 16, 16, 16, 17, 14),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "F": (31, 16, 16, 30, 16, 16, 16),
    "H": (17, 17, 17, 31, 17, 17, 17),
    "J": (7, 2, 2, 2, 2, 18, 12),
    "K": (17, 18, 20, 24, 20, 18, 17),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "P": (30, 17, 17, 30, 16, 16, 16),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "U": (17, 17, 17, 17, 17, 17, 14),
    "X": (17, 17, 10, 4, 10, 17, 17),
    "Y": (17, 17, 10, 4, 4, 4, 4),
}


class _State(NamedTuple):
    """How a shape differs from its look: shift in half-widths, size, opacity, share of colour."""

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    opacity: float = 1.0
    recoloured: float = 0.0


def frames(scene: Scene) -> Iterator[Image]:
    """The frames of a video in order, each (height, width, 3) RGB; one is held at a time."""
    for index in range(scene.frames):
        yield frame(scene, float(index / scene.rate))


def frame(scene: Scene, time_s: float) -> Image:
    """The picture at `time_s`."""
    picture = _blank(scene.canvas)
    for actor in scene.actors:
        state = _state(actor, time_s)
        colour = _blend(actor.look.colour, actor.becomes, state.recoloured)
        _shape(picture, scene.canvas, actor.look, colour, state)
    for event in scene.digits:
        if event.start_s <= time_s < event.end_s:
            _text(picture, scene.canvas.box(scene.digit_cell), event.kind)
    return picture


def still(image: Still) -> Image:
    """The picture of a still, (height, width, 3) RGB."""
    picture = _blank(image.canvas)
    for look in image.looks:
        _shape(picture, image.canvas, look, np.array(COLOURS[look.colour], float), _State())
    code, bar, dots = (image.canvas.box(cell) for cell in image.cells)
    _text(picture, code, image.code)
    _bar(picture, bar, image.percent)
    _dots(picture, dots, image.dots)
    return picture


def _blank(canvas: Canvas) -> Image:
    picture = np.empty((canvas.height, canvas.width, 3), np.uint8)
    picture[:] = canvas.background
    return picture


def _state(actor: Actor, time_s: float) -> _State:
    change = actor.change
    done = min(1.0, max(0.0, (time_s - change.start_s) / (change.end_s - change.start_s)))
    match change.kind:
        case "left" | "right":
            return _State(dx=STEP * done * (1 if change.kind == "right" else -1))
        case "up" | "down":
            return _State(dy=STEP * done * (1 if change.kind == "down" else -1))
        case "appear":
            return _State(opacity=done)
        case "vanish":
            return _State(opacity=1 - done)
        case "recolour":
            return _State(recoloured=done)
        case "blink":
            return _State(opacity=0.5 + 0.5 * math.cos(2 * math.pi * BLINKS * done))
        case "grow":
            return _State(scale=1 + (GROWTH - 1) * done)
        case "shrink":
            return _State(scale=1 + (SHRINKAGE - 1) * done)
    raise AssertionError(f"no change is called {change.kind!r}")


def _blend(first: str, second: str, share: float) -> Plane:
    start, end = np.array(COLOURS[first], float), np.array(COLOURS[second], float)
    blended: Plane = start + (end - start) * share
    return blended


def _shape(picture: Image, canvas: Canvas, look: Look, colour: Plane, state: _State) -> None:
    left, top, right, bottom = canvas.box(look.cell)
    unit = min(right - left, bottom - top) / 2
    x0 = (left + right) / 2 + (look.offset[0] + state.dx) * unit
    y0 = (top + bottom) / 2 + (look.offset[1] + state.dy) * unit
    x = np.arange(left, right) + 0.5 - x0
    y = (np.arange(top, bottom) + 0.5 - y0)[:, None]
    inside = _distance(look.shape, x, y, look.size * state.scale * unit)
    cover = np.clip(inside + 0.5, 0, 1)[:, :, None] * state.opacity
    under = picture[top:bottom, left:right]
    picture[top:bottom, left:right] = np.rint(under * (1 - cover) + colour * cover)


def _distance(shape: str, x: Plane, y: Plane, radius: float) -> Plane:
    """How far each pixel lies inside the edge; negative outside. Radius and result in pixels."""
    inside: Plane
    match shape:
        case "circle":
            inside = radius - np.hypot(x, y)
        case "square":
            inside = 0.86 * radius - np.maximum(np.abs(x), np.abs(y))
        case "diamond":
            inside = (1.15 * radius - np.abs(x) - np.abs(y)) / math.sqrt(2)
        case "triangle":
            sides = (0.55 * radius + 0.5 * y) - math.sqrt(0.75) * np.abs(x)
            inside = np.minimum(sides, 0.75 * radius - y)
        case "cross":
            across = np.minimum(radius - np.abs(x), 0.34 * radius - np.abs(y))
            inside = np.maximum(across, np.minimum(0.34 * radius - np.abs(x), radius - np.abs(y)))
        case _:
            raise AssertionError(f"no shape is called {shape!r}")
    return inside


def _text(picture: Image, box: tuple[int, int, int, int], text: str) -> None:
    """Write `text` in the middle of a box, as large as fits."""
    left, top, right, bottom = box
    rows = np.array([[_bits(text, row)] for row in range(7)]).reshape(7, -1)
    scale = max(1, min((right - left - 2) // rows.shape[1], (bottom - top - 2) // 7))
    mask = np.kron(rows, np.ones((scale, scale), int)).astype(bool)
    high, wide = mask.shape
    x, y = (left + right - wide) // 2, (top + bottom - high) // 2
    picture[y : y + high, x : x + wide][mask] = INK


def _bits(text: str, row: int) -> list[int]:
    """One row of a text's bitmap; letters are one empty column apart."""
    bits: list[int] = []
    for letter in text:
        bits += [GLYPHS[letter][row] >> shift & 1 for shift in (4, 3, 2, 1, 0)] + [0]
    return bits[:-1]


def _bar(picture: Image, box: tuple[int, int, int, int], percent: int) -> None:
    """A frame of which the left `percent` are filled."""
    left, top, right, bottom = box
    x0, x1, middle = left + 4, right - 4, (top + bottom) // 2
    picture[middle - 6 : middle + 6, x0:x1] = BAR_FRAME
    filled = x0 + round((x1 - x0) * percent / 100)
    picture[middle - 4 : middle + 4, x0:filled] = BAR


def _dots(picture: Image, box: tuple[int, int, int, int], count: int) -> None:
    """Dots of 4 x 4 pixels in rows of three."""
    left, top, right, bottom = box
    for index in range(count):
        row, column = divmod(index, 3)
        x = (left + right) // 2 + (column - 1) * 10 - 2
        y = (top + bottom) // 2 + (row - 1) * 10 - 2
        picture[y : y + 4, x : x + 4] = INK
