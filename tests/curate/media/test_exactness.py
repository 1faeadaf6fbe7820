"""That a frame asked for is the frame given: read from the pictures themselves."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from curate.media.probing import probe
from curate.media.results import Request, Sampled
from curate.media.sampling import sample
from schemas.frames import Budget, Dense, Fps, Plan, Times, Uniform, choose
from tests.curate.media.made import HEIGHT, VIDEOS, WIDTH, Made, make, read

PLANS: dict[str, Plan] = {
    "uniform": Uniform(16),
    "fps": Fps(4.0, max_frames=24),
    "times": Times((0.0, 0.7, 1.0, 2.95, 100.0)),
    "dense": Dense(((0.3, 0.4), (0.8, 0.9)), total=24),
    "all": Uniform(1000),
}
MODULES = {"pyav": "av", "decord": "decord", "opencv": "cv2", "torchcodec": "torchcodec"}
DECODERS = [
    pytest.param(name, marks=[pytest.mark.decoders] if name == "torchcodec" else [])
    for name in MODULES
]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The made videos by name."""
    folder = tmp_path_factory.mktemp("made")
    return {name: make(folder / (name + made.suffix), made) for name, made in VIDEOS.items()}


@pytest.fixture(params=DECODERS)
def decoder(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of each decoder that is installed."""
    name: str = request.param
    if importlib.util.find_spec(MODULES[name]) is None:
        pytest.skip(f"{name} is not installed")
    yield name


def exact(sampled: Sampled) -> list[int]:
    """The numbers in the pictures, which must be the indexes."""
    numbers = [read(frame) for frame in sampled.frames]
    assert numbers == list(sampled.indexes)
    return numbers


@pytest.mark.parametrize("name", VIDEOS)
def test_frames_are_exact(name: str, decoder: str, videos: dict[str, Path]) -> None:
    times_s = VIDEOS[name].times_s()
    duration_s = probe(videos[name]).duration_s
    assert duration_s is not None
    for plan in PLANS.values():
        sampled = sample(Request(videos[name], plan, decoder=decoder))
        assert exact(sampled) == choose(plan, times_s, duration_s)
        assert sampled.times_s == pytest.approx([times_s[i] for i in sampled.indexes], abs=1e-3)
        assert sampled.size == (HEIGHT, WIDTH) == sampled.frames.shape[1:3]


@pytest.mark.parametrize("name", ["b_frames", "rotated_90", "hevc_10_bit", "variable"])
def test_frames_are_exact_when_resized(name: str, decoder: str, videos: dict[str, Path]) -> None:
    budget = Budget(max_pixels=16 * 784, min_pixels=784)
    sampled = sample(Request(videos[name], Uniform(9), budget, decoder=decoder))
    exact(sampled)
    assert sampled.frames.shape == (9, 56, 112 + 28, 3)
    assert sampled.tokens == 5 * 2 * 5


@pytest.mark.parametrize("name", ["b_frames", "long_gop", "variable", "mpeg4_avi", "vp9"])
def test_excerpts_are_exact(name: str, decoder: str, videos: dict[str, Path]) -> None:
    times_s = VIDEOS[name].times_s()
    request = Request(videos[name], Uniform(5), decoder=decoder, start_s=1.0, end_s=2.0)
    numbers = exact(sample(request))
    assert len(numbers) == 5
    assert numbers[0] == next(i for i, time_s in enumerate(times_s) if time_s >= 1 - 1e-6)
    assert times_s[numbers[-1]] < 2


@pytest.mark.parametrize("name", VIDEOS)
def test_a_probe_tells_what_was_made(name: str, videos: dict[str, Path]) -> None:
    made, facts = VIDEOS[name], probe(videos[name])
    assert (facts.frames, facts.width, facts.height) == (made.frames, WIDTH, HEIGHT)
    assert facts.last_s == pytest.approx(made.times_s()[-1], abs=1e-3)
    assert facts.variable_rate == made.variable
    assert facts.rotation == made.rotation % 360
    assert facts.kind == "video" and not facts.audio
    if not made.variable:
        assert facts.duration_s == pytest.approx(made.frames / 30, abs=2e-3)
        assert facts.fps == pytest.approx(30, abs=0.05)
        assert facts.fps_real == pytest.approx(30, abs=0.05)


def test_decord_hands_open_groups_of_pictures_to_pyav(videos: dict[str, Path]) -> None:
    pytest.importorskip("decord")
    sampled = sample(Request(videos["hevc_open_gop"], Uniform(64), decoder="decord"))
    assert sampled.decoder.startswith("pyav ")
    assert any("shown before their key frame" in note for note in sampled.notes)
    exact(sampled)
    plain = sample(Request(videos["constant"], Uniform(4), decoder="decord"))
    assert plain.decoder.startswith("decord ") and not plain.notes


def test_decord_hands_edit_lists_to_pyav(shared: Path) -> None:
    pytest.importorskip("decord")
    path = shared / "videos/hf_datasets/test_video_66x50.mov"
    sampled = sample(Request(path, Uniform(8), decoder="decord"))
    assert sampled.decoder.startswith("pyav ")
    assert any("edit list" in note for note in sampled.notes)
    assert sampled.indexes[-1] == 81


def test_a_damaged_packet_costs_its_frame_only(videos: dict[str, Path], tmp_path: Path) -> None:
    data = bytearray(videos["constant"].read_bytes())
    # The media data come first in the file; a run of zeros there breaks some packets.
    start = data.index(b"mdat") + len(data) // 2
    data[start : start + 600] = bytes(600)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data)
    facts = probe(broken)
    assert 0 < facts.frames <= VIDEOS["constant"].frames
    assert any("cannot be decoded" in n or "damaged" in n for n in facts.notes)
    sampled = sample(Request(broken, Uniform(1000)))
    assert len(sampled.frames) == facts.frames and sampled.notes


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    # Matroska can be read from its front; its second half is cut off.
    whole = Made(suffix=".mkv", options={"bf": "0"})
    data = make(tmp_path / "whole.mkv", whole).read_bytes()
    short = tmp_path / "short.mkv"
    short.write_bytes(data[: len(data) // 2])
    facts = probe(short)
    assert 0 < facts.frames < whole.frames
    assert any("the header states 5 s" in note for note in facts.notes)
    sampled = sample(Request(short, Uniform(7)))
    assert exact(sampled)[-1] == facts.frames - 1


def test_the_burnt_in_counter_of_a_real_clip_is_the_index(shared: Path, decoder: str) -> None:
    path = shared / "videos/dali_extra/cfr.mov"
    digits = _digits(sample(Request(path, Uniform(10), end_s=10 / 60)).frames)
    times_s = (0.0, 0.25, 0.51, 1.0, 1.75, 2.0, 2.05, 2.5, 2.99)
    sampled = sample(Request(path, Times(times_s), decoder=decoder))
    assert [_number(frame, digits) for frame in sampled.frames] == list(sampled.indexes)
    assert list(sampled.indexes) == [0, 15, 30, 60, 105, 120, 123, 150, 179]


def _glyphs(frame: NDArray[np.uint8]) -> list[NDArray[np.bool_]]:
    """The white figures on the blue ground, cut out, from left to right."""
    white = frame[:, :, 0] > 128
    inked = np.flatnonzero(white.any(axis=0)).tolist()
    runs = groupby(enumerate(inked), key=lambda pair: pair[1] - pair[0])
    columns = [[column for _, column in run] for _, run in runs]
    cut = [white[:, run[0] : run[-1] + 1] for run in columns]
    return [glyph[glyph.any(axis=1)] for glyph in cut]


def _scaled(glyph: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows, columns = (np.arange(24) * size // 24 for size in glyph.shape)
    return glyph[np.ix_(rows, columns)]


def _digits(frames: NDArray[np.uint8]) -> list[NDArray[np.bool_]]:
    return [_scaled(_glyphs(frame)[0]) for frame in frames]


def _number(frame: NDArray[np.uint8], digits: list[NDArray[np.bool_]]) -> int:
    """The number in a frame, by the nearest of ten digits for each figure."""
    figures = [
        min(range(10), key=lambda d: int((digits[d] ^ _scaled(glyph)).sum()))
        for glyph in _glyphs(frame)
    ]
    return int("".join(map(str, figures)))
