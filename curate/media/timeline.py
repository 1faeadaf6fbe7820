"""When each frame is shown: from what the decoder said of them to seconds from the first frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of the frames of one pass, in the order of showing.

    Args:
        times_s: start of each frame; sorted, the first 0.
        duration_s: end of the last frame.
        step_s: the time between frames, the usual one where it varies; None if nothing tells it.
        variable: steps differ by more than the rounding of the file's clock and a tenth.
        notes: what had to be assumed.
    """

    times_s: list[float]
    duration_s: float
    step_s: float | None
    variable: bool
    notes: tuple[str, ...]

    @property
    def fps(self) -> float | None:
        """Average frames a second."""
        return len(self.times_s) / self.duration_s if self.duration_s > 0 else None


def timeline(
    stamps: Sequence[int | None],
    last_duration: int,
    time_base: Fraction,
    rate: Fraction | None,
    order: Sequence[int | None] | None = None,
) -> Timeline:
    """The times of frames with these presentation stamps.

    Args:
        stamps: of each frame, in ticks of `time_base`, in the order they were decoded.
        last_duration: of the last frame, in ticks; 0 when the file does not say.
        time_base: seconds of a tick.
        rate: the file's own frame rate.
        order: where the container keeps no presentation times (AVI): the decoding stamps of the
            packets. A frame a packet, the first shown has the earliest of these, and so on; with
            another number of frames they are counted at `rate`.
    """
    known = [stamp for stamp in stamps if stamp is not None]
    if order is not None:
        places = sorted(place for place in order if place is not None)
        if len(places) == len(stamps):
            note = "the file has no times of showing; those of its packets are used in order"
            return _timeline(places, last_duration, time_base, None, (note,))
    if rate and (order is not None or len(known) < len(stamps)):
        note = f"the file has no times of its frames; counted at {float(rate):g} fps"
        return _timeline(list(range(len(stamps))), 1, 1 / rate, 1 / rate, (note,))
    notes: tuple[str, ...] = ()
    if len(known) < len(stamps):
        notes += (f"{len(stamps) - len(known)} frames without a time take the one before",)
    ticks = _rising(stamps)
    backward = sum(later < earlier for earlier, later in pairwise(known))
    if backward:
        notes += (f"{backward} times run backward; such frames take the latest time before",)
    return _timeline(ticks, last_duration, time_base, 1 / rate if rate else None, notes)


def _timeline(
    ticks: list[int],
    last_duration: int,
    tick_s: Fraction,
    usual_s: Fraction | None,
    notes: tuple[str, ...],
) -> Timeline:
    first = ticks[0]
    times_s = [(tick - first) * tick_s.numerator / tick_s.denominator for tick in ticks]
    steps = [later - earlier for earlier, later in pairwise(ticks)]
    usual = median_low(steps) if steps else 0
    step = usual * tick_s if usual else usual_s
    if last_duration <= 1 < usual - 1 or last_duration <= 0:
        # None given, or the single tick that some writers put in its place.
        last = step or Fraction(0)
    else:
        last = last_duration * tick_s
    end = (ticks[-1] - first) * tick_s + last
    # A clock of whole ticks moves a step by one tick, or by a part of a step of few ticks.
    leeway = max(min(Fraction(1), Fraction(usual, 3)), Fraction(usual, 10))
    variable = any(abs(other - usual) > leeway for other in steps)
    if steps and not variable:
        step = (ticks[-1] - first) * tick_s / len(steps)
    return Timeline(times_s, float(end), float(step) if step else None, variable, notes)


def _rising(stamps: Sequence[int | None]) -> list[int]:
    """Stamps that never fall; a missing one is the one before."""
    ticks: list[int] = []
    for stamp in stamps:
        before = ticks[-1] if ticks else None
        if stamp is None:
            stamp = 0 if before is None else before
        ticks.append(stamp if before is None else max(stamp, before))
    return ticks
