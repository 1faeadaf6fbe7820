"""VTG-IT-120K (VTG-LLM: Guo et al., AAAI 2025): re-annotated video temporal grounding.

`vtg-it-120k.json` is a list of `{video, QA: [{q, a}], source}`; the folders it is merged from each
hold a `time_token.json` of the same rows without `source`. The digits of times are spelled as
tokens (`<TIME_ZERO>` to `<TIME_NINE>`, `<TIME_DOT>`). Moment retrieval answers with one timed
event or one located query, dense captions with several events, one record each; summaries and
highlights are instants with scores and are rejected. No durations are published, so the videos
must be at hand. Checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.reading import read_json_or_jsonl
from builders.reading.rows import objects
from builders.reading.timed_text import timed_annotations
from schemas.record import Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="vtg-it",
    title="VTG-IT-120K",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "instructions",
            ("vtg-it-120k.json", "time_token.json"),
            many=True,
            about="instructions and timed answers: the merged file, or the folders it is made of",
        ),
    ),
    licence="Apache-2.0; the sets it is made from have their own terms",
    media_licence="those of YT-Temporal, COIN, ViTT, ActivityNet and the others it is made from",
    homepage="https://huggingface.co/datasets/Yongxin-Guo/VTG-IT",
    obtain="annotations from the homepage or gyxxyg/VTG-LLM; videos from each set, docs/DATA.md",
    checked="made files only",
    notes=(
        "Lists of events are expanded, one record an event. Summaries and highlights are "
        "rejected as instants. No durations are published: without the videos every row is "
        "rejected."
    ),
)
def vtg_it(files: Files) -> Iterator[Item]:
    """One record a located query or event."""
    for path in files.all("instructions"):
        yield from each(objects(read_json_or_jsonl(path)), timed_annotations)
