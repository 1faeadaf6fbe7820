"""`elements`: the things to look for in the video, after VideoReasoner's prefix.

The gold completion is the reference list (`elements` in `meta`) on one line with commas. The format
is a list of 4 to 16 elements, on one line, none twice, none an option letter; the later annotation
of the same authors asks for 4 to 10, `Elements(counts=LATER_COUNTS)`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from schemas.asking import medium, meta_of, spoken
from schemas.record import Record
from schemas.task import Prompt, Reading, Task, task
from schemas.unified import SYSTEM, instruction

PREFIX = "I want to output the key elements: "
COUNTS = range(4, 17)
LATER_COUNTS = range(4, 11)
# A list of more parts than this matches nothing, so that no completion takes long.
MOST = 1000
_LETTER = re.compile(r"\(?[A-Z][.):]?", re.IGNORECASE | re.ASCII)


@task
class Elements(Task):
    """Naming what matters in a video for its question.

    Args:
        counts: how many elements a list may have.
    """

    name = "elements"
    about = "the key elements, as a list on one line"
    outcome = "f1"

    def __init__(self, counts: range = COUNTS) -> None:
        self.counts = counts

    def fits(self, record: Record) -> bool:
        """A video, whether a reference is known or not."""
        return medium(record) == "video"

    def prompt(self, record: Record) -> Prompt:
        """The instruction that the three tasks of VideoReasoner share, and the prefix."""
        return Prompt(instruction(record), SYSTEM, PREFIX)

    def gold(self, record: Record) -> str | None:
        """The reference list; None where there is none."""
        return ", ".join(reference(record)) or None

    def scores(
        self, record: Record, completion: str, reading: Reading = Reading.STRICT
    ) -> Mapping[str, float]:
        """`format`, and `f1` where the record has reference elements."""
        said = spoken(completion)
        scores = {"format": float(self._well_formed(said))}
        if wanted := reference(record):
            scores["f1"] = _f1(said.split(",", MOST), wanted)
        return scores

    def _well_formed(self, said: str) -> bool:
        named = said.split(",", MOST)
        if len(named) not in self.counts or len(said.splitlines()) != 1:
            return False
        different = {normal(element) for element in named}
        return (
            len(different) == len(named)
            and "" not in different
            and not any(map(_LETTER.fullmatch, map(str.strip, named)))
        )


def reference(record: Record) -> list[str]:
    """The known elements, each once, without empty ones and option letters."""
    listed = meta_of(record).get("elements")
    if not isinstance(listed, list):
        return []
    named = (" ".join(part.split()) for item in listed for part in str(item).split(","))
    found = {normal(element): element for element in named if not _LETTER.fullmatch(element)}
    found.pop("", None)
    return list(found.values())


def normal(element: str) -> str:
    """The element as it is compared: Unicode's compatible form, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", element).casefold().split())


def _f1(named: Sequence[str], wanted: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over normalised elements; repeats count as wrong."""
    if len(named) > MOST:
        return 0.0
    found = {normal(element) for element in named} & {normal(element) for element in wanted}
    return 2 * len(found) / (len(named) + len(wanted))
