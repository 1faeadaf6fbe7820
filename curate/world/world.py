"""The world: its paths, its clips, and the truth behind every published question.

A `World` holds no more than its folder, seed and size: all else follows from these, one clip at a
time, so that hundreds of videos need no more memory than one.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from curate.world.flaws import Flaw, flawed, flaws_of_media
from curate.world.layout import Clip, clips
from curate.world.questions import (
    Question,
    image_problems,
    next_questions,
    sentences,
    video_problems,
)
from curate.world.scene import Event, Scene, Still, make_scene, make_still
from schemas.errors import unknown

# Each source's media root, and the splits that its files speak of.
SOURCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "nextgqa": ("nextqa", ("val", "test")),
    "nextqa": ("nextqa", ("train", "val")),
    "charades-sta": ("charades", ("train", "test")),
    "video-r1": ("video-r1", ("rl",)),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One published question with the truth behind it.

    Args:
        source: `nextgqa`, `nextqa`, `charades-sta` or `video-r1`.
        split: of that source.
        clip: the video that it is about, or that its image stands beside.
        scene: what happens in the video.
        key: the published question id; empty where the set has none.
        kind: `video` or `image`.
        question: with options, answer, spans as published, and the true events.
    """

    source: str
    split: str
    clip: Clip
    scene: Scene
    key: str
    kind: str
    question: Question

    @property
    def path(self) -> str:
        """Of the video or image, relative to the source's media root."""
        return self.clip.image if self.kind == "image" and self.clip.image else self.clip.path

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that show the answer, true whatever the published row says."""
        return self.question.events


@dataclass(frozen=True, slots=True)
class World:
    """Made videos and their annotation, below `folder`."""

    folder: Path
    seed: int
    videos: int
    flawed: bool

    @property
    def annotations(self) -> Mapping[str, Path]:
        """The folder of each source's annotation files; NExT-QA's has `mc` and `oe` in it."""
        return {source: self.folder / "annotations" / source for source in SOURCES}

    @property
    def media(self) -> Mapping[str, Path]:
        """Each source's media root."""
        return {source: self.folder / "media" / root for source, (root, _) in SOURCES.items()}

    def clips(self) -> Iterator[Clip]:
        """All clips in order, the missing one of a flawed world too."""
        return clips(self.seed, self.videos, self.flawed)

    def scene(self, clip: Clip) -> Scene:
        """What happens in a clip."""
        return make_scene(self.seed, clip.number)

    def still(self, clip: Clip) -> Still:
        """The image beside a clip of Video-R1."""
        return make_still(self.seed, clip.number)

    def video_path(self, clip: Clip) -> Path:
        """Where the clip's file is."""
        return self.folder / "media" / clip.root / clip.path

    def told(self, source: str | None = None, split: str | None = None) -> Iterator[Told]:
        """The published questions with their truth, in the order of the files.

        Args:
            source: of this source alone.
            split: of this split alone.

        Raises:
            UnknownName: the world has no such source, or the source no such split.
        """
        for name in _named("source", source, SOURCES):
            root, splits = SOURCES[name]
            for part in _named("split", split, splits) if source else splits:
                for clip in self.clips():
                    if (clip.root, clip.split) == (root, part) and split in (None, part):
                        yield from self._about(name, clip)

    def flaws(self) -> list[Flaw]:
        """Everything that is wrong on purpose."""
        if not self.flawed:
            return []
        rows = [
            Flaw(t.question.flaw, t.source, t.split, t.clip.id, t.question.text)
            for t in self.told()
            if t.question.flaw
        ]
        return rows + flaws_of_media(self.clips())

    def _about(self, source: str, clip: Clip) -> Iterator[Told]:
        scene = self.scene(clip)
        rng = random.Random(f"{self.seed}/{clip.number}/questions")
        kinds = [("video", q) for q in self._questions(source, clip, scene, rng)]
        if clip.image:
            kinds += [("image", q) for q in image_problems(self.still(clip), rng)]
        for number, (kind, question) in enumerate(kinds):
            key = str(number) if clip.root == "nextqa" else ""
            if source != "nextgqa" or question.spans_s:
                yield Told(source, clip.split, clip, scene, key, kind, question)

    def _questions(
        self, source: str, clip: Clip, scene: Scene, rng: random.Random
    ) -> list[Question]:
        ask = {"nextqa": next_questions, "charades": sentences, "video-r1": video_problems}
        asked = ask[clip.root](scene, rng)
        if not self.flawed:
            return asked
        return [flawed(q, source, clip, place, scene.duration_s) for place, q in enumerate(asked)]


def _named(kind: str, name: str | None, known: Collection[str]) -> Collection[str]:
    if name is None:
        return known
    if name not in known:
        raise unknown(kind, name, known)
    return (name,)
