import pickle
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigError, MediaError
from schemas.frames import (
    PRESETS,
    Budget,
    Count,
    Dense,
    Fps,
    Plan,
    Size,
    Times,
    Uniform,
    choose,
    counts,
    needed_s,
)


def constant(frames: int, fps: float) -> tuple[list[float], float]:
    """Times and duration of a video of constant frame rate."""
    return [index / fps for index in range(frames)], frames / fps


@st.composite
def timelines(draw: st.DrawFn) -> tuple[list[float], float]:
    """Sorted times from 0, repeats allowed, and the end of the last frame."""
    steps = draw(st.lists(st.integers(0, 400), max_size=80))
    times, now = [0.0], 0
    for step in steps:
        now += step
        times.append(now / 1000)
    return times, times[-1] + draw(st.integers(1, 400)) / 1000


def spans() -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    ends = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda e: e[0] < e[1])
    return st.lists(ends.map(lambda e: (e[0] / 100, e[1] / 100)), max_size=5).map(tuple)


PLANS = st.one_of(
    st.integers(1, 70).map(Uniform),
    st.builds(Fps, st.floats(0.1, 40), st.integers(8, 64), st.integers(1, 8)),
    st.lists(st.floats(-5, 50), min_size=1, max_size=20).map(lambda t: Times(tuple(t))),
    st.builds(Dense, spans(), st.integers(1, 70), st.floats(0, 1)),
)


@given(PLANS, timelines(), st.floats(0, 20), st.floats(0.001, 20))
def test_every_plan_gives_sorted_indexes_of_frames_that_are_there(
    plan: Plan, video: tuple[list[float], float], start_s: float, length_s: float
) -> None:
    times_s, duration_s = video
    for excerpt in ((None, None), (start_s, start_s + length_s)):
        if excerpt[0] is not None and excerpt[0] >= duration_s:
            continue
        chosen = choose(plan, times_s, duration_s, *excerpt)
        assert chosen, "never no frame at all"
        assert chosen == sorted(set(chosen))
        assert chosen[0] >= 0 and chosen[-1] < len(times_s)


@given(timelines(), spans(), st.integers(1, 70), st.floats(0, 1))
def test_dense_gives_its_budget_or_all_frames(
    video: tuple[list[float], float],
    spans: tuple[tuple[float, float], ...],
    total: int,
    inside: float,
) -> None:
    times_s, duration_s = video
    chosen = Dense(spans, total, inside).indexes(times_s, duration_s)
    assert len(chosen) == min(total, len(times_s))


@given(timelines(), st.integers(1, 70))
def test_uniform_gives_n_frames_or_all(video: tuple[list[float], float], n: int) -> None:
    times_s, duration_s = video
    assert len(Uniform(n).indexes(times_s, duration_s)) == min(n, len(times_s))


@pytest.mark.parametrize(
    ("frames", "n", "expected"),
    [
        # numpy.linspace(0, frames - 1, n).round(), worked out apart from this code.
        (919, 8, [0, 131, 262, 393, 525, 656, 787, 918]),
        # Half-way between two frames the earlier is taken.
        (100, 5, [0, 25, 49, 74, 99]),
        (10, 3, [0, 4, 9]),
        (3, 8, [0, 1, 2]),
        (1, 1, [0]),
        (9, 1, [4]),
    ],
)
def test_uniform_at_a_constant_rate(frames: int, n: int, expected: list[int]) -> None:
    assert Uniform(n).indexes(*constant(frames, 25)) == expected


def test_uniform_is_even_in_time_not_in_frames() -> None:
    # 10 frames in the first second, then one a second.
    times_s = [index / 10 for index in range(10)] + [1.0, 2.0, 3.0, 4.0]
    chosen = Uniform(5).indexes(times_s, 5.0)
    assert [times_s[index] for index in chosen] == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("seconds", "fps", "plan", "count"),
    [
        (30, 30, Fps(2.0, max_frames=16), 16),
        (5, 30, Fps(2.0, max_frames=16), 10),
        (5.5, 30, Fps(2.0, max_frames=16), 10),
        (1, 30, Fps(2.0), 4),
        (400, 1, Fps(2.0), 400),
        (600, 30, Fps(2.0), 768),
        (1, 3, Fps(2.0), 2),
        (1, 1, Fps(2.0), 1),
    ],
)
def test_fps_counts_as_the_papers_do(seconds: float, fps: int, plan: Fps, count: int) -> None:
    assert len(plan.indexes(*constant(int(seconds * fps), fps))) == count


