from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from curate.media import Pool, Request, Sampled
from curate.media.decoders import DECODERS, pyav
from curate.media.sampling import fingerprint, sample
from schemas.errors import MediaError, MissingExtra
from schemas.frames import Budget, Plan, Times, Uniform
from tests.curate.media.made import Made, make, read


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds."""
    made = Made(frames=300, options={"bf": "3", "g": "60"})
    return make(tmp_path_factory.mktemp("sampling") / "clip.mp4", made)


def test_the_fingerprint_covers_what_determines_the_frames(clip: Path, tmp_path: Path) -> None:
    budget = Budget(784 * 16, 784)
    request = Request(clip, Uniform(4), budget)
    plain = sample(request)
    copy = tmp_path / "elsewhere.mp4"
    copy.write_bytes(clip.read_bytes())
    assert sample(replace(request, path=copy)).fingerprint == plain.fingerprint
    others = [
        replace(request, plan=Uniform(5)),
        replace(request, budget=None),
        replace(request, budget=Budget(784 * 15, 784)),
        replace(request, start_s=1.0),
        replace(request, end_s=4.0),
        replace(request, decoder="opencv"),
    ]
    prints = {sample(other).fingerprint for other in others} | {plain.fingerprint}
    assert len(prints) == len(others) + 1
    content, decoder = plain.sha256, plain.decoder
    assert fingerprint(request, content, decoder) == plain.fingerprint
    assert fingerprint(request, content, decoder + ".1") != plain.fingerprint
    assert fingerprint(request, content[::-1], decoder) != plain.fingerprint


@pytest.mark.parametrize(
    ("plan", "start_s", "end_s", "at_most"),
    [
        (Times((0.5, 1.0)), None, None, 40),
        (Uniform(4), 0.5, 2.0, 70),
        (Uniform(4), None, None, 300),
    ],
)
def test_decoding_stops_when_the_rest_is_of_no_account(
    plan: Plan,
    start_s: float | None,
    end_s: float | None,
    at_most: int,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes = []
    decoded = pyav.Decoding.timeline

    def counted(decoding: pyav.Decoding) -> object:
        passes.append(len(decoding.stamps))
        return decoded(decoding)

    monkeypatch.setattr(pyav.Decoding, "timeline", counted)
    sampled = sample(Request(clip, plan, start_s=start_s, end_s=end_s))
    assert [read(frame) for frame in sampled.frames] == list(sampled.indexes)
    assert len(passes) == 2 and passes[0] <= 5, "one frame for the size, then one pass"
    assert at_most - 20 <= passes[1] <= at_most


def test_packets_that_are_never_shown_cost_a_second_pass_and_no_frame(shared: Path) -> None:
    path = shared / "videos/exoplayer/roadtrip-vp92-10bit.webm"
    assert len(pyav.layout(str(path), decode=False).timeline.times_s) == 80
    sampled = sample(Request(path, Uniform(1000)))
    assert sampled.indexes == tuple(range(72)) and len(sampled.frames) == 72


def test_frames_that_do_not_fit_are_refused_with_a_cure(clip: Path) -> None:
    huge = Budget(max_pixels=2**31, min_pixels=2**30)
    with pytest.raises(MediaError, match=r"300 frames of .* GiB") as caught:
        sample(Request(clip, Uniform(300), huge))
    assert caught.value.reason == "too_large" and "budget" in (caught.value.hint or "")


def test_an_excerpt_past_the_end_names_the_file(clip: Path) -> None:
    with Pool(1) as pool:
        ((_, result),) = pool.sample([Request(clip, Uniform(4), start_s=11.0, end_s=12.0)])
    assert isinstance(result, MediaError) and result.reason == "bad_excerpt"
    assert str(result).startswith(str(clip))


EXTRAS = {"pyav": ("av", "media"), "decord": ("decord", "decord"), "opencv": ("cv2", "opencv"),
          "torchcodec": ("torchcodec", "torchcodec")}  # fmt: skip


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Hides a package."""
    spec = importlib.util.find_spec

    def hide(name: str) -> None:
        def found(wanted: str, package: str | None = None) -> object:
            return None if wanted.split(".")[0] == name else spec(wanted, package)

        monkeypatch.setattr(importlib.util, "find_spec", found)

    return hide


@pytest.mark.parametrize("decoder", EXTRAS)
def test_a_missing_package_is_named_with_its_extra(
    decoder: str, without: Callable[[str], None]
) -> None:
    package, extra = EXTRAS[decoder]
    without(package)
    with pytest.raises(MissingExtra, match=f"{package} is not installed") as caught:
        Pool(1, backend=decoder)
    assert caught.value.hint == f"pip install 'curate-video[{extra}]'"


def test_a_worker_without_the_package_says_so_too(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = "import sys\nsys.modules['decord'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(blocker)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool(1) as pool, pytest.raises(MissingExtra, match="decord is not installed"):
        list(pool.sample([Request(clip, Uniform(2), decoder="decord")]))


def test_the_decoders_are_found_by_name() -> None:
    assert {"pyav", "decord", "opencv", "torchcodec"} <= set(DECODERS.names())


def test_importing_the_package_imports_no_decoder() -> None:
    code = (
        "import sys, curate.media; "
        "print(sorted({'av', 'numpy', 'PIL', 'cv2', 'decord', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_pool_passes_on_its_decoder(clip: Path) -> None:
    pytest.importorskip("cv2")
    with Pool(1, backend="opencv") as pool:
        results = dict(
            pool.sample([Request(clip, Uniform(2)), Request(clip, Uniform(3), decoder="pyav")])
        )
    decoders = [r.decoder.split()[0] for r in results.values() if isinstance(r, Sampled)]
    assert decoders == ["opencv", "pyav"]
