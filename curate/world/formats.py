"""Annotation files of a world, in the form in which each set was published.

Checked against the published files: column names and their order, quoting, line ends, options as
texts or with labels, answers as text, index or tag, times with one decimal, rounded durations.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from curate.world.layout import Clip
from curate.world.questions import Question
from curate.world.scene import CHANGES, Scene
from curate.world.world import Told, World

QUESTION_COLUMNS = ("frame_count", "width", "height", "question", "answer", "qid", "type")
OPTION_COLUMNS = ("a0", "a1", "a2", "a3", "a4")
CHARADES_COLUMNS = (
    *("id", "subject", "scene", "quality", "relevance", "verified", "script", "objects"),
    *("descriptions", "actions", "length"),
)


VIDOR_MAP = "map_vid_vidorID.json"


def write_annotations(world: World) -> None:
    """Write the files of all four sets."""
    _write_nextgqa(world, world.annotations["nextgqa"])
    _write_nextqa(world, world.annotations["nextqa"])
    _write_charades(world, world.annotations["charades-sta"])
    _write_video_r1(world, world.annotations["video-r1"])


def _write_nextgqa(world: World, folder: Path) -> None:
    header = ("video_id", *QUESTION_COLUMNS, *OPTION_COLUMNS)
    for split in ("val", "test"):
        told = list(world.told("nextgqa", split))
        rows = ([*_head(t), t.question.answer, *_tail(t), *t.question.options] for t in told)
        _write_csv(folder / f"{split}.csv", header, rows)
        _write_json(folder / f"gsub_{split}.json", _grounding(told))
    _write_json(folder / VIDOR_MAP, _vidor(world))


def _vidor(world: World) -> Mapping[str, str]:
    """The path of each NExT video without its ending, by its id."""
    return {c.id: c.path.removesuffix(".mp4") for c in world.clips() if c.root == "nextqa"}


def _grounding(told: Iterable[Told]) -> Mapping[str, Any]:
    """Segments by video and question, beside the duration in whole seconds."""
    found: dict[str, Any] = {}
    for one in told:
        scene = one.scene
        video = found.setdefault(
            one.clip.id,
            {
                "duration": round(scene.duration_s),
                "location": {},
                "fps": round(float(scene.rate), 2),
            },
        )
        video["location"][one.key] = [[s.start, s.end] for s in one.question.spans_s]
    return found


def _write_nextqa(world: World, folder: Path) -> None:
    header = ("video", *QUESTION_COLUMNS)
    for split in ("train", "val"):
        told = list(world.told("nextqa", split))
        choices = ([*_head(t), _index(t.question), *_tail(t), *t.question.options] for t in told)
        _write_csv(folder / "mc" / f"{split}.csv", (*header, *OPTION_COLUMNS), choices)
        opens = ([*_head(t), t.question.answer, *_tail(t)] for t in told)
        _write_csv(folder / "oe" / f"{split}.csv", header, opens)
    for form in ("mc", "oe"):
        _write_json(folder / form / VIDOR_MAP, _vidor(world))


def _head(told: Told) -> list[object]:
    canvas = told.scene.canvas
    return [told.clip.id, told.scene.frames, canvas.width, canvas.height, told.question.text]


def _tail(told: Told) -> list[object]:
    return [told.key, told.question.type]


def _index(question: Question) -> int:
    return question.options.index(question.answer)


def _write_charades(world: World, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for split in ("train", "test"):
        with (folder / f"charades_sta_{split}.txt").open("w", encoding="utf-8", newline="") as file:
            for told in world.told("charades-sta", split):
                (span,) = told.question.spans_s
                times = f"{span.start:.1f} {span.end:.1f}"
                file.write(f"{told.clip.id} {times}##{told.question.text}\n")
        of_split = (c for c in world.clips() if (c.root, c.split) == ("charades", split))
        rows = (_charades_row(clip, world.scene(clip)) for clip in of_split)
        _write_csv(folder / f"Charades_v1_{split}.csv", CHARADES_COLUMNS, rows, "\r\n")


def _charades_row(clip: Clip, scene: Scene) -> list[object]:
    kinds = list(CHANGES)
    objects = ";".join(sorted(event.subject for event in scene.changes))
    script = " ".join(f"The {e.subject} {CHANGES[e.kind]}." for e in scene.changes)
    actions = ";".join(
        f"c{kinds.index(e.kind):03d} {e.start_s:.2f} {e.end_s:.2f}" for e in scene.changes
    )
    length = f"{scene.duration_s:.2f}"
    return [clip.id, "MADE", "Canvas", 7, 7, "Yes", script, objects, script, actions, length]


def _write_video_r1(world: World, folder: Path) -> None:
    rows = [_problem(number, t) for number, t in enumerate(world.told("video-r1", "rl"))]
    _write_json(folder / "Video-R1-260k.json", rows)


def _problem(number: int, told: Told) -> dict[str, Any]:
    question = told.question
    answer = question.answer
    if question.options:
        answer = "ABCDE"[_index(question)]
    labelled = zip("ABCDE", question.options, strict=False)
    return {
        "problem_id": number,
        "problem": question.text,
        "data_type": told.kind,
        "problem_type": question.type,
        "options": [f"{letter}. {option}" for letter, option in labelled],
        "solution": f"<answer>{answer}</answer>",
        "path": f"./{told.path}",
        "data_source": f"made/{told.kind}s",
    }


def _write_csv(
    path: Path, header: Iterable[str], rows: Iterable[list[object]], line_end: str = "\n"
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=line_end)
        writer.writerow(header)
        writer.writerows(rows)


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value) + "\n", encoding="utf-8")
