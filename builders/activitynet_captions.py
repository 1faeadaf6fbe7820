"""ActivityNet Captions (Krishna et al., ICCV 2017): sentences located in ActivityNet videos.

`train.json`, `val_1.json` and `val_2.json` hold `{video: {duration, timestamps, sentences}}` with
times in seconds; a video's entry is expanded, one record an event. val_1 and val_2 are two
annotators' events of the same videos. 2D-TAN's copy calls them `val.json` and `test.json`;
VTimeLLM's example has the same form. Events that lie past the end do so by at most 0.5 s. Train
has 2 reversed and 2 zero-length events. Ids keep their `v_`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import number, read_json, span
from builders.reading.rows import captions, entries, expanded
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="activitynet-captions",
    title="ActivityNet Captions",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val_1": Role.EVALUATION, "val_2": Role.EVALUATION},
    files=(
        FileSpec(
            "events",
            {
                "train": ("train.json",),
                "val_1": ("val_1.json", "val.json"),
                "val_2": ("val_2.json", "test.json"),
            },
            about="durations, spans and sentences by video",
        ),
    ),
    licence="not stated by its authors; the copy in 2D-TAN is under MIT",
    media_licence="YouTube videos, each under its uploader's terms; research use",
    homepage="https://cs.stanford.edu/people/ranjaykrishna/densevid/",
    obtain="captions.zip from the homepage, or data/ActivityNet of microsoft/2D-TAN; "
    "videos by request form from activity-net.org",
    notes=(
        "A video is expanded, one record an event. The 2 reversed and 2 zero-length events of "
        "train are rejected. val_1 is the validation and val_2 the test split of the grounding "
        "literature."
    ),
)
def activitynet_captions(files: Files) -> Iterator[Item]:
    """One record an event."""
    return each(entries(read_json(files["events"])), _events)


def _events(entry: tuple[str, Mapping[str, Any]]) -> Iterator[Annotation | BadRow]:
    video, row = entry
    duration_s = number(row["duration"], "duration")

    def annotate(index: int, event: tuple[Any, str]) -> Annotation:
        media = Media("video", video, f"{video}.mp4", duration_source_s=duration_s)
        time, sentence = event
        return Annotation(media, sentence, keys=(str(index),), spans_s=[span(time, "timestamp")])

    return expanded(captions(row, video), annotate, video)
