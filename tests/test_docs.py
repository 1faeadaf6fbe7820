"""What the documents say is what the program does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from curate.cli import app
from schemas.arrow import MEDIA, RECORDS
from schemas.record import FLAGS, REASONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RECORDS_PAGE = (ROOT / "docs/records.md").read_text("utf-8")
COMMANDS = {c.callback.__name__ for c in app.registered_commands if c.callback}


def section(page: str, title: str) -> str:
    (text,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    return str(text)


def listed(text: str) -> dict[str, str]:
    """The words of a list `- `word`: meaning`."""
    return dict(re.findall(r"^- `(\w+)`: (.+)$", text, re.M))


def test_every_flag_and_every_reason_is_described() -> None:
    assert listed(section(RECORDS_PAGE, "Flags")) == dict(FLAGS)
    assert listed(section(RECORDS_PAGE, "Rejects")) == dict(REASONS)


def test_every_column_is_described() -> None:
    table = re.findall(r"^\| (`.+?) \|", RECORDS_PAGE, re.M)
    names = [name for cell in table for name in re.findall(r"`(\w+)`", cell)]
    assert names == RECORDS.names
    (media,) = re.findall(r"^\| `media` .*$", RECORDS_PAGE, re.M)
    assert set(re.findall(r"`(\w+)`", media)) - {"media"} == {field.name for field in MEDIA}


def test_every_make_target_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.M))
    pages = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"^    make ([\w-]+)|`make ([\w-]+)`", pages, re.M))
    assert {one or other for one, other in named} <= targets
    assert {"demo", "test"} <= targets


@pytest.mark.parametrize(
    "page", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").iterdir())]
)
def test_every_command_and_option_that_is_named_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    known = {name: CliRunner().invoke(app, [name, "--help"]).stdout for name in COMMANDS}
    for line in re.findall(r"`(curate [a-z][^`]*)`|^    \$? ?(curate .*)$", text, re.M):
        _, name, *arguments = shlex.split(line[0] or line[1], comments=True)
        assert name in COMMANDS, line
        for option in (a.partition("=")[0] for a in arguments if a.startswith("--")):
            assert option in known[name], (line, option)


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").iterdir())]
)
def test_every_link_leads_to_a_file(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def example() -> Iterator[tuple[list[str], list[str]]]:
    """The commands of the README's real example, each with the lines that it shows."""
    block = re.findall(r"^    (.*)$", section(README, "With a published set"), re.M)
    command: list[str] = []
    shown: list[str] = []
    for line in [*block, "$ end"]:
        if line.startswith("$ "):
            if command[:1] == ["curate"]:
                yield command[1:], shown
            command, shown = shlex.split(line[2:]), []
        else:
            shown.append(line)


def test_the_readme_shows_what_really_comes_out(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "NExT-GQA/datasets").mkdir(parents=True)
    (tmp_path / "NExT-GQA/datasets/nextgqa").symlink_to(shared / "annotations/nextgqa")
    monkeypatch.chdir(tmp_path)
    commands = []
    for arguments, shown in example():
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.stderr
        real = iter([timeless(line) for line in result.stdout.splitlines()])
        for line in shown:
            assert line.strip() == "..." or timeless(line) in real, line
        commands.append(arguments[0])
    assert commands == ["build", "lint", "show"]


def timeless(line: str) -> str:
    """The line without the time that it took."""
    return re.sub(r" {3}\d+\.\d s$", "", line.rstrip())
