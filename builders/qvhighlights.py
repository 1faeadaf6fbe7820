"""QVHighlights (Lei et al., NeurIPS 2021): sentences with all their windows in 150 s clips.

`highlight_*_release.jsonl` holds a line `{qid, query, duration, vid, relevant_windows,
relevant_clip_ids, saliency_scores}`. A sentence may have several windows; all are kept. `vid` is
`<youtube id>_<start>_<end>` and names the clip's file. Its span is not always the clip's length
(213 rows of train say 150 s where the clip is shorter), so `duration` is what counts. Saliency is
three annotators' scores for each clip of 2 s named in `relevant_clip_ids`. The released test split
has no windows, so its rows cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builders.reading import number, pairs, read_json_or_jsonl, text
from builders.reading.rows import objects
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="qvhighlights",
    title="QVHighlights",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(
        FileSpec(
            "windows",
            ("highlight_{split}_release.jsonl",),
            about="sentences, windows and saliency",
        ),
    ),
    licence="CC BY-NC-SA 4.0",
    media_licence="YouTube videos, each under its uploader's terms; research use",
    homepage="https://github.com/jayleicn/moment_detr",
    obtain="annotations from the repository's data folder, which links the clips, too",
    notes=(
        "Every window of a sentence is kept; saliency is in meta. Rows without windows (all of "
        "the released test split) are rejected."
    ),
)
def qvhighlights(files: Files) -> Iterator[Item]:
    """One record a sentence."""
    return each(objects(read_json_or_jsonl(files["windows"])), _annotate)


def _annotate(row: Mapping[str, Any]) -> Annotation:
    clip, qid = text(row, "vid"), str(row["qid"])
    windows_s = pairs(row.get("relevant_windows", []), "relevant_windows")
    if not windows_s:
        raise BadRow("no_spans", "the row has no relevant_windows", key=f"{clip}/{qid}")
    duration_s = number(row["duration"], "duration")
    media = Media("video", clip, f"{clip}.mp4", duration_source_s=duration_s)
    kept = ("relevant_clip_ids", "saliency_scores")
    return Annotation(
        media,
        text(row, "query"),
        keys=(qid,),
        spans_s=windows_s,
        meta={name: row[name] for name in kept if name in row},
    )
