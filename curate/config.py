"""`curate.toml` and the environment, read into frozen values; unknown keys are refused.

Precedence: flag, environment (`CURATE_<SECTION>_<KEY>`), `curate.toml`, default. Paths in the file
are relative to its folder.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from schemas.errors import ConfigError, WorkspaceError, nearest

FILE = "curate.toml"

S = TypeVar("S", "SourceConfig", "MediaConfig")

DECODERS = ("pyav", "decord", "torchcodec", "opencv")

TEMPLATE = """\
# What `curate` needs to know about this workspace. Every key has a default; paths are relative
# to this file. A flag beats an environment variable (CURATE_MEDIA_WORKERS=4), which beats this.

[media]
# decoder = "pyav"       # pyav, decord, torchcodec or opencv
# workers = 0            # decoding processes; 0: one a core
# time_limit_s = 60      # a file that takes longer is set aside

# One table a source; `curate sources` lists them, `curate sources NAME` says which files it reads.
# [sources.nextgqa]
# annotations = "data/nextgqa"         # folder with val.csv, gsub_val.json, map_vid_vidorID.json
# media = "data/NExTVideo"             # root of the videos; without it durations are the published
# follow_links = false                 # true: a link may lead out of the media root

# Your own questions, in JSON Lines; any name will do.
# [sources.mine]
# builder = "jsonl"
# annotations = "data/mine.jsonl"
# media = "data/videos"
# [sources.mine.options]
# map = { question = "q", video = "file" }
"""


@dataclass(frozen=True)
class SourceConfig:
    """Where one source's files are.

    Args:
        builder: name of the builder; the source's own name when empty.
        annotations: folder or file of the annotation.
        media: root folder of the videos and images; None: not at hand.
        follow_links: a link may lead out of `media`.
        options: what the builder's own `options` may set.
    """

    builder: str = ""
    annotations: Path | None = None
    media: Path | None = None
    follow_links: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MediaConfig:
    """How media are decoded: backend, processes (0: one a core), seconds a file may take."""

    decoder: str = "pyav"
    workers: int = 0
    time_limit_s: float = 60.0


@dataclass(frozen=True)
class Config:
    """The resolved configuration of a workspace; `file` is None where there is no `curate.toml`."""

    root: Path
    file: Path | None = None
    media: MediaConfig = field(default_factory=MediaConfig)
    sources: Mapping[str, SourceConfig] = field(default_factory=dict)

    def source(self, name: str) -> SourceConfig:
        """The configuration of a source, with the environment's values; defaults if not named."""
        found = self.sources.get(name, SourceConfig())
        return _overlaid(found, f"CURATE_SOURCES_{_env(name)}", Path.cwd())


def load(workspace: Path | None = None) -> Config:
    """The configuration of `workspace`, else of `CURATE_WORKSPACE`, else of the nearest folder
    upwards that holds a `curate.toml`, else the defaults with the current folder as workspace.

    Raises:
        WorkspaceError: the folder that was named is not there.
        ConfigError: the file is no TOML, or holds a key or value that cannot be used.
    """
    named = workspace or (Path(os.environ["CURATE_WORKSPACE"]) if _named() else None)
    if named is not None and not named.is_dir():
        raise WorkspaceError("no such folder", file=str(named), hint="`curate init` makes one")
    root = (named or _found()).resolve()
    file = root / FILE
    table = _read(file) if file.is_file() else {}
    _known(table, ("media", "sources"), "", file)
    media = _overlaid(
        _made(MediaConfig, table.get("media", {}), "media", file), "CURATE_MEDIA", root
    )
    if media.decoder not in DECODERS:
        raise ConfigError(
            f"[media] decoder is {media.decoder!r}",
            file=str(file),
            hint=f"one of: {', '.join(DECODERS)}",
        )
    if media.workers < 0 or not media.time_limit_s > 0:
        raise ConfigError("[media] workers is below 0, or time_limit_s not above", file=str(file))
    sources = {
        _folder_name(name, file): _made(SourceConfig, value, f"sources.{name}", file)
        for name, value in _table(table.get("sources", {}), "sources", file).items()
    }
    return Config(root, file if file.is_file() else None, media, sources)


def _named() -> bool:
    return bool(os.environ.get("CURATE_WORKSPACE"))


def _found() -> Path:
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / FILE).is_file()), here)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise ConfigError(f"not TOML: {bad}", file=str(file)) from None


def _table(value: Any, where: str, file: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is {value!r}, not a table", file=str(file))
    return value


def _known(table: Mapping[str, Any], names: tuple[str, ...], where: str, file: Path) -> None:
    for key in table:
        if key not in names:
            near = nearest(key, names)
            shown = f"[{where}] has no key {key!r}" if where else f"no table is called [{key}]"
            raise ConfigError(
                shown,
                file=str(file),
                hint=f"did you mean {near}?" if near else f"one of: {', '.join(names)}",
            )


def _made(kind: type[S], value: Any, where: str, file: Path) -> S:
    """A dataclass from a TOML table, every value of the type of its default."""
    table = _table(value, where, file)
    known = {f.name: f for f in fields(kind)}
    _known(table, tuple(known), where, file)
    values = {
        key: _typed(given, str(known[key].type), f"[{where}] {key}", str(file), file.parent)
        for key, given in table.items()
    }
    return kind(**values)


def _overlaid(value: S, prefix: str, folder: Path) -> S:
    """The same value with what the environment sets; its paths are relative to `folder`."""
    changes = {}
    for f in fields(value):
        name = f"{prefix}_{f.name.upper()}"
        if os.environ.get(name) and not str(f.type).startswith("Mapping"):
            changes[f.name] = _parsed(os.environ[name], str(f.type), name, folder)
    return replace(value, **changes)


def _typed(value: Any, kind: str, where: str, file: str, folder: Path) -> Any:
    if kind.startswith("Path") and isinstance(value, str):
        return (folder / Path(value).expanduser()).resolve()
    wanted: dict[str, type | tuple[type, ...]] = {"str": str, "bool": bool, "int": int}
    accepts = wanted.get(kind, (int, float) if kind == "float" else dict)
    if not isinstance(value, accepts) or (kind != "bool" and isinstance(value, bool)):
        raise ConfigError(f"{where} is {value!r}, not of type {kind}", file=file)
    return value


def _parsed(text: str, kind: str, name: str, folder: Path) -> Any:
    if kind.startswith("Path"):
        return (folder / Path(text).expanduser()).resolve()
    if kind == "bool":
        if text.lower() not in ("0", "1", "true", "false"):
            raise ConfigError(f"{name} is {text!r}", hint="true or false")
        return text.lower() in ("1", "true")
    try:
        return {"int": int, "float": float}.get(kind, str)(text)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}, not of type {kind}") from None


def _folder_name(name: str, file: Path) -> str:
    """The name of a source, which becomes a folder and the first part of ids."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        hint = "letters, digits, dot, - and _"
        raise ConfigError(f"a source cannot be called {name!r}", file=str(file), hint=hint)
    return name


def _env(name: str) -> str:
    return name.upper().replace("-", "_")
