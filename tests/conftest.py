"""Fixtures shared by all tests: the real published files, and reading a source into records."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from curate.annotations import find
from schemas.errors import BadRow
from schemas.record import Probed, Record, settle
from schemas.source import SOURCES, Reject

SHARED = Path(
    os.environ.get("CURATE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")
).resolve()


# The same examples on every run, however slow the machine: a commit that passed keeps passing.
settings.register_profile("curate", deadline=None, derandomize=True)
settings.load_profile("curate")

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden", action="store_true", help="write the golden files anew from the code"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file of `tests/golden`, or write it there with `--refresh-golden`."""

    def check(name: str, text: str) -> None:
        if request.config.getoption("--refresh-golden"):
            (GOLDEN / name).write_text(text, "utf-8")
        assert text == (GOLDEN / name).read_text("utf-8"), "see --refresh-golden"

    return check


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real annotation files and clips; the test skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"real files are not at hand: {SHARED} (CURATE_TEST_DATA)")
    return SHARED


@dataclass
class Built:
    """What reading a source gave: records by id, rejects, and counts of their reasons and flags."""

    records: dict[str, Record] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)

    def one(self) -> Record:
        """The only record."""
        (record,) = self.records.values()
        return record


Build = Callable[..., Built]


@pytest.fixture(scope="session")
def build() -> Build:
    """Read one split of a source and settle every annotation, without a workspace."""

    def run(
        name: str,
        where: Path,
        split: str,
        *,
        probed: dict[str, Probed] | None = None,
        options: dict[str, Any] | None = None,
    ) -> Built:
        source = SOURCES[name]
        built = Built()
        for item in source.read(find(source, where, split, options)):
            if isinstance(item, Reject):
                reject = item
            else:
                try:
                    record = settle(
                        item.annotation,
                        source=name,
                        split=split,
                        role=source.splits[split],
                        licence=source.licence,
                        probed=(probed or {}).get(item.annotation.media.path),
                    )
                except BadRow as bad:
                    key = bad.key or item.annotation.media.key
                    reject = Reject(item.at, bad.reason, bad.message, item.raw, key, item.part)
                else:
                    assert record.id not in built.records, f"duplicate id {record.id}"
                    built.records[record.id] = record
                    built.flags.update(record.flags)
                    continue
            built.rejects.append(reject)
            built.reasons[reject.reason] += 1
        return built

    return run
