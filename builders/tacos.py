"""TACoS (Regneri et al., TACL 2013): sentences located in long cooking videos.

`train.json`, `val.json` and `test.json` of 2D-TAN's copy hold `{video: {timestamps, sentences, fps,
num_frames}}`; a timestamp is a pair of frame numbers, turned into seconds by the video's frame
rate and kept in meta. A video is expanded, one record an event; annotators repeat each other's
events in other words. Some events end a few frames past `num_frames`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import integer, number, read_json, span, stem
from builders.reading.rows import captions, entries, expanded
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="tacos",
    title="TACoS",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(FileSpec("events", ("{split}.json",), about="frame numbers, sentences, frame rates"),),
    licence="not stated by its authors; the copy in 2D-TAN is under MIT",
    media_licence="MPII Cooking 2 (research use)",
    homepage="https://www.coli.uni-saarland.de/projects/smile/page.php?id=tacos",
    obtain="data/TACoS of microsoft/2D-TAN; videos from MPII Cooking 2",
    notes="A video is expanded, one record an event. Frame numbers are turned into seconds.",
)
def tacos(files: Files) -> Iterator[Item]:
    """One record an event."""
    return each(entries(read_json(files["events"])), _events)


def _events(entry: tuple[str, Mapping[str, Any]]) -> Iterator[Annotation | BadRow]:
    file, row = entry
    fps, frames = number(row["fps"], "fps"), integer(row["num_frames"], "num_frames")
    if fps <= 0:
        raise BadRow("bad_number", f"fps is {fps}", key=file)

    def annotate(index: int, event: tuple[Any, str]) -> Annotation:
        media = Media(
            "video", stem(file), file, duration_source_s=frames / fps, fps=fps, frames=frames
        )
        time, sentence = event
        first, last = span(time, "timestamp")
        return Annotation(
            media,
            sentence,
            keys=(str(index),),
            spans_s=[Interval(first / fps, last / fps)],
            meta={"frames": list(time)},
        )

    return expanded(captions(row, file), annotate, file)
