"""What happens in a made video or stands in a made image: pure data, drawn from a seed.

A scene is a grid of six cells. Five hold the five shapes, each of which changes exactly once, one
after the other; the sixth shows digits, one at a time. All five shapes are in every scene, and
order, kinds of change, colours, digits and their number are drawn independently of each other: so
that a question about one of them tells nothing about another.

Times of events are whole tenths of a second. Pixels of a shape's cell move only within its change.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from fractions import Fraction

SHAPES = ("circle", "square", "triangle", "diamond", "cross")

COLOURS = {
    "red": (222, 40, 44),
    "orange": (244, 140, 32),
    "yellow": (242, 222, 60),
    "green": (44, 172, 66),
    "turquoise": (64, 210, 214),
    "blue": (54, 88, 236),
    "purple": (156, 62, 196),
    "white": (244, 244, 244),
}

# Each kind of change in words.
CHANGES = {
    "left": "moves to the left",
    "right": "moves to the right",
    "up": "moves up",
    "down": "moves down",
    "appear": "appears",
    "vanish": "vanishes",
    "recolour": "changes its colour",
    "blink": "blinks",
    "grow": "grows",
    "shrink": "shrinks",
}

_OPPOSITES = {"left": "right", "up": "down", "appear": "vanish", "grow": "shrink"}
OPPOSITES = {**_OPPOSITES, **{b: a for a, b in _OPPOSITES.items()}}

SIZES = ((144, 96), (160, 112), (176, 128), (224, 160), (96, 144), (128, 176))
RATES = (*map(Fraction, (10, 12, 15, 24, 25, 30)), Fraction(30_000, 1001))
BACKGROUNDS = ((22, 24, 30), (34, 28, 28), (26, 34, 30), (40, 40, 44))

CODE_LETTERS = "ACEFHJKLPRTUXY"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to `subject` (a shape or `digit`) from `start_s` to `end_s`.

    `kind` is a key of `CHANGES`, or the digit that is shown.
    """

    subject: str
    kind: str
    start_s: float
    end_s: float

    def backwards(self, duration_s: float) -> Event:
        """The same event seen in the reversed video."""
        kind = OPPOSITES.get(self.kind, self.kind)
        return Event(self.subject, kind, duration_s - self.end_s, duration_s - self.start_s)


@dataclass(frozen=True, slots=True)
class Look:
    """A shape at rest.

    Args:
        shape: one of `SHAPES`.
        colour: a key of `COLOURS`.
        cell: which of the six, in reading order.
        offset: x and y from the cell's centre, in half-widths of the cell.
        size: radius in half-widths of the cell.
    """

    shape: str
    colour: str
    cell: int
    offset: tuple[float, float]
    size: float


@dataclass(frozen=True, slots=True)
class Actor:
    """A shape with the one change that it makes; `becomes` is its colour afterwards."""

    look: Look
    change: Event
    becomes: str


