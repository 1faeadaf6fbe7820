"""TimeIT (TimeChat: Ren et al., CVPR 2024): times of events told in instruction data.

`instruct_*.json` are lists of `{video, QA: [{q, a}]}`, a file for each task and set: temporal
video grounding (Charades-STA, HiREST, DiDeMo, QuerYD), step localization (COIN, HiREST), dense
captions (YouCook2, ActivityNet, ViTT), summaries and highlights (TVSum, SumMe, QVHighlights).
Answers are texts: a list of events is expanded, one record an event, and what is asked is the
event or the query itself, with the instruction in meta. ViTT's events have a start only, and
summaries are lists of instants with scores: both are rejected as instants. No durations are
published, so the videos must be at hand. The copy of Charades-STA keeps its 4 reversed lines, and
HiREST has 11 steps without length.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.reading import read_json_or_jsonl
from builders.reading.rows import objects
from builders.reading.timed_text import timed_annotations
from schemas.record import Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="timeit",
    title="TimeIT",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "instructions",
            ("instruct_*.json",),
            many=True,
            about="instructions and timed answers, a file for each task and set",
        ),
    ),
    licence="CC BY 4.0; the sets it is made from have their own terms",
    media_licence="those of Charades, COIN, HiREST, YouCook2 and the others it is made from",
    homepage="https://huggingface.co/datasets/ShuhuaiRen/TimeIT",
    obtain="annotations from the homepage's data folder; videos from each set, DATA.md of TimeChat",
    notes=(
        "Lists of events are expanded, one record an event. ViTT (starts only) and the lists of "
        "TVSum and SumMe are rejected as instants. No durations are published: without the "
        "videos every row is rejected."
    ),
)
def timeit(files: Files) -> Iterator[Item]:
    """One record a located query or event."""
    for path in files.all("instructions"):
        yield from each(objects(read_json_or_jsonl(path)), timed_annotations)
