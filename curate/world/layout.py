"""Which video belongs to which set and split, its id, and where its file lies.

All of it follows from the seed and the video's number, so a larger world holds a smaller one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

# The parts that videos play, in turn; twelve videos hold each set and split at least once.
PARTS = (
    ("nextqa", "val"),
    ("charades", "train"),
    ("video-r1", "rl"),
    ("nextqa", "val"),
    ("nextqa", "train"),
    ("charades", "test"),
    ("video-r1", "rl"),
    ("nextqa", "val"),
    ("nextqa", "test"),
    ("charades", "train"),
    ("video-r1", "rl"),
    ("nextqa", "val"),
)

# Ids that readers like to turn into numbers, by the video that gets them in a flawed world.
STRANGE_IDS = {1: "50E06", 5: "00607"}
MISSING_VIDEO = 3

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Clip:
    """One video of a world.

    Args:
        number: its place in the world; with the seed, it decides all that is in it.
        root: folder below `media`: `nextqa`, `charades` or `video-r1`.
        split: of the set, as its builder calls it.
        id: as the annotation files name it.
        path: of the video, relative to the root.
        image: of the image that Video-R1 has beside each video, relative to the root.
        missing: annotated, but no file is written.
    """

    number: int
    root: str
    split: str
    id: str
    path: str
    image: str | None = None
    missing: bool = False


def clips(seed: int, videos: int, flaws: bool) -> Iterator[Clip]:
    """The clips of a world, in order."""
    return (clip(seed, number, flaws) for number in range(videos))


def clip(seed: int, number: int, flaws: bool) -> Clip:
    """The clip of one number."""
    root, split = PARTS[number % len(PARTS)]
    if root == "charades":
        id = STRANGE_IDS.get(number) if flaws else None
        id = id or _code(_shuffled(seed, number, len(_DIGITS) ** 5))
        return Clip(number, root, split, id, f"{id}.mp4")
    if root == "video-r1":
        id = f"made_{number:06d}"
        return Clip(number, root, split, id, f"made/videos/{id}.mp4", f"made/images/{id}.png")
    id = str(10**9 + _shuffled(seed, number, 9 * 10**9))
    path = f"{int(id) % 1204:04d}/{id}.mp4"
    return Clip(number, root, split, id, path, missing=flaws and number == MISSING_VIDEO)


def _shuffled(seed: int, number: int, size: int) -> int:
    """A number below `size`, another one for each `number` below `size`: 7919 divides none."""
    return (number * 7919**2 + random.Random(f"{seed}/ids").randrange(size)) % size


def _code(number: int) -> str:
    """Five characters, as Charades names its videos."""
    code = ""
    for _ in range(5):
        number, digit = divmod(number, len(_DIGITS))
        code = _DIGITS[digit] + code
    return code
