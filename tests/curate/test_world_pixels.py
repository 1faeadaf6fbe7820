"""What the truth of a made world says is what its decoded pixels show, when it says so."""

from pathlib import Path

import pytest

pytest.importorskip("av")
pytest.importorskip("numpy")
pytest.importorskip("PIL")

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from curate.world import Clip, Scene, World, make_world
from curate.world.scene import COLOURS, OPPOSITES, Actor

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.int16]
Times = npt.NDArray[np.float64]
Decoded = list[tuple[Clip, Scene, Times, Pixels]]

VISIBLE = 40  # of 255 levels, far above what compression does
FEW = 6  # pixels


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), seed=0, videos=12)


def decoded(path: Path) -> tuple[Times, Pixels]:
    """Times (T,) in seconds and frames (T, height, width, 3)."""
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
    times: Times = np.array([frame.time for frame in frames])
    pixels: Pixels = np.array([frame.to_ndarray(format="rgb24") for frame in frames], np.uint8)
    return times, pixels


def cell(pixels: Pixels, scene: Scene, number: int) -> Pixels:
    left, top, right, bottom = scene.canvas.box(number)
    return pixels[:, top:bottom, left:right].astype(np.int16)


def differing(frames: Pixels, reference: Pixels) -> npt.NDArray[np.int64]:
    """Pixels of each frame (T,) that differ visibly from the reference."""
    visible = np.abs(frames - reference).max(axis=-1) > VISIBLE
    counts: npt.NDArray[np.int64] = visible.sum(axis=(1, 2))
    return counts


@pytest.fixture(scope="module")
def videos(world: World) -> Decoded:
    return [(c, world.scene(c), *decoded(world.video_path(c))) for c in world.clips()]


def test_the_files_are_h264_of_the_stated_size_rate_and_length(
    world: World, videos: Decoded
) -> None:
    for clip, scene, times, pixels in videos:
        assert pixels.shape[1:] == (scene.canvas.height, scene.canvas.width, 3)
        assert len(times) == scene.frames
        assert np.abs(times - np.arange(scene.frames) / float(scene.rate)).max() < 1e-3
        with av.open(str(world.video_path(clip))) as file:
            stream = file.streams.video[0]
            assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
            assert stream.average_rate == scene.rate
        assert 3 < scene.duration_s < 15


def test_each_change_is_seen_within_its_span_and_not_outside(videos: Decoded) -> None:
    for _, scene, times, pixels in videos:
        for actor in scene.actors:
            event = actor.change
            shown = cell(pixels, scene, actor.look.cell)
            from_first, from_last = differing(shown, shown[0]), differing(shown, shown[-1])
            assert from_first[times <= event.start_s].max() < FEW, event
            assert from_last[times >= event.end_s].max() < FEW, event
            within = (times > event.start_s) & (times < event.end_s)
            slack = 0.55 * (event.end_s - event.start_s) + float(1 / scene.rate)
            began = times[within & (from_first >= FEW)].min()
            ended = times[within & (from_last >= FEW)].max()
            assert began - event.start_s <= slack, event
            assert event.end_s - ended <= slack, event


def recognised(actor: Actor, scene: Scene, shown: Pixels) -> str:
    """What the shape of a cell did, from its first and its last picture alone."""
    background = np.array(scene.canvas.background, np.int16)
    masks = [np.abs(picture - background).max(axis=-1) > VISIBLE for picture in shown[[0, -1]]]
    before, after = (mask.sum() for mask in masks)
    if not (before and after):
        return "vanish" if before else "appear"
    if not 0.7 < after / before < 1.4:
        return "grow" if after > before else "shrink"
    (y0, x0), (y1, x1) = (np.argwhere(mask).mean(axis=0) for mask in masks)
    if max(abs(x1 - x0), abs(y1 - y0)) > 3:
        if abs(x1 - x0) > abs(y1 - y0):
            return "right" if x1 > x0 else "left"
        return "down" if y1 > y0 else "up"
    tints = [np.median(shown[i][mask], axis=0) for i, mask in zip((0, -1), masks, strict=True)]
    return "recolour" if np.abs(tints[0] - tints[1]).max() > VISIBLE else "blink"


