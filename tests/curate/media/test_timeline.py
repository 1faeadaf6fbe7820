from fractions import Fraction

import pytest

from curate.media.timeline import timeline

MS = Fraction(1, 1000)


def test_times_count_from_the_first_frame() -> None:
    times = timeline([128, 170, 212, 254], 42, MS, None)
    assert times.times_s == [0.0, 0.042, 0.084, 0.126]
    assert times.duration_s == pytest.approx(0.168)
    assert not times.variable and times.fps == pytest.approx(4 / 0.168)


@pytest.mark.parametrize(
    ("stamps", "variable"),
    [
        ([0, 33, 67, 100, 133], False),  # 30 fps on a clock of milliseconds
        ([0, 42, 83, 125, 167], False),
        ([0, 33, 67, 200, 233], True),
        ([0, 1, 2, 3, 5], True),  # one tick a frame, and a gap of one
    ],
)
def test_a_rate_is_variable_beyond_rounding(stamps: list[int], variable: bool) -> None:
    assert timeline(stamps, 33, MS, None).variable is variable


def test_a_constant_rate_is_exact_in_spite_of_rounding() -> None:
    stamps = [round(index * 1000 / 30) for index in range(300)]
    step_s = timeline(stamps, 33, MS, None).step_s
    assert step_s is not None and 1 / step_s == pytest.approx(30, abs=2e-3)


@pytest.mark.parametrize(("last", "end_s"), [(0, 0.16), (1, 0.16), (20, 0.14), (400, 0.52)])
def test_the_last_frame_lasts_as_long_as_it_says(last: int, end_s: float) -> None:
    # Nothing said, or one tick in its place, is the usual step.
    assert timeline([0, 40, 80, 120], last, MS, None).duration_s == pytest.approx(end_s)


def test_a_single_frame_lasts_as_its_rate_says() -> None:
    assert timeline([0], 0, MS, Fraction(25)).duration_s == pytest.approx(0.04)
    assert timeline([0], 0, MS, None).duration_s == 0
    assert timeline([0], 0, MS, None).fps is None


def test_times_never_run_backward_and_it_is_said() -> None:
    times = timeline([0, 40, 20, 80], 40, MS, None)
    assert times.times_s == [0.0, 0.04, 0.04, 0.08]
    assert "1 times run backward" in times.notes[0]


def test_without_times_frames_are_counted() -> None:
    times = timeline([None, None, None], 0, MS, Fraction(25))
    assert times.times_s == pytest.approx([0, 0.04, 0.08])
    assert times.duration_s == pytest.approx(0.12) and "25 fps" in times.notes[0]
    assert "take the one before" in timeline([None, 40, None], 40, MS, None).notes[0]


def test_order_of_packets_stands_in_for_times_of_showing() -> None:
    # An AVI with B-frames and an empty slot: what FFmpeg makes up runs backward.
    times = timeline([1, 4, 3, 5], 1, Fraction(1, 25), Fraction(25), [0, 1, 3, 4])
    assert times.times_s == pytest.approx([0, 0.04, 0.12, 0.16])
    assert times.duration_s == pytest.approx(0.2) and len(times.notes) == 1
    lost = timeline([1, 4, 3], 1, Fraction(1, 25), Fraction(25), [0, 1, 3, 4])
    assert lost.times_s == pytest.approx([0, 0.04, 0.08])
