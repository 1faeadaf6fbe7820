"""What every registered source must do, whoever wrote it."""

import ast
from pathlib import Path

import pytest

from curate.annotations import find, splits
from schemas.errors import CurateError, MissingFile
from schemas.record import Role
from schemas.source import SOURCES, Source

TASKS = {"answer", "ground", "elements", "think", "ground-think", "grounded-qa"}
CHECKED = {"real files", "made files only"}
BUILDERS = Path(__file__).parents[2] / "builders"

every_source = pytest.mark.parametrize("name", SOURCES.names())


def folder_names(source: Source) -> list[tuple[str, str]]:
    """Split and file name of the required files of a source, one name for each file."""
    return [
        (split, spec.names(split)[0].replace("*", "made"))
        for split in source.splits
        for spec in source.files
        if spec.required and spec.names(split)
    ]


@every_source
def test_the_file_is_called_as_the_source(name: str) -> None:
    assert SOURCES[name].name == name
    assert SOURCES[name].read.__module__ == f"builders.{name.replace('-', '_')}"


@every_source
def test_the_declaration_is_complete(name: str) -> None:
    source = SOURCES[name]
    for field in ("title", "licence", "media_licence", "homepage", "obtain"):
        text = getattr(source, field)
        assert text, field
        assert text == text.strip(), field
        assert "\n" not in text, field
    assert source.homepage.startswith("https://") or source.homepage.startswith("not stated")
    assert source.tasks
    assert set(source.tasks) <= TASKS
    assert len(set(source.tasks)) == len(source.tasks)
    assert source.splits
    assert all(isinstance(role, Role) for role in source.splits.values())
    assert all(meaning for meaning in source.options.values())


@every_source
def test_what_it_was_checked_on_is_said_in_both_places(name: str) -> None:
    source = SOURCES[name]
    path = BUILDERS / f"{name.replace('-', '_')}.py"
    told = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert told
    assert source.checked in CHECKED
    said = "Checked on made files only." in " ".join(told.split())
    assert said is (source.checked == "made files only")


@every_source
def test_every_split_has_a_file_that_it_cannot_do_without(name: str) -> None:
    source = SOURCES[name]
    assert {split for split, _ in folder_names(source)} == set(source.splits)
    roles = [spec.role for spec in source.files]
    assert len(set(roles)) == len(roles)
    for spec in source.files:
        assert any(spec.names(split) for split in source.splits), spec.role
        if not isinstance(spec.patterns, tuple):
            assert set(spec.patterns) <= set(source.splits), spec.role


@every_source
def test_an_empty_folder_has_no_splits_and_the_missing_file_is_named(
    name: str, tmp_path: Path
) -> None:
    source = SOURCES[name]
    assert splits(source, tmp_path) == []
    for split in source.splits:
        with pytest.raises(MissingFile) as caught:
            find(source, tmp_path, split)
        first = next(spec for spec in source.files if spec.required and spec.names(split))
        assert all(wanted in caught.value.message for wanted in first.names(split))
        assert f"{name}/{split}" in caught.value.message
        assert caught.value.file == str(tmp_path)
        assert source.obtain in (caught.value.hint or "")


@every_source
def test_the_required_files_alone_are_enough_to_start(name: str, tmp_path: Path) -> None:
    """Empty files are found, and reading them tells that they are empty."""
    source = SOURCES[name]
    for _, file in folder_names(source):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    found = splits(source, tmp_path)
    assert set(found) == set(source.splits)
    for split in found:
        with pytest.raises(CurateError, match="empty") as caught:
            list(source.read(find(source, tmp_path, split)))
        assert caught.value.file
        assert Path(caught.value.file).parent.is_relative_to(tmp_path)
