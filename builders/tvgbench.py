"""TVGBench (Wang et al., Xiaomi Research, 2025): 800 sentences to locate, for evaluation.

`tvgbench.json` gives the span as a text (`13.4-28.1`), in seconds. 252 rows speak of an excerpt of
their video (`start`, `end`): the span counts from the excerpt's start and `duration` is the
excerpt's. The questions come from Charades-STA test, TACoS, ActivityNet Captions, HiREST and
Ego4D-NLQ; rows of the last have no `dataset_name`, and 11 of them a span without length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from builders.reading import number, read_json_or_jsonl, relative_path, stem, text
from builders.reading.problems import as_row, leftover
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*")
_READ = ("path", "question", "answer", "start", "end", "duration")


@Source(
    name="tvgbench",
    title="TVGBench",
    tasks=("ground", "ground-think"),
    splits={"test": Role.EVALUATION},
    files=(FileSpec("sentences", ("tvgbench.json",), about="sentences, spans, durations"),),
    licence="Apache-2.0",
    media_licence="of Charades, TACoS, ActivityNet, HiREST and Ego4D, each its own",
    homepage="https://github.com/xiaomi-research/time-r1",
    obtain="tvgbench.json from the repository; videos from the Boshenxx/TimeR1-Dataset dataset "
    "of Hugging Face",
    notes="Evaluation only. 11 spans have no length and stay, flagged: no answer can meet them.",
)
def tvgbench(files: Files) -> Iterator[Item]:
    """One record a row."""
    return each(read_json_or_jsonl(files["sentences"]), _annotate)


def _annotate(value: Any) -> Annotation:
    row = as_row(value)
    path = relative_path(text(row, "path"))
    media = Media("video", stem(path.rpartition("/")[2]), path)
    media.duration_source_s = number(row.get("duration"), "duration")
    if row.get("start") is not None:
        media.start_s = number(row["start"], "start")
        media.end_s = number(row.get("end"), "end")
    found = _SPAN.fullmatch(text(row, "answer"))
    if not found:
        raise BadRow("bad_span", f"answer is {row['answer']!r}, not START-END", key=media.key)
    return Annotation(
        media,
        text(row, "question"),
        content=row,
        spans_s=[Interval(float(found.group(1)), float(found.group(2)))],
        meta=leftover(row, _READ),
    )
