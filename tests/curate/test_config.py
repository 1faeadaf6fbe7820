"""`curate.toml` and the environment: what is known, what is refused, what beats what."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from curate.config import TEMPLATE, Config, MediaConfig, SourceConfig, load
from schemas.errors import ConfigError, WorkspaceError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CURATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(here: Path, text: str) -> Config:
    (here / "curate.toml").write_text(text, "utf-8")
    return load()


def test_nothing_is_needed(here: Path) -> None:
    config = load()
    assert (config.root, config.file, config.media) == (here, None, MediaConfig())
    assert config.source("nextgqa") == SourceConfig()


def test_the_template_changes_no_default(here: Path) -> None:
    config = written(here, TEMPLATE)
    assert (config.media, dict(config.sources)) == (MediaConfig(), {})


def test_what_the_template_shows_can_be_used(here: Path) -> None:
    """Every line that is commented out is a setting that is known."""
    lines = [line.removeprefix("# ") for line in TEMPLATE.splitlines()]
    shown = "\n".join(line for line in lines if line.startswith("[") or " = " in line)
    assert len(tomllib.loads(shown)) == 2
    config = written(here, shown)
    assert config.media == MediaConfig()
    assert set(config.sources) == {"nextgqa", "mine"}
    assert config.source("nextgqa").annotations == here / "data/nextgqa"
    assert config.source("mine").builder == "jsonl"
    assert config.source("mine").options == {"map": {"question": "q", "video": "file"}}


def test_paths_are_relative_to_the_file_and_the_file_is_found_upwards(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(here, "[sources.nextgqa]\nannotations = 'a/../b'\nmedia = '~/videos'\n")
    (here / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(here / "deep/er")
    monkeypatch.setenv("HOME", str(here / "home"))
    config = load()
    assert (config.root, config.file) == (here, here / "curate.toml")
    found = config.source("nextgqa")
    assert (found.annotations, found.media) == (here / "b", here / "home/videos")


def test_the_environment_beats_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[media]\nworkers = 2\ndecoder = 'decord'\n[sources.charades-sta]\nmedia = 'file'\n"
    monkeypatch.setenv("CURATE_MEDIA_WORKERS", "4")
    monkeypatch.setenv("CURATE_MEDIA_TIME_LIMIT_S", "2.5")
    monkeypatch.setenv("CURATE_SOURCES_CHARADES_STA_MEDIA", "env")
    monkeypatch.setenv("CURATE_SOURCES_CHARADES_STA_FOLLOW_LINKS", "true")
    config = written(here, text)
    assert config.media == MediaConfig("decord", 4, 2.5)
    found = config.source("charades-sta")
    assert (found.media, found.follow_links) == (here / "env", True)


def test_a_workspace_can_be_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (here / name).mkdir()
    monkeypatch.setenv("CURATE_WORKSPACE", "one")
    assert load().root == here / "one"
    assert load(Path("two")).root == here / "two"
    with pytest.raises(WorkspaceError, match="no such folder") as error:
        load(Path("three"))
    assert "curate init" in str(error.value.hint)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[midia]", "no table is called [midia]", "did you mean media?"),
        ("[zzz]", "no table is called [zzz]", "one of: media, sources"),
        ("[media]\nworker = 1", "[media] has no key 'worker'", "did you mean workers?"),
        ("[media]\nworkers = true", "[media] workers is True, not of type int", None),
        ("[media]\nworkers = 1.5", "[media] workers is 1.5, not of type int", None),
        ("[media]\nworkers = -1", "workers is below 0", None),
        ("[media]\ntime_limit_s = 0", "time_limit_s not above", None),
        ("[media]\ntime_limit_s = nan", "time_limit_s not above", None),
        ("[media]\ndecoder = 'vlc'", "decoder is 'vlc'", "one of: pyav, decord"),
        ("media = 1", "media is 1, not a table", None),
        ("[sources]\nnextgqa = 'data'", "sources.nextgqa is 'data', not a table", None),
        ("[sources.x]\nmedia = 1", "[sources.x] media is 1", None),
        ("[sources.x]\nfollow_links = 1", "follow_links is 1, not of type bool", None),
        ("[sources.x]\noptions = 1", "options is 1", None),
        ("[sources.'a/b']", "a source cannot be called 'a/b'", "letters, digits"),
        ("[sources.'..']", "a source cannot be called '..'", "letters, digits"),
        ("[media", "not TOML", None),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file(
    here: Path, text: str, said: str, hint: str | None
) -> None:
    with pytest.raises(ConfigError) as error:
        written(here, text)
    assert said in error.value.message
    assert error.value.file == str(here / "curate.toml")
    if hint:
        assert hint in str(error.value.hint)


def test_a_file_that_is_no_utf_8_is_told(here: Path) -> None:
    (here / "curate.toml").write_bytes(b"[media]\n# caf\xe9\n")
    with pytest.raises(ConfigError, match="not TOML"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CURATE_MEDIA_WORKERS", "many", "CURATE_MEDIA_WORKERS is 'many', not of type int"),
        ("CURATE_MEDIA_DECODER", "vlc", "decoder is 'vlc'"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=said):
        load()


def test_a_switch_is_true_or_false(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATE_SOURCES_X_FOLLOW_LINKS", "maybe")
    with pytest.raises(ConfigError) as error:
        load().source("x")
    assert error.value.hint == "true or false"
