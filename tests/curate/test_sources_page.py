"""What is shown of the sources is what they declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.sources_page import details, facts, page
from schemas.source import SOURCES

DOCS = Path(__file__).parents[2] / "docs/sources.md"


def test_the_page_is_what_the_declarations_say() -> None:
    assert DOCS.read_text("utf-8") == page(), "a source has changed: run `make docs`"


@pytest.mark.parametrize("name", SOURCES.names())
def test_every_source_says_what_a_user_needs(name: str) -> None:
    source = SOURCES[name]
    shown = "\n".join(details(source))
    for value in (
        source.title,
        source.licence,
        source.media_licence,
        source.obtain,
        source.homepage,
        *source.tasks,
        *source.splits,
        *source.options,
    ):
        assert value, name
        assert value in shown, (name, value)
    assert source.checked in ("real files", "made files only")
    assert source.splits
    assert all(spec.names(split) for spec in source.files[:1] for split in source.splits), name
    found = facts(source)
    assert found["splits"] == {split: role.value for split, role in source.splits.items()}
    assert len(found["files"]) == len(source.files)
