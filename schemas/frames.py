"""Which frames of a video are shown, and at what size: plans and budgets.

A plan maps the times of the decoded frames to frame indexes; a budget maps the size of a frame to
the size it is shown at, and counts the tokens. Both are pure, so that what a model saw can be
told from a record and two lines of text. Indexes are always sorted and without duplicates.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, Protocol

from schemas.errors import ConfigError, MediaError
from schemas.interval import Interval, merge

# A time this much before a frame's start still means that frame: seconds written as decimals.
TOLERANCE_S = 1e-6


class Plan(Protocol):
    """A rule that picks frames."""

    def indexes(self, times_s: Sequence[float], duration_s: float) -> list[int]:
        """Sorted indexes without duplicates into `times_s`.

        Args:
            times_s: start of each frame, sorted, the first 0; at least one.
            duration_s: end of the last frame.
        """
        ...

    def text(self) -> str:
        """The canonical form, for fingerprints; equal plans have equal texts."""
        ...


class _Stated:
    """Canonical text from the fields of a dataclass."""

    word: ClassVar[str]

    def text(self) -> str:
        """`word(field=value,...)`, every field in the order of declaration."""
        stated = [
            f"{field.name}={_stated(getattr(self, field.name), 'float' in str(field.type))}"
            for field in fields(self)  # type: ignore[arg-type]
        ]
        return f"{self.word}({','.join(stated)})"


def _stated(value: object, real: bool) -> str:
    """A value as text: 2 and 2.0 alike where it is a real number, and no type of numpy's."""
    if isinstance(value, Sequence):
        parts = [_stated(part, real) for part in value]
        return f"({','.join(parts)})"
    if value is None:
        return "None"
    return repr(float(value) if real else int(value))  # type: ignore[call-overload, arg-type]


@dataclass(frozen=True, slots=True)
class Uniform(_Stated):
    """`n` frames spread evenly over time, the first and the last among them.

    At a constant frame rate these are the frames of `linspace(0, total - 1, n)`, rounded, as the
    papers sample. One frame is the middle one. A video of `n` frames or fewer gives them all.
    """

    word = "uniform"
    n: int

    def __post_init__(self) -> None:
        _check(self.n >= 1, f"a plan of {self.n} frames")

    def indexes(self, times_s: Sequence[float], duration_s: float) -> list[int]:
        """See `Plan`: exactly min(n, frames) indexes."""
        if self.n == 1:
            return [_nearest(times_s, times_s[-1] / 2)]
        return _spread(times_s, self.n)


@dataclass(frozen=True, slots=True)
class Fps(_Stated):
    """`fps` frames a second of video, spread evenly, between `min_frames` and `max_frames`.

    The number is `duration * fps`, bounded, and floored to a multiple of `multiple` (a model
    merges two frames into one), as in the papers' qwen-vl-utils. A video with fewer frames than
    that gives the most it can, floored likewise, but never none.
    """

    word = "fps"
    fps: float
    max_frames: int = 768
    min_frames: int = 4
    multiple: int = 2

    def __post_init__(self) -> None:
        _check(math.isfinite(self.fps) and self.fps > 0, f"{self.fps} frames a second")
        _check(self.multiple >= 1, f"multiples of {self.multiple} frames")
        _check(1 <= self.min_frames <= self.max_frames, "min_frames is not in [1, max_frames]")

    def indexes(self, times_s: Sequence[float], duration_s: float) -> list[int]:
        """See `Plan`: at most `max_frames` indexes."""
        # Rounded first: 10.0 s as 300 * (1001 / 30030) must not lose a frame to the last bit.
        wanted = math.floor(round(duration_s * self.fps, 6))
        wanted = min(max(wanted, self.min_frames), self.max_frames, len(times_s))
        return Uniform(max(wanted - wanted % self.multiple, 1)).indexes(times_s, duration_s)


