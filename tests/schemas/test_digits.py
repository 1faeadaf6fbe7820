import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.digits import PUBLISHED_RATIO_DIGITS, RATIO_DIGITS, SECONDS_DIGITS, written
from schemas.interval import Interval, iou
from tests.schemas.records import long_spans

short_spans = st.builds(
    lambda start, length: Interval(start, min(start + length, 1.0)),
    st.floats(0, 0.999),
    st.floats(1e-9, 0.01),
)


def read(ends: tuple[str, str]) -> Interval:
    return Interval(float(ends[0]), float(ends[1]))


@pytest.mark.parametrize(
    ("span", "ends"),
    [
        ((0.43, 0.7), ("0.43", "0.70")),
        ((0.4321, 0.6999), ("0.43", "0.70")),
        ((0.432, 0.448), ("0.432", "0.448")),
        ((0.0, 1.0), ("0.00", "1.00")),
        ((1 / 3, 2 / 3), ("0.333", "0.667")),
        ((0.12344, 0.13456), ("0.1234", "0.1346")),
    ],
)
def test_the_fewest_digits_that_reach_it(span: tuple[float, float], ends: tuple[str, str]) -> None:
    assert written(Interval(*span), RATIO_DIGITS) == ends


def test_published_ratios_have_two_digits_whatever_they_cost() -> None:
    short = Interval(0.432, 0.448)
    ends = written(short, PUBLISHED_RATIO_DIGITS)
    assert ends == ("0.43", "0.45")
    assert iou(read(ends), short) == pytest.approx(0.8)


def test_seconds_begin_with_one_digit() -> None:
    assert written(Interval(12.0, 20.46), SECONDS_DIGITS) == ("12.0", "20.5")
    assert written(Interval(1.26, 2.01), SECONDS_DIGITS) == ("1.26", "2.01")


@given(long_spans)
def test_a_hundredth_of_the_video_is_always_told_to_0_99(span: Interval) -> None:
    ends = written(span, RATIO_DIGITS)
    assert iou(read(ends), span) >= 0.99
    assert 0 <= read(ends).start < read(ends).end <= 1
    shorter = [written(span, range(digits, digits + 1)) for digits in (2, 3)]
    near = [ends_ for ends_ in shorter if iou(read(ends_), span) >= 0.99]
    assert len(ends[0]) <= min([len(found[0]) for found in near], default=6)


@given(st.floats(0, 1e5), st.floats(0.01, 1e5))
def test_seconds_are_told_to_0_99_from_a_hundredth_of_a_second_on(start: float, s: float) -> None:
    span = Interval(start, start + s)
    if span.length < 0.01:  # lost in the sum
        return
    assert iou(read(written(span, SECONDS_DIGITS)), span) >= 0.99


@given(short_spans)
def test_the_ends_of_the_shortest_span_stay_apart(span: Interval) -> None:
    """One ten-thousandth of the video is the shortest that is written."""
    ends = read(written(span, RATIO_DIGITS))
    assert 0 <= ends.start < ends.end <= 1
    assert iou(ends, span) > 0
    assert ends.length <= span.length + 2.01e-4


def test_a_frame_of_an_hour_is_written_as_the_least_that_holds_it() -> None:
    frame = Interval(0.50001, 0.50002)
    assert written(frame, RATIO_DIGITS) == ("0.5000", "0.5001")