@dataclass(frozen=True, slots=True)
class Canvas:
    """Size in pixels, background, and the grid of six cells (3 x 2, or 2 x 3 in portrait)."""

    width: int
    height: int
    background: tuple[int, int, int]

    @property
    def columns(self) -> int:
        """Cells in a row."""
        return 3 if self.width > self.height else 2

    def box(self, cell: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of a cell in pixels."""
        row, column = divmod(cell, self.columns)
        wide, high = self.width // self.columns, self.height * self.columns // 6
        return column * wide, row * high, (column + 1) * wide, (row + 1) * high

    @property
    def places(self) -> tuple[str, ...]:
        """The six cells in words."""
        if self.columns == 3:
            return tuple(f"{v} {h}" for v in ("top", "bottom") for h in ("left", "middle", "right"))
        return tuple(f"{v} {h}" for v in ("top", "middle", "bottom") for h in ("left", "right"))


@dataclass(frozen=True, slots=True)
class Scene:
    """A video: five shapes in the order in which they change, and digits in the order shown."""

    canvas: Canvas
    rate: Fraction
    frames: int
    actors: tuple[Actor, ...]
    digits: tuple[Event, ...]
    digit_cell: int

    @property
    def duration_s(self) -> float:
        """From the first frame's start to the last frame's end."""
        return float(self.frames / self.rate)

    @property
    def changes(self) -> tuple[Event, ...]:
        """The changes of the shapes, in order of time."""
        return tuple(actor.change for actor in self.actors)

    def backwards(self) -> Scene:
        """What the video shows when its frames are reversed."""
        return replace(
            self,
            actors=tuple(_backwards(actor, self.duration_s) for actor in reversed(self.actors)),
            digits=tuple(event.backwards(self.duration_s) for event in reversed(self.digits)),
        )


@dataclass(frozen=True, slots=True)
class Still:
    """An image: three shapes, a code to read, a bar filled in part and dots to count.

    Args:
        looks: three shapes, in cells 0 to 5.
        code: letters and digits.
        percent: how much of the bar is filled.
        dots: 1 to 9.
        cells: of code, bar and dots.
    """

    canvas: Canvas
    looks: tuple[Look, ...]
    code: str
    percent: int
    dots: int
    cells: tuple[int, int, int]


def make_scene(seed: int, number: int) -> Scene:
    """The scene of video `number`; it depends on nothing but the two arguments."""
    rng = random.Random(f"{seed}/{number}/scene")
    canvas = _canvas(rng)
    rate = rng.choice(RATES)
    spans, total = _change_times(rng)
    looks, free = _looks(rng, len(SHAPES))
    actors = tuple(_actor(rng, *pair) for pair in zip(looks, spans, strict=True))
    digits = _digits(rng, total)
    frames = math.ceil(total * rate / 10)
    return Scene(canvas, rate, frames, actors, digits, free[0])


def make_still(seed: int, number: int) -> Still:
    """The image that belongs to video `number`."""
    rng = random.Random(f"{seed}/{number}/still")
    canvas = _canvas(rng)
    looks, free = _looks(rng, 3)
    code = "".join(rng.choice(CODE_LETTERS + "0123456789") for _ in range(4))
    cells = (free[0], free[1], free[2])
    return Still(canvas, looks, code, rng.randrange(5, 100, 5), rng.randint(1, 9), cells)


def _canvas(rng: random.Random) -> Canvas:
    width, height = rng.choice(SIZES)
    return Canvas(width, height, rng.choice(BACKGROUNDS))


def _looks(rng: random.Random, count: int) -> tuple[tuple[Look, ...], list[int]]:
    """Shapes in random order, cells and colours, and the cells left free."""
    cells = rng.sample(range(6), 6)
    shapes = rng.sample(SHAPES, count)
    colours = rng.sample(list(COLOURS), count)
    looks = tuple(
        Look(shape, colour, cell, (_jitter(rng), _jitter(rng)), rng.uniform(0.32, 0.40))
        for shape, colour, cell in zip(shapes, colours, cells[:count], strict=True)
    )
    return looks, cells[count:]


def _jitter(rng: random.Random) -> float:
    """A small offset, so that where a shape rests does not tell where it will move."""
    return rng.uniform(-0.18, 0.18)


def _change_times(rng: random.Random) -> tuple[list[tuple[int, int]], int]:
    """Five spans, one after the other, and the whole length, all in tenths of a second.

    The last half second is still, so that spans lie inside the duration rounded to seconds too.
    """
    spans = []
    now = rng.randint(2, 8)
    for _ in SHAPES:
        end = now + rng.randint(5, 12)
        spans.append((now, end))
        now = end + rng.randint(2, 6)
    return spans, spans[-1][1] + rng.randint(6, 12)


def _actor(rng: random.Random, look: Look, span: tuple[int, int]) -> Actor:
    kind = rng.choice(list(CHANGES))
    other = rng.choice([colour for colour in COLOURS if colour != look.colour])
    change = Event(look.shape, kind, span[0] / 10, span[1] / 10)
    return Actor(look, change, other if kind == "recolour" else look.colour)


def _digits(rng: random.Random, total: int) -> tuple[Event, ...]:
    """One to five digits, each within a slot of its own, at least 0.2 s apart."""
    count = rng.randint(1, 5)
    slot = (total - 8) // count
    shown = []
    for index in range(count):
        length = rng.randint(3, min(slot - 2, 12))
        start = 2 + index * slot + rng.randint(0, slot - 2 - length)
        digit = str(rng.randrange(10))
        shown.append(Event("digit", digit, start / 10, (start + length) / 10))
    return tuple(shown)


def _backwards(actor: Actor, duration_s: float) -> Actor:
    look = replace(actor.look, colour=actor.becomes)
    return Actor(look, actor.change.backwards(duration_s), actor.look.colour)
