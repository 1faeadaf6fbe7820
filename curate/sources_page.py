"""What is shown of sources: a row of `curate sources`, one in full, and docs/sources.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.record import Role
from schemas.source import SOURCES, FileSpec, Source

HEAD = """\
# Sources

Written by `curate sources --markdown` from the declarations in `builders/`; a test keeps it so.
Annotations and media belong to their authors: obtain them there and keep to their terms. `curate`
ships none of them.

"""


def lines(source: Source) -> Iterator[str]:
    """A source in four lines, as `curate sources` lists it; `*` marks evaluation splits."""
    splits = ", ".join(f"{s}*" if r is Role.EVALUATION else s for s, r in source.splits.items())
    files = "; ".join(_names(spec) for spec in source.files if spec.required)
    yield f"{source.name}   {', '.join(source.tasks)}   {splits}"
    yield f"    files   {files}"
    yield f"    terms   {source.licence}; media: {source.media_licence}"
    yield f"    obtain  {source.obtain}"


def facts(source: Source) -> dict[str, Any]:
    """Everything declared of a source, as `--json` gives it."""
    return {
        "name": source.name,
        "title": source.title,
        "tasks": list(source.tasks),
        "splits": {name: role.value for name, role in source.splits.items()},
        "files": [
            {"role": s.role, "names": _names(s), "required": s.required, "about": s.about}
            for s in source.files
        ],
        "licence": source.licence,
        "media_licence": source.media_licence,
        "redistribute": source.redistribute,
        "homepage": source.homepage,
        "obtain": source.obtain,
        "checked": source.checked,
        "notes": source.notes,
        "options": dict(source.options),
    }


def details(source: Source) -> Iterator[str]:
    """A source in full, as `curate sources NAME` prints it."""
    yield f"{source.name}: {source.title}"
    for label, value in _described(source):
        yield f"  {label:15} {value}"
    for spec in source.files:
        yield f"  {'file':15} {_file(spec)}"
    for name, about in source.options.items():
        yield f"  {'option':15} {name}: {about}"


def page() -> str:
    """The text of docs/sources.md."""
    sections = []
    for source in SOURCES:
        lines = [f"## {source.name}", "", f"{source.title}. {source.notes}".strip(), ""]
        lines += [f"- {label}: {value}" for label, value in _described(source) if label != "notes"]
        lines += [f"- file: {_file(spec)}" for spec in source.files]
        lines += [f"- option `{name}`: {about}" for name, about in source.options.items()]
        sections.append("\n".join(lines) + "\n")
    return HEAD + "\n".join(sections)


def _described(source: Source) -> Iterator[tuple[str, str]]:
    yield "tasks", ", ".join(source.tasks)
    yield "splits", ", ".join(f"{name} ({role.value})" for name, role in source.splits.items())
    yield "licence", source.licence
    republish = "may be published again" if source.redistribute else "may not be published again"
    yield "media", f"{source.media_licence} ({republish})"
    yield "obtain", source.obtain
    yield "homepage", source.homepage
    yield "checked on", source.checked
    if source.notes:
        yield "notes", source.notes


def _file(spec: FileSpec) -> str:
    need = "" if spec.required else " (optional)"
    about = f": {spec.about}" if spec.about else ""
    return f"`{_names(spec)}`{need}{about}"


def _names(spec: FileSpec) -> str:
    if isinstance(spec.patterns, Mapping):
        names = [name for patterns in spec.patterns.values() for name in patterns]
        return " or ".join(dict.fromkeys(names))
    return " or ".join(spec.patterns)