@dataclass(frozen=True, slots=True)
class Times(_Stated):
    """The frame on screen at each of the given seconds.

    Seconds before the start give the first frame, seconds past the end the last. Times that share
    a frame give it once, so there may be fewer frames than times.
    """

    word = "times"
    times_s: tuple[float, ...]

    def __post_init__(self) -> None:
        _check(bool(self.times_s), "no times")
        _check(all(math.isfinite(time) for time in self.times_s), "a time that is not finite")

    def indexes(self, times_s: Sequence[float], duration_s: float) -> list[int]:
        """See `Plan`."""
        return sorted({_on_screen(times_s, time_s) for time_s in self.times_s})


@dataclass(frozen=True, slots=True)
class Dense(_Stated):
    """Dense inside the given spans, sparse outside, `total` frames at most.

    Inside takes `inside` of the total, but no more than `max_fps` frames a second, and at least
    one frame a span where the budget allows; the rest of the video takes what is left, and what
    it cannot use goes back inside. So a video of at least `total` frames gives `total`, a shorter
    one all of its frames, and no budget is ever exceeded (after VideoReasoner's zoom-in, whose
    released code exceeds it and repeats frames). Without spans it is `Uniform(total)`.

    Args:
        spans: ratios of the duration; overlapping and touching ones are one.
        total: frames in all.
        inside: share of `total` for the spans.
        max_fps: most frames a second of span.
    """

    word = "dense"
    spans: tuple[tuple[float, float], ...]
    total: int
    inside: float = 0.5
    max_fps: float = 6.0

    def __post_init__(self) -> None:
        _check(self.total >= 1, f"a plan of {self.total} frames")
        _check(0 <= self.inside <= 1, f"a share of {self.inside}")
        _check(self.max_fps > 0, f"{self.max_fps} frames a second")
        proper = all(0 <= s < e <= 1 for s, e in self.spans)
        _check(proper, "a span that is not start < end inside [0, 1]")

    def indexes(self, times_s: Sequence[float], duration_s: float) -> list[int]:
        """See `Plan`: exactly min(total, frames) indexes."""
        spans = merge(Interval(s * duration_s, e * duration_s) for s, e in self.spans)
        if not spans:
            return Uniform(self.total).indexes(times_s, duration_s)
        within = sorted({index for span in spans for index in _within(times_s, span)})
        chosen = set(within)
        without = [index for index in range(len(times_s)) if index not in chosen]
        length_s = sum(span.length for span in spans)
        wanted = min(round(self.total * self.inside), math.ceil(length_s * self.max_fps))
        wanted = min(max(wanted, len(spans)), self.total, len(within))
        outside = min(self.total - wanted, len(without))
        wanted = min(self.total - outside, len(within))
        return sorted(_evenly(within, wanted) + _evenly(without, outside))


def choose(
    plan: Plan,
    times_s: Sequence[float],
    duration_s: float,
    start_s: float | None = None,
    end_s: float | None = None,
) -> list[int]:
    """The frames of a plan, restricted to an excerpt.

    Inside an excerpt the plan sees only the frames that start in [start_s, end_s), with times
    counted from the first of them; an excerpt shorter than a frame has the frame on screen at
    its start. Spans and times of the plan then count from `start_s` as well.

    Args:
        plan: what to pick.
        times_s: start of each decoded frame, sorted, the first 0.
        duration_s: end of the last frame.
        start_s: where the excerpt starts; None for the video's start.
        end_s: where it ends; None, or past the end, for the video's end.

    Raises:
        MediaError: the video has no frames, or the excerpt is not inside it (`bad_excerpt`).
    """
    if not times_s:
        raise MediaError("no frames to choose from", reason="no_video")
    if start_s is None and end_s is None:
        return plan.indexes(times_s, duration_s)
    start, end = start_s or 0.0, duration_s if end_s is None else min(end_s, duration_s)
    if not 0 <= start < end:
        message = f"excerpt {start:g}-{end_s} s is not inside the video of {duration_s:g} s"
        raise MediaError(message, reason="bad_excerpt")
    low = bisect_left(times_s, start - TOLERANCE_S)
    high = bisect_left(times_s, end - TOLERANCE_S)
    if low >= high:
        return [_on_screen(times_s, start)]
    inside = [max(time_s - start, 0.0) for time_s in times_s[low:high]]
    return [low + index for index in plan.indexes(inside, end - start)]


