"""What the doctor says of an installation and a workspace."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from curate.config import Config, SourceConfig
from curate.doctor import OPTIONAL, Finding, examine


def found(config: Config) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(config)}


def test_the_core_is_there(tmp_path: Path) -> None:
    findings = found(Config(tmp_path))
    for name in ("python", "typer", "rich", "pyarrow", "duckdb", "machine"):
        assert findings[name].state == "ok"
        assert findings[name].detail
    workspace = findings["workspace"]
    assert (workspace.state, workspace.cure) == ("note", "curate init")


def test_an_extra_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    hidden = {module: extra for module, _, extra, _ in OPTIONAL}

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in hidden else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    findings = found(Config(tmp_path))
    for module, extra in hidden.items():
        assert findings[module].state == "missing"
        assert findings[module].cure == f"pip install 'curate-video[{extra}]'"


def test_the_extras_are_those_of_the_package() -> None:
    import tomllib

    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    for _, distribution, extra, _ in OPTIONAL:
        assert any(line.startswith(distribution) for line in extras[extra]), distribution


def test_a_path_that_is_not_there_is_named_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    gone = tmp_path / "gone"
    sources = {"nextgqa": SourceConfig(annotations=tmp_path / "there", media=gone)}
    findings = examine(Config(tmp_path, tmp_path / "curate.toml", sources=sources))
    (bad,) = [finding for finding in findings if finding.name == "sources.nextgqa"]
    assert (bad.state, bad.detail) == ("missing", f"media: no such path {gone}")
    assert "[sources.nextgqa] media" in bad.cure