def test_times_give_the_frame_on_screen() -> None:
    times_s, duration_s = [0.0, 0.1, 0.2, 1.0], 1.1
    assert Times((0.3 - 0.1, 0.15, 0.99, -1.0, 50.0)).indexes(times_s, duration_s) == [0, 1, 2, 3]


def test_dense_is_dense_inside_and_sparse_outside() -> None:
    times_s, duration_s = constant(1000, 10)
    chosen = Dense(((0.4, 0.5),), total=64, inside=0.5).indexes(times_s, duration_s)
    inside = [index for index in chosen if 400 <= index < 500]
    assert len(chosen) == 64 and len(inside) == 32
    assert chosen[0] == 0 and chosen[-1] == 999
    assert inside[0] == 400 and inside[-1] == 499


def test_dense_keeps_to_its_rate_and_merges_spans() -> None:
    times_s, duration_s = constant(1000, 10)
    short = Dense(((0.40, 0.41), (0.405, 0.42)), total=64, max_fps=2.0)
    # Two seconds of span at 2 frames a second.
    assert sum(400 <= i < 420 for i in short.indexes(times_s, duration_s)) == 4


def test_dense_shows_a_span_that_lies_between_two_frames() -> None:
    times_s = [float(second) for second in range(100)]
    chosen = Dense(((0.501, 0.504),), total=4).indexes(times_s, 100.0)
    assert 50 in chosen and len(chosen) == 4


def test_an_excerpt_is_a_video_of_its_own() -> None:
    times_s, duration_s = constant(300, 30)
    assert choose(Uniform(3), times_s, duration_s, 2.0, 4.0) == [60, 89, 119]
    assert choose(Times((0.5,)), times_s, duration_s, 2.0, 4.0) == [75]
    assert choose(Uniform(9), times_s, duration_s, 2.01, 2.02) == [60]
    assert choose(Uniform(2), times_s, duration_s, 9.0, 99.0) == [270, 299]
    assert choose(Uniform(2), times_s, duration_s, None, 1.0) == [0, 29]


@pytest.mark.parametrize(("start_s", "end_s"), [(10.0, 12.0), (3.0, 3.0), (-1.0, 2.0), (4.0, 3.0)])
def test_an_excerpt_outside_the_video_is_refused(start_s: float, end_s: float) -> None:
    with pytest.raises(MediaError, match="not inside") as caught:
        choose(Uniform(2), *constant(300, 30), start_s, end_s)
    assert caught.value.reason == "bad_excerpt"


@given(timelines(), PLANS, st.floats(0, 3), st.floats(0.1, 3))
def test_frames_after_the_needed_time_change_nothing(
    video: tuple[list[float], float], plan: Plan, start_s: float, length_s: float
) -> None:
    times_s, duration_s = video
    end_s = start_s + length_s
    if start_s >= duration_s:
        return
    # Decoding stops with the first frame that starts after the needed time.
    last = bisect_left(times_s, needed_s(plan, start_s, end_s) + 1e-9)
    if last + 1 >= len(times_s):
        return
    cut = times_s[: last + 1]
    whole = choose(plan, times_s, duration_s, start_s, end_s)
    assert choose(plan, cut, times_s[last + 1], start_s, end_s) == whole


SIDES = st.integers(1, 4000)


@given(
    SIDES, SIDES, st.integers(1, 768), st.sampled_from([budget for _, budget in PRESETS.values()])
)
def test_a_budget_is_never_exceeded(height: int, width: int, frames: int, budget: Budget) -> None:
    try:
        shown = budget.resized(height, width, frames)
    except MediaError as error:
        assert error.reason == "bad_shape" and max(height, width) > 200 * min(height, width)
        return
    assert shown.height % budget.patch == shown.width % budget.patch == 0
    assert min(shown) > 0 and shown.height * shown.width <= budget.max_pixels
    if budget.max_tokens is not None:
        assert budget.tokens(*shown, frames) <= budget.max_tokens


@pytest.mark.parametrize(
    ("size", "budget", "expected"),
    [
        # The published rule by hand: round to 28; above the bound, floor(side / sqrt(hw / max)).
        ((1080, 1920), Budget(128 * 784, 4 * 784), (224, 420)),
        ((480, 640), Budget(256 * 784, 4 * 784), (364, 504)),
        ((100, 150), Budget(256 * 784, 4 * 784), (112, 140)),
        ((28, 28), Budget(256 * 784, 16 * 784), (112, 112)),
        ((480, 640), Budget(256 * 1024, 4 * 1024, patch=32), (416, 576)),
        # One side cannot shrink below a token; the other gives way.
        ((20, 4000), Budget(16 * 784, 784), (28, 448)),
    ],
)
def test_resizing_by_hand(size: tuple[int, int], budget: Budget, expected: tuple[int, int]) -> None:
    assert budget.resized(*size, 16) == expected


