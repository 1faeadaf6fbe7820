from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.media.probing import probe
from curate.media.results import Request
from curate.media.sampling import sample
from schemas.errors import MediaError
from schemas.frames import Budget, Uniform

BUDGET = Budget(max_pixels=64 * 784, min_pixels=784)


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A JPEG of 60x40, left half red, that says it is to be turned clockwise to be shown."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "halves.jpg"
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    return path


def test_an_image_is_shown_upright(halves: Path) -> None:
    facts = probe(halves)
    assert (facts.kind, facts.width, facts.height) == ("image", 40, 60)
    assert (facts.frames, facts.duration_s, facts.fps, facts.rotation) == (1, None, None, 270)
    sampled = sample(Request(halves, Uniform(8)))
    assert sampled.frames.shape == (1, 60, 40, 3)
    # Turned clockwise, what was left is on top.
    assert sampled.frames[0, 5, 20, 0] > 200 and sampled.frames[0, 55, 20, 0] < 50
    assert (sampled.times_s, sampled.indexes) == ((0.0,), (0,))
    assert sampled.decoder.startswith("pillow ")


def test_an_image_under_a_budget(halves: Path) -> None:
    sampled = sample(Request(halves, Uniform(8), BUDGET))
    assert sampled.size == BUDGET.resized(60, 40, 1) == (56, 28)
    assert sampled.frames.shape == (1, 56, 28, 3) and sampled.tokens == 2


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(path)
    sampled = sample(Request(path, Uniform(1)))
    assert sampled.frames.min() == 255
    assert sampled.notes == ("transparent parts are shown on white",)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "mode.tiff"
    Image.new(mode, (30, 20), 1).save(path)
    assert sample(Request(path, Uniform(1))).frames.shape == (1, 20, 30, 3)


def test_a_damaged_image_and_a_bomb_are_refused(halves: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(halves.read_bytes()[:200])
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    for path in (cut, bomb):
        with pytest.raises(MediaError, match="the image cannot be read") as caught:
            probe(path)
        assert caught.value.reason == "unreadable" and caught.value.file == str(path)


def test_a_gif_is_a_video(tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    first, *rest = [Image.new("L", (32, 32), 60 * index) for index in range(4)]
    first.save(path, save_all=True, append_images=rest, duration=100)
    facts = probe(path)
    assert (facts.kind, facts.frames) == ("video", 4)
    assert facts.duration_s == pytest.approx(0.4)


def test_real_images(shared: Path) -> None:
    paths = [p for p in (shared / "images").rglob("*") if p.suffix in {".png", ".jpg", ".jpeg"}]
    assert len(paths) >= 10
    for path in paths:
        facts = probe(path)
        sampled = sample(Request(path, Uniform(1), BUDGET))
        assert facts.kind == "image"
        assert sampled.size == BUDGET.resized(facts.height, facts.width, 1)
