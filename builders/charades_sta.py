"""Charades-STA (Gao et al., ICCV 2017): sentences located in Charades videos.

`charades_sta_*.txt` holds a line `VIDEO START END##sentence` in seconds; a sentence may hold `#`.
Durations come from `Charades_v1_*.csv`; without it, only the videos can give them.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.reading import number, read_csv, read_lines
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="charades-sta",
    title="Charades-STA",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "test": Role.EVALUATION},
    files=(
        FileSpec("sentences", ("charades_sta_{split}.txt",), about="spans and sentences"),
        FileSpec(
            "lengths",
            ("Charades_v1_{split}.csv",),
            required=False,
            about="the duration of each video",
        ),
    ),
    licence="Charades licence (non-commercial research)",
    media_licence="Charades licence (non-commercial research, no redistribution)",
    homepage="https://github.com/jiyanggao/TALL",
    obtain="sentences from the TALL repository; videos and Charades_v1_*.csv from Charades",
    notes="Lines whose start is after their end (4 in train) are rejected.",
)
def charades_sta(files: Files) -> Iterator[Item]:
    """One record a line."""
    lengths = files.get("lengths")
    duration_s: dict[str, float] = {}
    if lengths:
        for row in read_csv(lengths, ("id", "length")):
            if isinstance(row.value, dict):
                duration_s[row.value["id"]] = number(row.value["length"], "length")

    def annotate(line: str) -> Annotation:
        head, mark, sentence = line.partition("##")
        fields = head.split()
        if not mark or len(fields) != 3:
            raise BadRow("bad_row", f"not `VIDEO START END##sentence`: {line[:60]!r}")
        video = fields[0]
        span_s = Interval(number(fields[1], "start"), number(fields[2], "end"))
        media = Media("video", video, f"{video}.mp4", duration_source_s=duration_s.get(video))
        return Annotation(media, sentence, content=line, spans_s=[span_s])

    return each(read_lines(files["sentences"]), annotate)
