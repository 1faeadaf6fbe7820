"""DiDeMo (Hendricks et al., ICCV 2017): sentences located in Flickr videos by four annotators.

`{split}_data.json` is a list of `{annotation_id, video, description, times, num_segments,
dl_link}`. Videos are cut to at most 30 s and annotated in segments of 5 s, five or six of them;
`times` holds each annotator's first and last segment (four annotators, for some rows more). No
duration is published. A record speaks of the excerpt of `5 * num_segments` seconds from the start,
which is cut at the end of the video where that is at hand; the last segment may be short.

Annotators disagree, and accepting any of them would reward guesses, so the gold spans are what the
set's own metric holds best: those of the annotators' spans whose mean IoU with the three nearest
annotators is highest. Mostly that is one span, the majority's; of equally good ones all are kept.
Every annotator's segments stay in meta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import integer, pairs, read_json_or_jsonl, relative_path, stem, text
from builders.reading.rows import objects
from schemas.errors import BadRow
from schemas.interval import Interval, iou
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

SEGMENT_S = 5.0
# The set's metric averages over this many annotators, those nearest to the prediction.
ANNOTATORS = 3


@Source(
    name="didemo",
    title="DiDeMo",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(FileSpec("moments", ("{split}_data.json",), about="descriptions and segments"),),
    licence="BSD-2-Clause",
    media_licence="YFCC100M (Creative Commons, by video; video_licenses.txt)",
    homepage="https://github.com/LisaAnne/LocalizingMoments",
    obtain="annotations from the repository's data folder; videos by its download script",
    notes=(
        "Of the annotators' spans those are gold that agree best with the others (the set's own "
        "metric); all are in meta. Without the videos the duration is taken as 5 s a segment."
    ),
)
def didemo(files: Files) -> Iterator[Item]:
    """One record a description."""
    return each(objects(read_json_or_jsonl(files["moments"])), _annotate)


def agreed(spans: list[Interval]) -> list[Interval]:
    """The distinct spans that have the highest mean IoU with the three nearest annotators."""
    distinct = list(dict.fromkeys(spans))
    agreement = [_agreement(span, spans) for span in distinct]
    best = max(agreement)
    return [s for s, found in zip(distinct, agreement, strict=True) if best - found < 1e-9]


def _agreement(span: Interval, spans: list[Interval]) -> float:
    nearest = sorted((iou(span, other) for other in spans), reverse=True)[:ANNOTATORS]
    return sum(nearest) / len(nearest)


def _annotate(row: Mapping[str, Any]) -> Annotation:
    video, key = text(row, "video"), str(row["annotation_id"])
    count = integer(row["num_segments"], "num_segments")
    segments = pairs(row.get("times"), "times")
    if not segments:
        raise BadRow("no_spans", "no annotator gave segments", key=key)
    for first, last in segments:
        if not 0 <= first <= last < count:
            found = f"segments {first:g} to {last:g} of {count}"
            raise BadRow("bad_span", found, key=key)
    path = relative_path(video)
    media = Media("video", stem(path), path, start_s=0.0, end_s=count * SEGMENT_S)
    spans_s = [Interval(first * SEGMENT_S, (last + 1) * SEGMENT_S) for first, last in segments]
    meta = {name: row[name] for name in ("times", "num_segments", "dl_link") if name in row}
    return Annotation(
        media,
        text(row, "description"),
        keys=(key,),
        spans_s=agreed(spans_s),
        grid_s=SEGMENT_S,
        meta=meta,
    )
