"""Temporal judging: which questions need reasoning over time, and which responses do it.

Two stages, as Video-R1 reports them (section 4, figure 6): a judge model is asked of each question
whether it can be answered only by following what happens over time, and of each response to such
a question whether it reasons so. The share of responses that do is what is reported. The paper's
prompts are an image; these are our own words. The judge reads texts alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.asking import question
from schemas.record import Record
from schemas.task import Prompt

_VERDICT = re.compile(r"[\s\"'*`]*(?:verdict\s*:[\s\"'*`]*)?(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the judged say yes.

    Args:
        yes: verdicts.
        no: verdicts.
        unread: replies that hold no verdict; in no share.
    """

    yes: int
    no: int
    unread: int

    @property
    def ratio(self) -> float | None:
        """yes / (yes + no); None where nothing was judged."""
        judged = self.yes + self.no
        return self.yes / judged if judged else None


def question_prompt(record: Record) -> Prompt:
    """Stage one: does the question need reasoning over time?"""
    return Prompt(
        "Here is a question about a video, which you do not see.\n"
        f"Question: {_quoted(question(record))}\n"
        "Does answering it need what happens over time: the order of events, their duration or "
        "speed, how something changes or moves, or what causes what? A question that one well "
        "chosen frame answers does not need it.\n"
        "Begin your reply with yes or no."
    )


def response_prompt(record: Record, response: str) -> Prompt:
    """Stage two: does the response reason over time?"""
    return Prompt(
        "Here are a question about a video, which you do not see, and a response to it.\n"
        f"Question: {_quoted(question(record))}\n"
        f"Response: {_quoted(response)}\n"
        "Does the response reason over time, that is, does it use the order, duration or change "
        "of what it saw to reach its answer? To name one scene, or to say before or after without "
        "using it, is not enough. Whether the answer is right does not matter.\n"
        "Begin your reply with yes or no."
    )


def _quoted(text: str) -> str:
    """The text as one JSON string, so that no text can pass for the judge's own instruction."""
    return json.dumps(text, ensure_ascii=False)


def verdict(reply: str) -> bool | None:
    """The yes or no that the reply begins with; None where it begins otherwise.

    Case, quotes and asterisks around it do not matter, nor `Verdict:` before it. A judge that
    thinks aloud first is read after its last `</think>`.
    """
    found = _VERDICT.match(reply.rpartition("</think>")[2][:200])
    return None if found is None else found.group(1).lower() == "yes"


def share(verdicts: Iterable[bool | None]) -> Share:
    """Count verdicts.

    >>> share([True, True, False, None]).ratio
    0.6666666666666666
    """
    given = list(verdicts)
    return Share(given.count(True), given.count(False), given.count(None))
