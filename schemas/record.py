"""The record: one media item with one question, and everything known of it.

A builder reads an `Annotation` (what was published, in seconds); `settle` turns it, with what
decoding found out about its media, into a `Record` (ratios of the duration) or refuses it.
Nothing is fixed in silence: what was changed is in `flags`, what was refused has a reason.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.interval import Interval, clamp, ratio

# A span may overrun the duration by the larger of these and is clamped; beyond, it is impossible.
OVERRUN_S = 2.0
OVERRUN_SHARE = 0.05

FLAGS: Mapping[str, str] = {
    "clamped": "a span went past an end of the video by little and was cut there",
    "equal_options": "two or more options have the same text",
    "ambiguous_answer": "the answer was published as a text that more than one option has",
    "no_duration": "no duration is known, so spans in seconds have no ratios (evaluation rows)",
    "reversed_span": "a span ends before it starts (evaluation only; rejected in training)",
    "zero_length_span": "a span has no length (evaluation only; rejected in training)",
    "impossible_span": "a span lies far past the end (evaluation only; rejected in training)",
    "unearnable": "no prediction can reach full marks for its span",
    "missing_media": "the media root was given and holds no such file",
    "unreadable_media": "the file is there and cannot be decoded, or is refused",
    "relocated_media": "the file was found under another path of the media root than published",
    "duration_differs": "decoded and published duration differ by more than 1 s and 5 %",
    "duplicate_id": "the source gives this id to more than one row; later ones end in -2, -3, ...",
}

REASONS: Mapping[str, str] = {
    "bad_answer": "the answer is not among the options, or is missing",
    "bad_number": "a number is missing, not a number, nan or infinite",
    "bad_row": "the row does not have the published form",
    "bad_span": "a span is not a pair of numbers",
    "duplicate_options": "the options hold nothing to choose from",
    "impossible_span": "a span goes past the end by more than 2 s and 5 % of the duration",
    "instants": "the row gives instants or scores, not intervals",
    "multi_turn": "a conversation of several questions with none to single out",
    "no_duration": "spans in seconds, and no duration published or decoded",
    "no_question": "the question is empty",
    "no_spans": "the row should give spans and gives none",
    "path_escapes": "the media path climbs out of the media root",
    "reversed_span": "a span ends before it starts",
    "unsupported_media": "media that is neither a video, an image nor frames, or several at once",
    "zero_length_span": "a span has no length",
}


class Role(StrEnum):
    """What a split may be used for; evaluation rows are never selected for training."""

    TRAINING = "training"
    EVALUATION = "evaluation"


@dataclass(slots=True)
class Media:
    """A video, an image or a folder of frames.

    Args:
        kind: `video`, `image` or `frames`.
        key: the source's name of it, always a string (`50E06` is an id, not a number).
        path: relative to the source's media root, with `/`.
        duration_s: the duration in use: the decoded one, else the published; of the excerpt
            when there is one.
        duration_source_s: the published duration.
        fps: average frames a second.
        frames: number of frames.
        width: pixels, after rotation.
        height: pixels, after rotation.
        sha256: of the file's bytes; None when the file was not at hand.
        start_s: start of the excerpt that the record speaks of; None for the whole file.
        end_s: its end.
    """

    kind: str
    key: str
    path: str
    duration_s: float | None = None
    duration_source_s: float | None = None
    fps: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(slots=True)
class Annotation:
    """One published question about one media item, with the published seconds.

    Args:
        media: with `duration_source_s` where the source tells it, and `start_s`, `end_s` where
            the question is about an excerpt; spans then count from `start_s`.
        question: the question, or the sentence to locate.
        keys: the source's own names of the row below the media key (a question id, an event
            index). Empty where it has none: the id then ends in a hash of `content`.
        content: the row's published content, hashed into the id where `keys` is empty.
        options: plain texts in published order.
        answer: a letter for choices; None where the task has none (grounding).
        answer_type: how the answer is compared.
        spans_s: the published seconds, untouched, in published order.
        flags: words of `FLAGS`.
        licence: the terms of this row, where they differ from the source's.
        meta: whatever else the source said of the row.
    """

    media: Media
    question: str
    keys: tuple[str, ...] = ()
    content: object = None
    options: list[str] = field(default_factory=list)
    answer: str | None = None
    answer_type: AnswerType = AnswerType.NONE
    spans_s: list[Interval] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    licence: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Record:
    """One row of the `records` table; the columns are described in `docs/records.md`."""

    id: str
    source: str
    split: str
    role: Role
    media: Media
    question: str
    options: list[str]
    answer: str | None
    answer_type: AnswerType
    spans: list[Interval]
    spans_s: list[Interval]
    flags: list[str]
    licence: str
    meta: str


@dataclass(frozen=True, slots=True)
class Probed:
    """What decoding found out about one media file, or why it could not.

    Args:
        path: where the file is, relative to the media root.
        relocated: it was found under another path than the published one.
        problem: `missing_media` or `unreadable_media`; None when all is well.
        message: the cause of the problem, in one line.
    """

    path: str
    relocated: bool = False
    problem: str | None = None
    message: str = ""
    duration_s: float | None = None
    fps: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    sha256: str | None = None


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, the text that ids and `meta` are made of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_id(source: str, split: str, annotation: Annotation) -> str:
    """`<source>/<split>/<media key>/<keys>`, or with 8 hex digits of the content's sha256."""
    keys = annotation.keys
    if not keys:
        keys = (hashlib.sha256(canonical(annotation.content).encode()).hexdigest()[:8],)
    return "/".join((source, split, annotation.media.key, *keys))


