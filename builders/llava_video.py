"""LLaVA conversations about one video or image, as LLaVA-Video-178K (Zhang et al., 2024) has them.

A row is `{id, video | image, conversations: [{from, value}], ...}` in a JSON array or JSON Lines;
LLaVA-Video-178K adds `data_source`, InternVideo2.5's example `duration` in seconds. The media tag
(`<image>`, also for a video, or `<video>`) may stand anywhere in the text and is removed. Each
question of a row becomes a record of its own. Options written into a question (`A. ...`, a line
each) are read where the answer is a letter or repeats one of them. LLaVA-Video-178K itself was not
at hand; the form was checked on InternVideo2.5's and Qwen3-VL's real examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from builders.reading import number, read_json_or_jsonl, relative_path, stem
from builders.reading.conversations import questions, turns
from builders.reading.rows import objects
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

KINDS = ("video", "image")


@Source(
    name="llava-video",
    title="LLaVA-Video-178K and other LLaVA conversations",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "conversations", ("*.json*",), many=True, about="conversations, JSON or JSON Lines"
        ),
    ),
    licence="Apache-2.0 on its card, which allows academic research and education only",
    media_licence="by source (YouTube and academic sets), not for redistribution",
    homepage="https://huggingface.co/datasets/lmms-lab/LLaVA-Video-178K",
    obtain="json files and videos from the dataset's page; or your own files of this form",
    notes=(
        "A conversation of several questions gives one record a question, each asked without the "
        "turns before it (meta.turn, meta.turns). Options in the text become options where the "
        "answer is one of them. Rows without a video or image, or with several, are rejected."
    ),
)
def llava_video(files: Files) -> Iterator[Item]:
    """One record a question of a conversation."""
    rows = chain.from_iterable(read_json_or_jsonl(path) for path in files.all("conversations"))
    return each(objects(rows), _annotations)


def _annotations(row: dict[str, Any]) -> Iterable[Annotation | BadRow]:
    read = {"conversations", "duration", *KINDS}
    meta = {name: value for name, value in row.items() if name not in read and value is not None}
    return questions(turns(row.get("conversations")), _media(row), row, meta)


def _media(row: dict[str, Any]) -> Media:
    paths = [
        (kind, path)
        for kind in KINDS
        for path in (row[kind] if isinstance(row.get(kind), list) else [row.get(kind)])
        if path is not None
    ]
    if len(paths) != 1:
        found = ", ".join(f"{kind} {path!r}" for kind, path in paths) or "none"
        raise BadRow("unsupported_media", f"one video or image is needed; the row has {found}")
    kind, published = paths[0]
    if not isinstance(published, str) or not published:
        raise BadRow("bad_row", f"{kind} is {published!r}, not a path")
    path = relative_path(published)
    media = Media(kind, stem(path), path)
    if row.get("duration") is not None:
        media.duration_source_s = number(row["duration"], "duration")
    return media
