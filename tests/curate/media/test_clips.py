"""Every real clip against its expected verdict, `clips.json`, one row a file.

`why` says, for a file that cannot be read or whose facts are not ffprobe's, what it is about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curate.media import Pool, Probe, Request, Sampled
from schemas.errors import MediaError
from schemas.frames import PRESETS, Uniform, choose
from tests.curate.media.luma import luma_hashes

CLIPS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("clips.json").read_text())
READABLE = {name: row for name, row in CLIPS.items() if "reason" not in row}
PROBED = ("frames", "width", "height", "rotation", "variable_rate", "audio", "codec")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Two workers."""
    with Pool(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    """The real clips."""
    return shared / "videos"


@pytest.fixture(scope="module")
def probes(pool: Pool, folder: Path) -> dict[str, Probe | MediaError]:
    """The verdict on each clip."""
    found = dict(pool.probe([folder / name for name in CLIPS]))
    return {path.relative_to(folder).as_posix(): result for path, result in found.items()}


def test_every_clip_has_a_row(folder: Path) -> None:
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert len(files) == 71 and files == set(CLIPS)


@pytest.mark.parametrize("name", CLIPS)
def test_probing(name: str, probes: dict[str, Probe | MediaError]) -> None:
    row, probe = CLIPS[name], probes[name]
    if "reason" in row:
        assert isinstance(probe, MediaError), "it can be read"
        assert (probe.reason, bool(row["why"])) == (row["reason"], True)
        assert probe.file is not None and probe.file.endswith(name)
        return
    assert isinstance(probe, Probe), probe
    facts = (*PROBED, "pixel_format")
    assert {fact: getattr(probe, fact) for fact in facts} == {fact: row[fact] for fact in facts}
    assert row["first_s"] == 0
    assert probe.last_s == pytest.approx(row["last_s"], abs=1e-5)
    assert probe.duration_s == pytest.approx(row["duration_s"], abs=1e-5)


@pytest.mark.parametrize("name", READABLE)
def test_decoded_pictures(name: str, folder: Path) -> None:
    assert luma_hashes(str(folder / name)) == READABLE[name]["luma"]


def test_sampling(pool: Pool, folder: Path, probes: dict[str, Probe | MediaError]) -> None:
    _, budget = PRESETS["video-r1"]
    plan, seen = Uniform(64), set[str]()
    for request, result in pool.sample(Request(folder / name, plan, budget) for name in CLIPS):
        name = Path(request.path).relative_to(folder).as_posix()
        row, seen = CLIPS[name], seen | {name}
        if "reason" in row:
            assert isinstance(result, MediaError) and result.reason == row["reason"]
            continue
        assert isinstance(result, Sampled), result
        assert len(result.frames) == min(64, row["frames"])
        size = budget.resized(row["height"], row["width"], len(result.frames))
        assert result.frames.shape[1:] == (*size, 3)
        assert result.tokens == budget.tokens(*size, len(result.frames))
        assert result.times_s[0] == 0 and result.indexes[-1] == row["frames"] - 1
        assert result.times_s[-1] == pytest.approx(row["last_s"], abs=1e-5)
        if not row["variable_rate"]:
            step_s = row["last_s"] / max(row["frames"] - 1, 1)
            times_s = [index * step_s for index in range(row["frames"])]
            apart = zip(result.indexes, choose(plan, times_s, row["duration_s"]), strict=True)
            assert all(abs(ours - even) <= 1 for ours, even in apart)
    assert seen == set(CLIPS)


# Where the table's facts are not ffprobe's; the row's `why` says what is the matter.
DIFFERENT_TIMES = {"llamafactory/2.avi", "mmaction2/test.avi"}
DIFFERENT_RATE = {"moviepy/no_duration.webm"}


def test_the_table_against_ffprobe(shared: Path) -> None:
    facts = json.loads((shared / "videos_probe.json").read_text())
    different = {"times": set(), "rate": set(), "else": set()}  # type: dict[str, set[str]]
    for name, row in CLIPS.items():
        theirs = facts[f"videos/{name}"]
        if "reason" in row:
            assert theirs["decoded"] == 0
            continue
        stored = [theirs["w"], theirs["h"]]
        shown = stored if row["rotation"] % 180 == 0 else stored[::-1]
        turned = int(theirs["rot"] or 0) % 360
        same = (row["frames"], [row["width"], row["height"]], row["rotation"])
        if same != (theirs["decoded"], shown, turned):
            different["else"].add(name)
        if bool(theirs["vfr"]) != row["variable_rate"]:
            different["rate"].add(name)
        last_s = float(theirs["last_pts"] or 0) - float(theirs["start"])
        if abs(last_s - row["last_s"]) > 2e-3:
            different["times"].add(name)
    assert different == {"times": DIFFERENT_TIMES, "rate": DIFFERENT_RATE, "else": set()}
    assert all(CLIPS[name]["why"] for names in different.values() for name in names)


@pytest.mark.parametrize("decoder", ["decord", "opencv"])
def test_other_decoders_give_the_same_frames_of_every_clip(
    decoder: str, pool: Pool, folder: Path
) -> None:
    pytest.importorskip({"decord": "decord", "opencv": "cv2"}[decoder])
    wanted = [Request(folder / name, Uniform(6), PRESETS["video-r1"][1]) for name in READABLE]
    ours = {request.path: result for request, result in pool.sample(wanted)}
    theirs = [Request(r.path, r.plan, r.budget, decoder=decoder) for r in wanted]
    for request, result in pool.sample(theirs):
        expected = ours[request.path]
        assert isinstance(result, Sampled) and isinstance(expected, Sampled), result
        assert (result.indexes, result.times_s) == (expected.indexes, expected.times_s)
        assert result.frames.shape == expected.frames.shape
        if result.decoder.startswith("pyav") or "dynamic range" in str(result.notes):
            continue
        # Colour and scaling differ in the last bits, HDR by tone mapping; frames do not.
        apart = abs(result.frames.astype(int) - expected.frames).mean(axis=(1, 2, 3))
        limit = 40 if "dolbyVision" in str(request.path) else 6
        assert apart.max() < limit, (request.path, apart)
