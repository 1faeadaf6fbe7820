"""HiREST (Zala et al., CVPR 2023): moments of instructional videos, and the steps within them.

`all_data_{split}.json` holds `{prompt: {video: {relevant, clip, v_duration, bounds, steps}}}`.
Where `clip` is true, `bounds` is the moment of the prompt in the video and becomes one record, and
so does each of `steps` (`{index, heading, absolute_bounds}`). Where it is false the whole video is
the moment and `bounds` is [0, 0]: there is nothing to locate. Some steps and one moment have no
length. The test split has no steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from builders.reading import number, read_json, relative_path, span, stem, text
from builders.reading.rows import entries, expanded, listed_objects
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each


@Source(
    name="hirest",
    title="HiREST",
    tasks=("ground", "ground-think"),
    splits={"train": Role.TRAINING, "val": Role.EVALUATION, "test": Role.EVALUATION},
    files=(FileSpec("moments", ("all_data_{split}.json",), about="moments and steps by prompt"),),
    licence="MIT",
    media_licence="YouTube videos (HowTo100M), each under its uploader's terms; research use",
    homepage="https://github.com/j-min/HiREST",
    obtain="annotations from the repository's data/splits; videos from YouTube by their ids",
    notes=(
        "A video is expanded: one record for its moment and one for each step. Videos that are "
        "the moment as a whole (642 of train) give nothing to locate and are rejected, and so "
        "are the moment and the steps without length."
    ),
)
def hirest(files: Files) -> Iterator[Item]:
    """One record a moment, and one a step."""
    return each(entries(read_json(files["moments"])), _videos)


def _videos(entry: tuple[str, Mapping[str, Any]]) -> Iterator[Annotation | BadRow]:
    prompt, videos = entry
    for file, found in videos.items():
        if not isinstance(found, Mapping):
            yield BadRow("bad_row", f"not an object: {str(found)[:60]!r}", key=file)
            continue
        try:
            steps = listed_objects(found, "steps")
        except BadRow as bad:
            bad.key = file
            yield bad
            continue
        yield from expanded([None, *steps], _annotator(prompt, file, found), file)


def _annotator(
    prompt: str, file: str, found: Mapping[str, Any]
) -> Callable[[int, Mapping[str, Any] | None], Annotation]:
    """What makes one annotation of the moment (no step) or of a step of a video."""
    path = relative_path(file)

    def annotate(_: int, step: Mapping[str, Any] | None) -> Annotation:
        duration_s = number(found["v_duration"], "v_duration")
        media = Media("video", stem(path), path, duration_source_s=duration_s)
        if step is None:
            if not found["clip"]:
                raise BadRow("no_spans", "the whole video is the moment", key=file)
            question, bounds, meta = prompt, found["bounds"], {"part": "moment"}
        else:
            question, bounds = text(step, "heading"), step["absolute_bounds"]
            meta = {"part": "step", "prompt": prompt, "index": step["index"]}
        return Annotation(
            media,
            question,
            content=[prompt, meta, question, bounds],
            spans_s=[span(bounds, "bounds")],
            meta=meta,
        )

    return annotate