def test_each_change_is_of_the_kind_and_colour_told(videos: Decoded) -> None:
    kinds = set()
    for _, scene, _, pixels in videos:
        background = np.array(scene.canvas.background, np.int16)
        for actor in scene.actors:
            shown = cell(pixels, scene, actor.look.cell)
            kind = actor.change.kind
            assert recognised(actor, scene, shown) == kind
            assert recognised(actor, scene, shown[::-1]) == OPPOSITES.get(kind, kind)
            kinds.add(kind)
            for picture, colour, gone in (
                (shown[0], actor.look.colour, "appear"),
                (shown[-1], actor.becomes, "vanish"),
            ):
                if kind != gone:
                    mask = np.abs(picture - background).max(axis=-1) > 90
                    seen = np.median(picture[mask], axis=0)
                    nearest = min(COLOURS, key=lambda name: np.abs(seen - COLOURS[name]).sum())
                    assert nearest == colour
    assert len(kinds) >= 9


def test_digits_are_seen_within_their_spans_and_not_outside(videos: Decoded) -> None:
    for _, scene, times, pixels in videos:
        shown = cell(pixels, scene, scene.digit_cell)
        lit = differing(shown, np.array(scene.canvas.background, np.int16))
        inside = np.zeros(len(times), bool)
        for event in scene.digits:
            inside |= (times >= event.start_s) & (times < event.end_s)
        assert lit[inside].min() > 20
        assert lit[~inside].max() < FEW


def test_equal_digits_look_equal_and_others_do_not(videos: Decoded) -> None:
    for _, scene, times, pixels in videos:
        shown = cell(pixels, scene, scene.digit_cell)
        middles = [
            (e.kind, shown[np.abs(times - (e.start_s + e.end_s) / 2).argmin()])
            for e in scene.digits
        ]
        for digit, picture in middles:
            for other, against in middles:
                differ = differing(picture[None], against)[0]
                assert differ < 50 if digit == other else differ > 150


def test_images_show_their_colours_bar_and_dots(world: World) -> None:
    images = [clip for clip in world.clips() if clip.image]
    assert len(images) == 3
    for clip in images:
        still = world.still(clip)
        pixels = np.asarray(Image.open(world.media["video-r1"] / str(clip.image)))
        assert pixels.shape == (still.canvas.height, still.canvas.width, 3)
        for look in still.looks:
            left, top, right, bottom = still.canvas.box(look.cell)
            assert (pixels[top:bottom, left:right] == COLOURS[look.colour]).all(-1).sum() > 20
        _, bar, dots = (still.canvas.box(number) for number in still.cells)
        row = pixels[(bar[1] + bar[3]) // 2, bar[0] + 4 : bar[2] - 4]
        filled = (row[:, 1] > 150).mean() * 100
        assert abs(filled - still.percent) < 2.5
        white = (pixels[dots[1] : dots[3], dots[0] : dots[2]] > 200).all(-1).sum()
        assert white == still.dots * 16


def test_the_same_seed_gives_the_same_frames_however_many_are_made(
    world: World, tmp_path: Path
) -> None:
    again = make_world(tmp_path / "again", seed=0, videos=4)
    other = make_world(tmp_path / "other", seed=1, videos=1)
    for clip in again.clips():
        one, two = decoded(world.video_path(clip))[1], decoded(again.video_path(clip))[1]
        assert np.array_equal(one, two)
    assert [c.path for c in other.clips()] != [c.path for c in again.clips()][:1]
    (clip,) = other.clips()
    first = next(iter(world.clips()))
    assert not np.array_equal(
        decoded(other.video_path(clip))[1], decoded(world.video_path(first))[1]
    )
