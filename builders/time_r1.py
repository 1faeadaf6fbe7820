"""Time-R1 (Wang et al., Xiaomi Research, 2025): 2,500 sentences to locate, chosen by difficulty.

`train_2k5.json` gives a sentence, one span and the duration in seconds, with the `difficulty` and
the prediction `pred` that the authors selected by. 665 rows speak of an excerpt (`video_start`,
`video_end`); `duration` is then the excerpt's, and the span counts from its start. Where the file
name ends in the excerpt's times (`ID_00:00:39:000_00:01:24:700.mp4`, 509 rows) the file is that
excerpt already; otherwise it is a part of the named file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from builders.reading import number, read_json_or_jsonl, relative_path, span, stem, text
from builders.reading.problems import as_row, leftover
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

_CUT = re.compile(r"_\d+:\d\d:\d\d:\d+_\d+:\d\d:\d\d:\d+\.\w+$")
_READ = ("video", "duration", "timestamp", "sentence")


@Source(
    name="time-r1",
    title="Time-R1 (TimeRFT)",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec("sentences", ("train_2k5.json",), about="sentences, spans, durations, excerpts"),
    ),
    licence="Apache-2.0",
    media_licence="of YouTube, Flickr (DiDeMo) and the sets it takes from",
    homepage="https://github.com/xiaomi-research/time-r1",
    obtain="train_2k5.json from the repository; videos from the Boshenxx/TimeR1-Dataset dataset "
    "of Hugging Face",
    notes=(
        "48 spans end after their video. Small overruns are clamped, impossible ones (up to "
        "14,220 s in a video of 158 s) rejected. `difficulty`, `pred`, `qid` and the excerpt's "
        "place are kept in `meta`."
    ),
)
def time_r1(files: Files) -> Iterator[Item]:
    """One record a row."""
    return each(read_json_or_jsonl(files["sentences"]), _annotate)


def _annotate(value: Any) -> Annotation:
    row = as_row(value)
    path = relative_path(text(row, "video"))
    media = Media("video", stem(path.rpartition("/")[2]), path)
    media.duration_source_s = number(row.get("duration"), "duration")
    if row.get("video_start") is not None and not _CUT.search(path):
        media.start_s = number(row["video_start"], "video_start")
        media.end_s = number(row.get("video_end"), "video_end")
    return Annotation(
        media,
        text(row, "sentence"),
        content=row,
        spans_s=[span(row.get("timestamp"), "timestamp")],
        meta=leftover(row, _READ),
    )
