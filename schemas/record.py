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
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
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
    "duplicate_options": "there is nothing to choose from (evaluation only; rejected in training)",
    "ambiguous_answer": "the answer was published as a text that more than one option has",
    "no_duration": "no duration is known, so spans in seconds have no ratios (evaluation rows)",
    "reversed_span": "a span ends before it starts (evaluation only; rejected in training)",
    "zero_length_span": "a span has no length (evaluation only; rejected in training)",
    "impossible_span": "a span lies far past the end (evaluation only; rejected in training)",
    "unearnable": "no prediction can reach full marks for its span",
    "missing_media": "the media root was given and holds no such file",
    "unreadable_media": "the file is there and cannot be decoded, or is refused",
    "relocated_media": "the file was found under another path of the media root than published",
    "duration_differs": "decoded and published duration (or excerpt) differ by over 1 s and 5 %",
    "duplicate_id": "the source gives this id to more than one row; later ones end in -2, -3, ...",
}

REASONS: Mapping[str, str] = {
    "bad_answer": "the answer is not among the options, or is missing",
    "bad_number": "a number is missing, not a number, nan or infinite",
    "bad_row": "the row does not have the published form",
    "bad_span": "a span is not a pair of numbers",
    "duplicate_options": "the options hold nothing to choose from",
    "failed_lint": "the record failed a check and was cut by `curate lint --cut`",
    "impossible_span": "a span goes past the end by more than 2 s and 5 % of the duration",
    "instants": "the row gives instants or scores, not intervals",
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


_facts_of = attrgetter(*(f.name for f in fields(Media)))


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
        grid_s: the unit that the source's times are multiples of, where it is a coarse one: a
            span may overrun by up to that, since its last unit means the end of the video.
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
    grid_s: float = 0.0
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
        facts: what else was found, for the table of media.
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
    facts: Mapping[str, Any] = field(default_factory=dict)


_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, the text that ids and `meta` are made of.

    nan and infinity, which JSON cannot hold, are written as the texts `"nan"` and `"inf"`, and
    halves of surrogate pairs, which UTF-8 cannot hold, as `\\ud83d`.
    """
    return _encodable(_canonical(value))


def _canonical(value: object) -> str:
    try:
        return _CANONICAL.encode(value)
    except ValueError:
        return _CANONICAL.encode(_nameable(value))


def _encodable(text: str) -> str:
    """The text with each half of a surrogate pair written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _nameable(value: object) -> object:
    """The value with each number that JSON cannot hold as a text."""
    if isinstance(value, Mapping):
        return {key: _nameable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_nameable(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def record_id(source: str, split: str, annotation: Annotation) -> str:
    """`<source>/<split>/<media key>/<keys>`, or with 8 hex digits of the content's sha256."""
    keys = annotation.keys
    if not keys:
        keys = (hashlib.sha256(canonical(annotation.content).encode()).hexdigest()[:8],)
    return _encodable("/".join(map(str, (source, split, annotation.media.key, *keys))))


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
    past an end by at most 2 s, 5 % of the duration or `grid_s` is clamped and flagged. In training
    a span that is reversed, empty or impossible refuses the row; in evaluation, where the
    denominator must not change, it is flagged. A span that is no pair of numbers refuses both.

    Raises:
        BadRow: the row cannot become a record of this role.
    """
    meta = _canonical(annotation.meta) if annotation.meta else "{}"
    _check_texts(annotation, meta)
    question = annotation.question.strip()
    if not question:
        raise BadRow("no_question", "the question is empty")
    flags = list(annotation.flags)
    media = _settled_media(annotation.media, probed, role, flags)
    _check_options(annotation.options, role, flags)
    return Record(
        id=record_id(source, split, annotation),
        source=source,
        split=split,
        role=role,
        media=media,
        question=question,
        options=annotation.options,
        answer=annotation.answer,
        answer_type=annotation.answer_type,
        spans=_settled_spans(annotation, media.duration_s, role, flags),
        spans_s=annotation.spans_s,
        flags=sorted(set(flags)) if flags else flags,
        licence=annotation.licence or licence,
        meta=meta,
    )


def _check_texts(annotation: Annotation, meta: str) -> None:
    """Refuse what a text column cannot hold: other types, and halves of surrogate pairs."""
    media, answer = annotation.media, annotation.answer
    texts = [annotation.question, meta, media.key, media.path, *annotation.options]
    texts += annotation.keys if answer is None else (answer, *annotation.keys)
    try:
        "".join(texts).encode()
    except TypeError:
        bad = next(text for text in texts if not isinstance(text, str))
        raise BadRow("bad_row", f"{bad!r} is not a text") from None
    except UnicodeEncodeError:
        halved = next(text for text in texts if _encodable(text) != text)
        raise BadRow("bad_row", f"{halved[:60]!a} holds half of a surrogate pair") from None


def _check_options(options: list[str], role: Role, flags: list[str]) -> None:
    different = len(set(options))
    if different < len(options):
        flags.append("equal_options")
    if different == 1:
        bad = BadRow("duplicate_options", f"nothing to choose from: {options[0][:60]!r}")
        _refuse(role, flags, "duplicate_options", bad)


def _settled_media(media: Media, probed: Probed | None, role: Role, flags: list[str]) -> Media:
    """The media with what was decoded in place of what was published."""
    _check_media(media)
    media = Media(*_facts_of(media))
    media.duration_s = _usable(media.duration_source_s)
    if probed is not None:
        media.path = probed.path
        if probed.relocated:
            flags.append("relocated_media")
        if probed.problem is not None:
            flags.append(probed.problem)
        else:
            media.sha256, media.fps, media.frames = probed.sha256, probed.fps, probed.frames
            media.width, media.height = probed.width, probed.height
            media.duration_s = _usable(probed.duration_s) or media.duration_s
    if media.start_s is not None or media.end_s is not None:
        _settle_excerpt(media, _usable(probed.duration_s) if probed else None, role, flags)
    elif _differ(media.duration_s, media.duration_source_s):
        flags.append("duration_differs")
    return media


def _check_media(media: Media) -> None:
    path = media.path
    if path.startswith("/") or (".." in path and ".." in path.split("/")):
        raise BadRow("path_escapes", f"media path {path!r} climbs out of the media root")
    if "\0" in path:
        raise BadRow("bad_row", f"media path {path!r} holds a NUL character")
    for value in (media.frames, media.width, media.height):
        if value is not None and not 0 <= value < 2**31:
            raise BadRow("bad_number", f"a number of frames or pixels is {value}")


def _usable(duration_s: float | None) -> float | None:
    """The duration if it is a positive number, else None."""
    return duration_s if duration_s is not None and 0 < duration_s < math.inf else None


def _settle_excerpt(media: Media, decoded_s: float | None, role: Role, flags: list[str]) -> None:
    """Set the duration of an excerpt, cut at the end of the decoded file.

    An excerpt without a start begins the file, one without an end runs to the end of the file.
    """
    start_s = media.start_s or 0.0
    end_s = media.end_s if media.end_s is not None else media.duration_s
    if end_s is None:
        shown = f"excerpt from {start_s:g} s on, and no duration is known"
        _refuse(role, flags, "no_duration", BadRow("no_duration", shown))
        return
    cut_s = end_s if decoded_s is None else min(end_s, decoded_s)
    if 0 <= start_s < cut_s < math.inf:
        media.duration_s = cut_s - start_s
        if _differ(media.duration_s, end_s - start_s):
            flags.append("duration_differs")
        return
    media.duration_s = None
    shown = f"excerpt {start_s:g}-{end_s:g} s is not inside the video"
    _refuse(role, flags, "impossible_span", BadRow("impossible_span", shown))


def _differ(decoded_s: float | None, published_s: float | None) -> bool:
    if decoded_s is None or published_s is None:
        return False
    gap = abs(decoded_s - published_s)
    return gap > 1.0 and gap > 0.05 * decoded_s


def _settled_spans(
    annotation: Annotation, duration_s: float | None, role: Role, flags: list[str]
) -> list[Interval]:
    if not annotation.spans_s:
        return []
    if duration_s is None:
        bad = BadRow("no_duration", "spans in seconds, and no duration is known")
        _refuse(role, flags, "no_duration", bad)
        return []
    leeway_s = max(OVERRUN_S, OVERRUN_SHARE * duration_s, annotation.grid_s)
    spans = []
    for span_s in annotation.spans_s:
        _check_span(span_s, duration_s, leeway_s, role, flags)
        inside, moved = clamp(span_s, duration_s)
        if moved and "clamped" not in flags:
            flags.append("clamped")
        spans.append(ratio(inside, duration_s))
    if not any(span.proper for span in spans) and "unearnable" not in flags:
        flags.append("unearnable")
    return spans


def _check_span(
    span_s: Interval, duration_s: float, leeway_s: float, role: Role, flags: list[str]
) -> None:
    start, end = span_s
    if 0 <= start < end <= duration_s:
        return
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
