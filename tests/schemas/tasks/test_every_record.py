"""Gold earns full marks on records of the made world and of real files, not of strategies alone."""

from pathlib import Path

import pytest

pytest.importorskip("av")
pytest.importorskip("numpy")
pytest.importorskip("PIL")

from curate.annotations import splits
from curate.world import World, make_world
from schemas.asking import gold_span
from schemas.record import Record
from schemas.source import SOURCES
from tests.conftest import Build
from tests.schemas.records import golds, short_of_full

REAL = [
    ("nextgqa", "nextgqa", "val", 3000),
    ("charades-sta", "charades_sta_2dtan", "test", 1500),
    ("activitynet-qa", "activitynet_qa", "val", 1000),
    ("qvhighlights", "qvhighlights", "train", 1000),
    ("time-r1", "time_r1_xiaomi", "train", 1000),
    ("superclevr", "superclevr", "train", 500),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), seed=0, videos=12)


def folders(world: World) -> list[tuple[str, Path]]:
    """Each source with its files; NExT-QA's two forms have a folder each."""
    found = [(source, folder) for source, folder in world.annotations.items()]
    return [
        (source, one)
        for source, folder in found
        for one in ([folder / "mc", folder / "oe"] if source == "nextqa" else [folder])
    ]


def test_gold_of_every_made_record_earns_full_marks(world: World, build: Build) -> None:
    asked: set[str] = set()
    for source, folder in folders(world):
        for split in splits(SOURCES[source], folder):
            for one in build(source, folder, split).records.values():
                assert short_of_full(one) == []
                asked |= {task.name for task, _, _ in golds(one)}
    assert asked == {"answer", "ground", "ground-think", "grounded-qa", "think"}


@pytest.mark.parametrize(("name", "folder", "split", "most"), REAL)
def test_gold_of_real_records_earns_full_marks(
    name: str, folder: str, split: str, most: int, build: Build, shared: Path
) -> None:
    built = build(name, shared / "annotations" / folder, split)
    some = list(built.records.values())[:most]
    assert len(some) >= 200
    short = [one for one in some if short_of_full(one)]
    assert [one.id for one in short if not hundredth(one)] == []
    assert len(short) <= 1


def hundredth(one: Record) -> bool:
    """Whether the span is shorter than what four digits always tell to IoU 0.99."""
    span = gold_span(one)
    return span is not None and span.length < 0.01