def test_tokens_of_a_video_bound_the_size_of_its_frames() -> None:
    _, budget = PRESETS["temporal-rlt-2048"]
    assert budget.tokens(*budget.resized(720, 1280, 60), 60) <= 2048
    assert budget.tokens(*budget.resized(720, 1280, 768), 768) <= 2048
    assert budget.resized(720, 1280, 4) > budget.resized(720, 1280, 600)
    assert Budget(784, 784).tokens(56, 84, 3) == 2 * 2 * 3


def test_more_frames_than_tokens_allow_are_an_error_with_a_cure() -> None:
    with pytest.raises(MediaError, match="more than 2048 tokens") as caught:
        PRESETS["temporal-rlt-2048"][1].resized(720, 1280, 1100)
    assert (caught.value.reason, caught.value.hint) == ("over_budget", "sample fewer frames")


def test_texts_are_stable_and_tell_plans_apart() -> None:
    assert Uniform(64).text() == "uniform(n=64)"
    assert Fps(2).text() == Fps(2.0).text()
    assert Fps(2.0).text() == "fps(fps=2.0,max_frames=768,min_frames=4,multiple=2)"
    assert Times((0.5, 1)).text() == "times(times_s=(0.5,1.0))"
    assert Dense(((0, 0.5),), 64).text() == (
        "dense(spans=((0.0,0.5)),total=64,inside=0.5,max_fps=6.0)"
    )
    assert Budget(784, 784).text() == (
        "budget(max_pixels=784,min_pixels=784,max_tokens=None,patch=28,temporal_patch=2)"
    )
    texts = [plan.text() + budget.text() for plan, budget in PRESETS.values()]
    assert len(set(texts)) == len(PRESETS)


def test_plans_cross_process_borders() -> None:
    for plan, budget in PRESETS.values():
        assert pickle.loads(pickle.dumps((plan, budget))) == (plan, budget)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Uniform(0),
        lambda: Fps(0.0),
        lambda: Fps(2.0, max_frames=2),
        lambda: Times(()),
        lambda: Times((float("nan"),)),
        lambda: Dense(((0.5, 0.2),), 8),
        lambda: Dense(((0.5, 1.2),), 8),
        lambda: Budget(100, 784),
        lambda: Budget(784, 784, max_tokens=0),
    ],
)
def test_plans_that_make_no_sense_are_refused(make: object) -> None:
    with pytest.raises(ConfigError, match="frame plan or budget"):
        make()  # type: ignore[operator]


def test_the_budgets_of_the_papers() -> None:
    times_s, duration_s = constant(30 * 60, 30)
    counts = {name: len(plan.indexes(times_s, duration_s)) for name, (plan, _) in PRESETS.items()}
    assert counts["video-r1"] == 16 and counts["video-r1-eval-64"] == 64
    assert counts["temporal-rlt-2048"] == 120
    assert (counts["videoreasoner-sft"], counts["videoreasoner-rl"]) == (64, 80)
    assert PRESETS["video-r1"][1].max_pixels == 128 * 28 * 28
    assert PRESETS["video-r1-eval-16"][1].max_pixels == 256 * 28 * 28
    assert PRESETS["temporal-rlt-4096"][1].max_tokens == 4096
    assert PRESETS["temporal-rlt-4096"][1].min_pixels == 4 * 28 * 28
    assert isinstance(PRESETS["video-r1"][1].resized(480, 640, 16), Size)


def test_counts_are_those_of_the_plans_and_budgets() -> None:
    times_s = [n / 10 for n in range(100)]
    found = counts(times_s, 10.0, 240, 320)
    assert set(found) == set(PRESETS)
    # 320x240 rounds to 308x252 or 336x252 (11 or 12 by 9 tokens); 16 frames are 8 groups.
    assert found["video-r1-eval-16"] == Count(16, 8 * 9 * 11)
    assert found["temporal-rlt-2048"].frames == 20
    assert found["temporal-rlt-2048"].tokens <= 2048
    assert counts([0.0], 0.0, 240, 320)["video-r1"].frames == 1
    assert counts(times_s, 10.0, 2, 1000) == {}
