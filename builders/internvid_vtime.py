"""InternVid-VTime (VTimeLLM: Huang et al., CVPR 2024): timed conversations on InternVid excerpts.

`stage2.json` is a list of `{source, id, conversations, meta: {split, duration, token}}`. The texts
hold placeholders (`<s0>`, `<e0>`) whose seconds are in `meta.token`, counted from the start of the
excerpt `meta.split` of the YouTube video `id`; without `split` the whole video is meant. Answers
that list events are expanded, one record an event; an answer of times alone makes the question
the event, and an answer that describes the times of the question is itself the event. `stage3.json`
(ActivityNet and DiDeMo) has the same form; its rows without `meta` have no times and are rejected.
Checked on made files only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import number, read_json_or_jsonl, span, text
from builders.reading.bracketed_times import bracketed_events
from builders.reading.conversations import exchanges, turns
from builders.reading.rows import objects
from builders.reading.timed_text import annotated_events
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

_PLACEHOLDER = re.compile(r"<[se]\d+>")


@Source(
    name="internvid-vtime",
    title="InternVid-VTime",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "conversations",
            ("stage2.json", "stage3.json"),
            about="conversations with placeholders, and their times",
        ),
    ),
    licence="CC BY-NC-ND 4.0 (the VTimeLLM repository)",
    media_licence="YouTube videos, each under its uploader's terms; research use",
    homepage="https://github.com/huangb23/VTimeLLM",
    obtain="stage2.json by the link in the repository's docs/data.md; videos from YouTube by id",
    checked="made files only",
    notes=(
        "Conversations are expanded, one record an event, on the excerpt of the video that the "
        "row names. Turns without times are rejected."
    ),
)
def internvid_vtime(files: Files) -> Iterator[Item]:
    """One record an event."""
    return each(objects(read_json_or_jsonl(files["conversations"])), _annotate)


def _annotate(row: Mapping[str, Any]) -> Iterator[Annotation | BadRow]:
    video, about = text(row, "id"), row.get("meta")
    if not isinstance(about, Mapping) or not isinstance(about.get("token"), Mapping):
        raise BadRow("no_spans", "the row has no meta.token, and so no times", key=video)
    duration_s = number(about["duration"], "duration")
    media = Media("video", video, f"{video}.mp4", duration_source_s=duration_s)
    if about.get("split") is not None:
        media.start_s, media.end_s = span(about["split"], "split")
    said = [
        (_filled(pair.question, about), _filled(pair.answer, about))
        for pair in exchanges(turns(row["conversations"]))
    ]
    meta = {"source": row["source"]} if "source" in row else {}
    return annotated_events(said, bracketed_events, media, meta)


def _filled(spoken: str, about: Mapping[str, Any]) -> str:
    """The text with the seconds of its placeholders, still in brackets."""
    tokens = about["token"]
    return _PLACEHOLDER.sub(
        lambda found: f"<{number(tokens.get(found.group()), found.group()):.12g}>", spoken
    )