def needed_s(plan: Plan, start_s: float | None, end_s: float | None) -> float:
    """Frames that start after this time cannot change what `choose` picks; `inf` if all can."""
    if isinstance(plan, Times):
        last_s = (start_s or 0.0) + max(plan.times_s)
        return last_s if end_s is None else min(last_s, end_s)
    return math.inf if end_s is None else end_s


class Size(NamedTuple):
    """Pixels of a frame."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Budget(_Stated):
    """How large frames are shown, in the manner of the published smart resize.

    Args:
        max_pixels: most pixels of a frame.
        min_pixels: fewest; a smaller frame is enlarged.
        max_tokens: most tokens of a video, all frames together; None: no such bound.
        patch: pixels of a token's side: 28 for Qwen2-VL and Qwen2.5-VL, 32 for Qwen3-VL. Both
            sides of a shown frame are multiples of it.
        temporal_patch: frames that a model merges into one.
    """

    word = "budget"
    max_pixels: int
    min_pixels: int
    max_tokens: int | None = None
    patch: int = 28
    temporal_patch: int = 2

    def __post_init__(self) -> None:
        _check(self.patch >= 1 and self.temporal_patch >= 1, "a patch of no size")
        _check(0 < self.min_pixels <= self.max_pixels, "min_pixels is not in (0, max_pixels]")
        _check(self.max_pixels >= self.patch**2, "max_pixels is less than a token")
        _check(self.max_tokens is None or self.max_tokens >= 1, "no tokens a video")

    def resized(self, height: int, width: int, frames: int) -> Size:
        """The size at which each of `frames` frames is shown.

        Both sides are rounded to a multiple of `patch`, keeping the shape as far as that allows;
        the maxima are never exceeded. Where a minimum and a maximum leave no multiple between
        them, the maximum holds.

        Raises:
            MediaError: `bad_shape` for one side more than 200 times the other; `over_budget`
                when so many frames of the least size are more than `max_tokens`.
        """
        if min(height, width) < 1 or max(height, width) > 200 * min(height, width):
            message = f"frames of {width}x{height} are more than 200 times longer than wide"
            raise MediaError(message, reason="bad_shape")
        most = self._most_pixels(frames)
        shown = Size(*(max(round(side / self.patch), 1) * self.patch for side in (height, width)))
        if shown.height * shown.width < self.min_pixels:
            scale = math.sqrt(self.min_pixels / (height * width))
            shown = Size(*(math.ceil(s * scale / self.patch) * self.patch for s in (height, width)))
        if shown.height * shown.width > most:
            shown = self._shrunk(height, width, most)
        return shown

    def tokens(self, height: int, width: int, frames: int) -> int:
        """Tokens of a video of `frames` frames shown at this size (one that `resized` gave)."""
        groups = math.ceil(frames / self.temporal_patch)
        return groups * (height // self.patch) * (width // self.patch)

    def _most_pixels(self, frames: int) -> int:
        if self.max_tokens is None:
            return self.max_pixels
        groups = math.ceil(frames / self.temporal_patch)
        most = self.max_tokens // groups * self.patch**2
        if most < min(self.min_pixels, self.max_pixels):
            message = (
                f"{frames} frames of at least {self.min_pixels} pixels are more than "
                f"{self.max_tokens} tokens"
            )
            raise MediaError(message, reason="over_budget", hint="sample fewer frames")
        return min(most, self.max_pixels)

    def _shrunk(self, height: int, width: int, most: int) -> Size:
        """The largest multiples of about this shape within `most` pixels."""
        scale = math.sqrt(most / (height * width))
        high, wide = (
            max(math.floor(side * scale / self.patch), 1) * self.patch for side in (height, width)
        )
        # A side that may not shrink below one token must not push the product over the bound.
        if high * wide > most:
            limit = most // self.patch // self.patch * self.patch
            high, wide = min(high, limit), min(wide, limit)
        return Size(high, wide)


def _check(holds: bool, what: str) -> None:
    if not holds:
        raise ConfigError(f"frame plan or budget: {what}")


def _nearest(times_s: Sequence[float], time_s: float) -> int:
    """The frame whose start is nearest; the earlier of two."""
    after = bisect_left(times_s, time_s)
    if after == 0:
        return 0
    if after == len(times_s):
        return len(times_s) - 1
    return after - (time_s - times_s[after - 1] <= times_s[after] - time_s)


def _on_screen(times_s: Sequence[float], time_s: float) -> int:
    return max(bisect_right(times_s, time_s + TOLERANCE_S) - 1, 0)


def _within(times_s: Sequence[float], span_s: Interval) -> list[int]:
    """Frames that start in [start, end); the one on screen in the middle where none does."""
    low = bisect_left(times_s, span_s.start - TOLERANCE_S)
    high = bisect_left(times_s, span_s.end - TOLERANCE_S)
    return list(range(low, high)) or [_on_screen(times_s, (span_s.start + span_s.end) / 2)]


def _spread(times_s: Sequence[float], n: int) -> list[int]:
    """`n` >= 2 frames nearest to even times; neighbours where two times share a frame."""
    count = len(times_s)
    if n >= count:
        return list(range(count))
    first_s, length_s = times_s[0], times_s[-1] - times_s[0]
    chosen: list[int] = []
    for place in range(n):
        nearest = _nearest(times_s, first_s + length_s * place / (n - 1))
        after = chosen[-1] + 1 if chosen else 0
        chosen.append(min(max(nearest, after), count - n + place))
    return chosen


def _evenly(indexes: Sequence[int], n: int) -> list[int]:
    """`n` of the indexes, evenly by place, both ends included."""
    if n <= 1:
        return [indexes[len(indexes) // 2]] if n == 1 else []
    last = len(indexes) - 1
    return [indexes[(2 * place * last + n - 1) // (2 * (n - 1))] for place in range(n)]


_TOKEN = 28 * 28

# Plans and budgets of the three papers, by name.
PRESETS: Mapping[str, tuple[Plan, Budget]] = {
    # Video-R1: trained on at most 16 frames of 128 tokens, evaluated on 16 to 64 frames of 256.
    "video-r1": (Fps(2.0, max_frames=16), Budget(128 * _TOKEN, 16 * _TOKEN)),
    "video-r1-eval-16": (Uniform(16), Budget(256 * _TOKEN, 16 * _TOKEN)),
    "video-r1-eval-32": (Uniform(32), Budget(256 * _TOKEN, 16 * _TOKEN)),
    "video-r1-eval-64": (Uniform(64), Budget(256 * _TOKEN, 16 * _TOKEN)),
    # Temporal-RLT: 2 fps, at least 4 tokens a frame, 2,048 or 4,096 tokens a video. More frames
    # than 1,024 or 2,048 could not have 4 tokens each; the released code stops at 768.
    "temporal-rlt-2048": (Fps(2.0), Budget(768 * _TOKEN, 4 * _TOKEN, 2048)),
    "temporal-rlt-4096": (Fps(2.0), Budget(768 * _TOKEN, 4 * _TOKEN, 4096)),
    # VideoReasoner: cold start on 64 frames of 80 tokens, reinforcement on 80 frames of 60.
    "videoreasoner-sft": (Fps(2.0, max_frames=64), Budget(80 * _TOKEN, 4 * _TOKEN)),
    "videoreasoner-rl": (Fps(2.0, max_frames=80), Budget(60 * _TOKEN, 4 * _TOKEN)),
}


class Count(NamedTuple):
    """How much of a media item a preset shows."""

    frames: int
    tokens: int


def counts(
    times_s: Sequence[float], duration_s: float, height: int, width: int
) -> dict[str, Count]:
    """Frames and tokens of a whole video or image (one frame at 0) under each of `PRESETS`.

    A preset under which it cannot be shown (frames too long and narrow, more frames than tokens)
    is left out.
    """
    found = {}
    for name, (plan, budget) in PRESETS.items():
        frames = len(plan.indexes(times_s, duration_s))
        try:
            size = budget.resized(height, width, frames)
        except MediaError:
            continue
        found[name] = Count(frames, budget.tokens(*size, frames))
    return found
