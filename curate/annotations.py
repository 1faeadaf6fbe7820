"""Finding a source's published files under the path that the user gave."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from schemas.errors import BadFile, ConfigError, CurateError, MissingFile, nearest
from schemas.record import Role
from schemas.source import Files, FileSpec, Source


def find(
    source: Source, where: Path, split: str, options: Mapping[str, Any] | None = None
) -> Files:
    """The files of one split.

    Args:
        source: whose `files` say what to look for.
        where: a folder, searched itself and then below it; or the source's first file itself,
            whose folder holds the others.
        split: one of the source's splits.
        options: of `[sources.NAME.options]`.

    Raises:
        MissingFile: a required file is not there.
        BadFile: several files could be meant.
        ConfigError: an option that the source does not have.
    """
    _check_options(source, options or {})
    if not where.exists():
        hint = "give the folder of the annotation files with --annotations"
        raise MissingFile("no such file or folder", file=str(where), hint=hint)
    found: dict[str, tuple[Path, ...]] = {}
    folder = where if where.is_dir() else where.parent
    for index, spec in enumerate(source.files):
        if index == 0 and not where.is_dir():
            found[spec.role] = (where,)
        else:
            paths = _matches(folder, spec, split)
            if not paths and spec.required and spec.names(split):
                raise _missing(source, spec, split, folder)
            found[spec.role] = paths
    return Files(split, found, options or {})


def splits(source: Source, where: Path) -> list[str]:
    """The splits of a source whose required files are there, in the source's order.

    A file given by itself belongs to the splits that its name fits; to the first split for
    training (else the first) when it fits none.
    """
    candidates = list(source.splits)
    if where.is_file():
        candidates = [s for s in candidates if _fits(where, source.files[0], s)] or [
            next((s for s, role in source.splits.items() if role is Role.TRAINING), candidates[0])
        ]
    there = []
    for split in candidates:
        try:
            find(source, where, split)
        except MissingFile:
            continue
        there.append(split)
    return there


def _fits(path: Path, spec: FileSpec, split: str) -> bool:
    """True when the file's name is one of the split's; a bare `*.json` fits every split's."""
    name = path.name.removesuffix(".gz")
    return any(fnmatch(name, p) and not p.startswith("*.") for p in spec.names(split))


def _matches(folder: Path, spec: FileSpec, split: str) -> tuple[Path, ...]:
    for name in spec.names(split):
        for search in (folder.glob, folder.rglob):
            paths = sorted({p for end in ("", ".gz") for p in search(name + end) if not p.is_dir()})
            if paths:
                return _chosen(paths, spec, name)
    return ()


def _chosen(paths: list[Path], spec: FileSpec, name: str) -> tuple[Path, ...]:
    plain = {path.with_name(path.name.removesuffix(".gz")) for path in paths}
    if len(plain) == 1:
        return (paths[0],)
    if spec.many:
        return tuple(paths)
    shown = ", ".join(str(path) for path in paths[:3])
    raise BadFile(
        f"{len(paths)} files could be the {spec.role} file {name}: {shown}",
        hint="give one of them with --annotations",
    )


def _missing(source: Source, spec: FileSpec, split: str, folder: Path) -> CurateError:
    names = " or ".join(spec.names(split))
    return MissingFile(
        f"{source.name}/{split} needs {names} ({spec.about or spec.role}) and it is not there",
        file=str(folder),
        hint=f"{source.obtain}; see `curate sources {source.name}`",
    )


def _check_options(source: Source, options: Mapping[str, Any]) -> None:
    for name in options:
        if name not in source.options:
            near = nearest(name, source.options)
            known = ", ".join(sorted(source.options)) or "none"
            raise ConfigError(
                f"source {source.name} has no option {name!r}",
                hint=f"did you mean {near}?" if near else f"it has: {known}",
            )
