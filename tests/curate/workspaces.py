"""Small made annotation files, building them without the command line, and comparing tables."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from curate.annotations import find
from curate.build import Job, Outcome, build
from curate.config import MediaConfig
from curate.media_root import MediaRoot
from curate.store import connect
from schemas.source import SOURCES

HEADER = ["video_id", "frame_count", "width", "height", "question", "answer", "qid", "type"]
HEADER += [f"a{i}" for i in range(5)]


class Heard:
    """A `Watch` that keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.batches: list[tuple[int, int]] = []
        self.decoded = 0

    def rows(self, done: int, rejects: int) -> None:
        self.batches.append((done, rejects))

    def media(self, done: int, total: int, failed: int) -> None:
        self.decoded = max(self.decoded, done)

    def say(self, line: str) -> None:
        self.lines.append(line)


def nextgqa_row(video: str, qid: str, answer: str = "b", question: str = "why") -> list[str]:
    return [video, "300", "64", "48", question, answer, qid, "CW", "a", "b", "c", "d", "e"]


def write_nextgqa(
    folder: Path, rows: Sequence[list[str]], segments: dict[str, Any] | None = None
) -> Path:
    """val.csv and gsub_val.json; without `segments` each question has one, 1 to 2 s of 10."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "val.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    if segments is None:
        segments = {}
        for row in rows:
            entry = segments.setdefault(row[0], {"duration": 10, "location": {}, "fps": 30})
            entry["location"][row[6]] = [[1, 2]]
    (folder / "gsub_val.json").write_text(json.dumps(segments))
    return folder


def many_nextgqa(folder: Path, rows: int, seed: int = 0) -> Path:
    """Rows of which some are rejected (no segments, no such answer), clamped or there twice."""
    rng = random.Random(seed)
    questions = []
    segments: dict[str, Any] = {}
    for number in range(rows):
        video, qid = str(10_000 + number // 6), str(number % 6)
        answer = "z" if number % 41 == 0 else rng.choice("abcde")
        questions.append(nextgqa_row(video, qid, answer, f"why {rng.random()}"))
        entry = segments.setdefault(video, {"duration": 10, "location": {}, "fps": 30})
        if number % 37:
            entry["location"][qid] = [[rng.randrange(5), rng.randrange(60, 120) / 10]]
    questions += [questions[5], [*questions[7][:4], "another question", *questions[7][5:]]]
    return write_nextgqa(folder, questions, segments)


def job(
    name: str,
    annotations: Path,
    split: str,
    *,
    media: Path | None = None,
    root: Path | None = None,
    follow_links: bool = False,
) -> Job:
    """A job as the command line makes it; probes are kept in `root`."""
    source = SOURCES[name]
    found = None
    if media is not None:
        assert root is not None
        config = MediaConfig(workers=2, time_limit_s=20)
        cache = root / "cache" / "probes.sqlite"
        found = MediaRoot(media, cache, config, follow_links=follow_links)
    return Job(name, source, find(source, annotations, split), found)


def built(root: Path, name: str, annotations: Path, split: str, **media: Any) -> Outcome:
    """Build one split into the workspace `root`."""
    return build(root, job(name, annotations, split, root=root, **media), Heard())


def tables(root: Path, names: Iterable[str] = ("records", "rejects")) -> dict[str, str]:
    """The sha256 of every part of the tables, by path."""
    paths = [path for name in names for path in sorted((root / name).rglob("*.parquet"))]
    assert paths
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def rows(root: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a query over the views of a workspace gives."""
    return connect(root).sql(sql).fetchall()
