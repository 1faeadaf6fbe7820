"""Making a world: its videos, images and annotation files, written below one folder."""

from __future__ import annotations

from pathlib import Path

from curate.world.formats import write_annotations
from curate.world.world import World
from schemas.errors import MissingExtra


def make_world(folder: Path, *, seed: int = 0, videos: int = 12, flaws: bool = False) -> World:
    """Write a world: videos and images below `media`, annotation files below `annotations`.

    The same seed gives the same annotation bytes and the same decoded frames; video i is the same
    however many are made. Twelve videos hold every set and split; fewer leave some files empty.

    Args:
        folder: made if it is not there; files of the same name are written over.
        seed: of everything.
        videos: how many, the images of Video-R1 not counted.
        flaws: put a few faults of published annotation into it; `World.flaws` lists them.

    Raises:
        MissingExtra: PyAV, NumPy or Pillow is not installed.
    """
    world = World(folder, seed, videos, flaws)
    try:
        from curate.world.draw import frames, still
        from curate.world.encode import write_image, write_video
    except ModuleNotFoundError as missing:
        hint = "pip install 'curate-video[media]'"
        raise MissingExtra(f"a world needs {missing.name}", hint=hint) from None

    for clip in world.clips():
        path = world.video_path(clip)
        if clip.missing:
            path.unlink(missing_ok=True)
            continue
        scene = world.scene(clip)
        write_video(path, frames(scene), scene.rate)
        if clip.image:
            write_image(path.parents[2] / clip.image, still(world.still(clip)))
    write_annotations(world)
    return world
