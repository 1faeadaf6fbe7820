"""Every example of the page of tasks is run; `--refresh-golden` writes what they give anew."""

import re
from pathlib import Path

import pytest

from schemas.answers import AnswerType
from schemas.record import Record
from schemas.reward import accuracy
from schemas.task import TASKS, Reading
from tests.schemas.records import OPTIONS, record

PAGE = Path(__file__).parents[1] / "docs/tasks.md"
META = {"think": "he opens it", "elements": ["boy", "present", "sofa", "paper"]}


def asked() -> Record:
    """The record that the page's examples speak of."""
    return record(meta=META)


def shown(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def scored(line: str, task: str) -> str:
    """`strict: B => accuracy 1` with the scores that the completion really has."""
    reading, completion = line.rpartition(" => ")[0].split(": ", 1)
    said = completion.replace("\\n", "\n")
    scores = TASKS[task].scores(asked(), said, Reading(reading))
    told = ", ".join(f"{name} {shown(value)}" for name, value in scores.items())
    return f"{reading}: {completion} => {told}"


def compared(line: str, answer_type: str, gold: str) -> str:
    """`strict: 1,000 => 1` with the score that the answer really has."""
    reading, text = line.rpartition(" => ")[0].split(": ", 1)
    options = OPTIONS if answer_type == "multiple_choice" else []
    score = accuracy(text, gold, AnswerType(answer_type), options, Reading(reading))
    return f"{reading}: {text} => {shown(score)}"


def block(kind: str, body: str, task: str) -> str:
    """The body of a fenced block as the code would write it."""
    if kind == "prompt":
        prompt = TASKS[task].prompt(asked())
        system = f"system: {prompt.system}\n" if prompt.system else ""
        return f"{system}user: {prompt.text}\nassistant: {prompt.prefix}|\n"
    if kind == "gold":
        return f"{TASKS[task].gold(asked())}\n"
    if kind == "scores":
        return "".join(f"{scored(line, task)}\n" for line in body.splitlines())
    word, answer_type, gold = kind.split(" ", 2)
    assert word == "answers", kind
    return "".join(f"{compared(line, answer_type, gold)}\n" for line in body.splitlines())


def run(page: str) -> str:
    """The page with every fenced block as the code would write it."""
    task = ""

    def replaced(found: re.Match[str]) -> str:
        nonlocal task
        heading, kind, body = found.groups()
        if heading:
            task = heading
            return found.group()
        return f"```{kind}\n{block(kind, body, task)}```\n"

    return re.sub(r"^### (.+)$|^```(.+)\n((?s:.*?))^```\n", replaced, page, flags=re.M)


def test_every_example_gives_what_the_page_says(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text("utf-8")
    if request.config.getoption("--refresh-golden"):
        PAGE.write_text(run(page), "utf-8")
    assert PAGE.read_text("utf-8") == run(page), "see --refresh-golden"
    assert page.count("```scores") == len(TASKS.names())
    assert set(re.findall(r"^```answers (\w+)", page, re.M)) == {*AnswerType} - {"none"}


def test_the_table_names_every_task_with_its_outcome_and_scores() -> None:
    rows = re.findall(
        r"^\| `(.+?)` \| .+? \| (.+?) \| `(.+?)` \| (.+?) \|$", PAGE.read_text(), re.M
    )
    assert [name for name, *_ in rows] == TASKS.names()
    for name, about, outcome, scores in rows:
        task = TASKS[name]
        assert (about, outcome) == (task.about, task.outcome)
        assert re.findall(r"`(.+?)`", scores) == list(task.scores(asked(), ""))
