"""`curate doctor`: what this machine and installation can do, and the cure of what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from curate.config import Config


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: `state` is ok, missing or note; `cure` says what to do."""

    name: str
    state: str
    detail: str
    cure: str = ""


# Import name, distribution, extra and use of each optional library.
OPTIONAL = (
    ("av", "av", "media", "decoding videos (default)"),
    ("PIL", "pillow", "media", "images"),
    ("decord", "decord", "decord", "decoding videos with decord"),
    ("cv2", "opencv-python-headless", "opencv", "decoding videos with OpenCV"),
    ("torchcodec", "torchcodec", "torchcodec", "decoding videos with torchcodec"),
)


def examine(config: Config) -> list[Finding]:
    """Look at the interpreter, the libraries, the machine and the workspace."""
    return [*_python(), *_libraries(), *_machine(), *_workspace(config)]


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    good = sys.version_info >= (3, 11)
    cure = "" if good else "install Python 3.11 or newer"
    yield Finding("python", "ok" if good else "missing", version, cure)


def _libraries() -> Iterator[Finding]:
    for name in ("typer", "rich", "pyarrow", "duckdb"):
        yield Finding(name, "ok", importlib.metadata.version(name))
    for module, distribution, extra, use in OPTIONAL:
        if importlib.util.find_spec(module) is None:
            cure = f"pip install 'curate-video[{extra}]'"
            yield Finding(module, "missing", use, cure)
        else:
            yield Finding(module, "ok", f"{_version(distribution)}   {use}")


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"


def _machine() -> Iterator[Finding]:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    yield Finding(
        "machine", "ok", f"{os.cpu_count()} cores, {pages:.0f} GiB, {platform.platform()}"
    )


def _workspace(config: Config) -> Iterator[Finding]:
    if config.file is None:
        yield Finding("workspace", "note", f"{config.root} has no curate.toml", "curate init")
        return
    yield Finding("workspace", "ok", str(config.file))
    for name, source in config.sources.items():
        for key in ("annotations", "media"):
            path = getattr(source, key)
            if path is not None and not path.exists():
                cure = f"mend [sources.{name}] {key} in {config.file}"
                yield Finding(f"sources.{name}", "missing", f"{key}: no such path {path}", cure)