def settle(
    annotation: Annotation,
    *,
    source: str,
    split: str,
    role: Role,
    licence: str,
    probed: Probed | None = None,
) -> Record:
    """The record of an annotation.

    The duration is the decoded one when `probed` has it, else the published one. A span that goes
    past an end by at most 2 s or 5 % of the duration is clamped and flagged. In training a span
    that is reversed, empty or impossible refuses the row; in evaluation, where the denominator
    must not change, it is flagged.

    Raises:
        BadRow: the row cannot become a record of this role.
    """
    question = annotation.question.strip()
    if not question:
        raise BadRow("no_question", "the question is empty")
    flags = list(annotation.flags)
    media = _settled_media(annotation.media, probed, flags)
    options = annotation.options
    if len(set(options)) < len(options):
        flags.append("equal_options")
        if len(set(options)) == 1:
            _refuse(role, flags, "unearnable", BadRow("duplicate_options", "all options are equal"))
    return Record(
        id=record_id(source, split, annotation),
        source=source,
        split=split,
        role=role,
        media=media,
        question=question,
        options=options,
        answer=annotation.answer,
        answer_type=annotation.answer_type,
        spans=_settled_spans(annotation.spans_s, media.duration_s, role, flags),
        spans_s=annotation.spans_s,
        flags=sorted(set(flags)),
        licence=annotation.licence or licence,
        meta=canonical(annotation.meta) if annotation.meta else "{}",
    )


def _settled_media(media: Media, probed: Probed | None, flags: list[str]) -> Media:
    """The media with what was decoded in place of what was published."""
    if ".." in media.path.split("/"):
        raise BadRow("path_escapes", f"media path {media.path!r} climbs out of the media root")
    media = replace(media, duration_s=media.duration_source_s)
    if probed is not None:
        media.path = probed.path
        if probed.relocated:
            flags.append("relocated_media")
        if probed.problem is not None:
            flags.append(probed.problem)
        else:
            media.sha256, media.fps, media.frames = probed.sha256, probed.fps, probed.frames
            media.width, media.height = probed.width, probed.height
            if probed.duration_s is not None:
                media.duration_s = probed.duration_s
    if media.start_s is not None and media.end_s is not None:
        _settle_excerpt(media, probed)
    elif _differ(media.duration_s, media.duration_source_s):
        flags.append("duration_differs")
    return media


def _settle_excerpt(media: Media, probed: Probed | None) -> None:
    """Set the duration of an excerpt, cut at the end of the decoded file."""
    start_s, end_s = media.start_s, media.end_s
    assert start_s is not None and end_s is not None
    if probed is not None and probed.duration_s is not None:
        end_s = min(end_s, probed.duration_s)
    if not 0 <= start_s < end_s:
        raise BadRow("bad_span", f"excerpt {start_s}-{end_s} s is not inside the video")
    media.duration_s = end_s - start_s


def _differ(decoded_s: float | None, published_s: float | None) -> bool:
    if decoded_s is None or published_s is None:
        return False
    gap = abs(decoded_s - published_s)
    return gap > 1.0 and gap > 0.05 * decoded_s


def _settled_spans(
    spans_s: list[Interval], duration_s: float | None, role: Role, flags: list[str]
) -> list[Interval]:
    if not spans_s:
        return []
    if duration_s is None or not (math.isfinite(duration_s) and duration_s > 0):
        bad = BadRow("no_duration", f"spans in seconds, and the duration is {duration_s}")
        _refuse(role, flags, "no_duration", bad)
        return []
    spans = []
    for span_s in spans_s:
        _check_span(span_s, duration_s, role, flags)
        inside, moved = clamp(span_s, duration_s)
        if moved and "clamped" not in flags:
            flags.append("clamped")
        spans.append(ratio(inside, duration_s))
    if not any(span.proper for span in spans) and "unearnable" not in flags:
        flags.append("unearnable")
    return spans


def _check_span(span_s: Interval, duration_s: float, role: Role, flags: list[str]) -> None:
    start, end = span_s
    shown = f"start {start:g} s, end {end:g} s, duration {duration_s:g} s"
    if not (math.isfinite(start) and math.isfinite(end)):
        raise BadRow("bad_span", f"span is not finite: {shown}")
    if start > end:
        bad = BadRow("reversed_span", f"start is after end: {shown}")
        _refuse(role, flags, "reversed_span", bad)
    elif start == end:
        bad = BadRow("zero_length_span", f"span has no length: {shown}")
        _refuse(role, flags, "zero_length_span", bad)
    else:
        leeway_s = max(OVERRUN_S, OVERRUN_SHARE * duration_s)
        outside = end > duration_s + leeway_s or start < -leeway_s
        if outside or start >= duration_s or end <= 0:
            bad = BadRow("impossible_span", f"span is not inside the video: {shown}")
            _refuse(role, flags, "impossible_span", bad)


def _refuse(role: Role, flags: list[str], flag: str, bad: BadRow) -> None:
    """Raise in training; flag in evaluation, where denominators must not change."""
    if role is Role.TRAINING:
        raise bad
    if flag not in flags:
        flags.append(flag)
