"""ShareGPT-style messages with media, as LLaMA-Factory reads them (Zheng et al., ACL 2024).

A row is `{messages: [{role, content}], videos | images | audios: [path]}` or the same with
`conversations` and `from`/`value`. Tags (`<video>`, `<image>`, `<audio>`) may stand anywhere in
the text and are removed. Each question of a row becomes a record of its own. A row is about one
video or image: the same file named twice counts once; several files, audio, or none are rejected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from builders.reading import read_json_or_jsonl, relative_path, stem
from builders.reading.conversations import Turn, questions, turns
from builders.reading.rows import objects
from schemas.errors import BadRow
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

COLUMNS = {"videos": "video", "images": "image", "audios": "audio"}


@Source(
    name="sharegpt",
    title="ShareGPT messages with videos or images",
    tasks=("answer", "think"),
    splits={"train": Role.TRAINING},
    files=(FileSpec("messages", ("*.json*",), many=True, about="messages, JSON or JSON Lines"),),
    licence="not stated (the files' own; LLaMA-Factory's examples are Apache-2.0)",
    media_licence="not stated (the files' own)",
    homepage="https://github.com/hiyouga/LLaMA-Factory",
    obtain="your own files in the form of LLaMA-Factory's data/mllm_*_demo.json",
    notes=(
        "A conversation of several questions gives one record a question, each asked without the "
        "turns before it (meta.turn, meta.turns). Rows with audio, with several media files or "
        "with none are rejected."
    ),
)
def sharegpt(files: Files) -> Iterator[Item]:
    """One record a question of a conversation."""
    rows = chain.from_iterable(read_json_or_jsonl(path) for path in files.all("messages"))
    return each(objects(rows), _annotations)


def _annotations(row: dict[str, Any]) -> Iterable[Annotation | BadRow]:
    name = "messages" if "messages" in row else "conversations"
    conversation = turns(row.get(name))
    media = _media(row)
    if isinstance(row.get("system"), str) and row["system"].strip():
        conversation.insert(0, Turn("system", row["system"].strip(), ()))
    meta = {k: v for k, v in row.items() if k not in (name, "system", *COLUMNS) and v is not None}
    return questions(conversation, media, row, meta)


def _media(row: dict[str, Any]) -> Media:
    found = []
    for column, kind in COLUMNS.items():
        value = row.get(column) or []
        paths = value if isinstance(value, list) else [value]
        if not all(isinstance(path, str) and path for path in paths):
            raise BadRow("unsupported_media", f"{column} is {str(value)[:60]!r}, not paths")
        found += [(kind, relative_path(path)) for path in dict.fromkeys(paths)]
    if len(found) != 1 or found[0][0] == "audio":
        shown = ", ".join(f"{kind} {path}" for kind, path in found[:4]) or "none"
        raise BadRow("unsupported_media", f"one video or image is needed; the row has {shown}")
    kind, path = found[0]
    return Media(kind, stem(path), path)
