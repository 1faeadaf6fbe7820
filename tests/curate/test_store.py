"""Parts that are whole, names for twins that do not depend on order, and work taken up again."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import curate.staging as stages
import curate.store as store
from curate.staging import Staging
from curate.store import (
    ORIGIN,
    REJECTS,
    Manifest,
    Part,
    PartWriter,
    connect,
    fingerprint,
    locked,
    read_manifest,
    units,
    write_atomic,
)
from schemas.answers import AnswerType
from schemas.arrow import RECORDS, to_table
from schemas.errors import WorkspaceError
from schemas.record import Media, Record, Role

UNIT = "made/train"


def record(id: str, question: str = "why", flags: tuple[str, ...] = ()) -> Record:
    media = Media("video", "7", "7.mp4", duration_s=10.0)
    return Record(
        id=id,
        source="made",
        split="train",
        role=Role.TRAINING,
        media=media,
        question=question,
        options=[],
        answer="so",
        answer_type=AnswerType.FREE_FORM,
        spans=[],
        spans_s=[],
        flags=list(flags),
        licence="MIT",
        meta="{}",
    )


def placed(table: pa.Table, rows: list[int]) -> pa.Table:
    for field, values in zip(ORIGIN, (["a.csv"] * len(rows), rows, [0] * len(rows)), strict=True):
        table = table.append_column(field, pa.array(values, field.type))
    return table


Row = tuple[str, str]
MANIFEST = Manifest("key", "0", [], {}, {})


def publish(
    root: Path,
    records: list[Row],
    rejects: Sequence[Row] = (),
    batch: int = 100,
) -> dict[str, Any]:
    """Stage rows (id, content) in batches, in the order given, and make tables of them."""
    staging = Staging(root, UNIT, "key")
    staging.open()
    places = itertools.count(2)
    pairs: Any = itertools.zip_longest(
        _batches(records, batch), _batches(rejects, batch), fillvalue=[]
    )
    for good, bad in pairs:
        kept = to_table([record(id, question) for id, question in good])
        refused = pa.Table.from_pylist(
            [
                {"id": i, "source": "made", "split": "train", "reason": "bad_row"}
                | {"message": "bad", "raw": raw}
                for i, raw in bad
            ],
            schema=REJECTS,
        )
        staging.append(
            placed(kept, [next(places) for _ in good]), placed(refused, [next(places) for _ in bad])
        )
    return staging.publish({"a.csv": "0" * 64}, MANIFEST)


def _batches(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("records", "rejects")
        for path in (root / name).rglob("*.parquet")
    }


def ids(root: Path, table: str = "records") -> list[tuple[str, str]]:
    column = "question" if table == "records" else "raw"
    parts = sorted((root / table / UNIT).glob("*.parquet"))
    return [(row["id"], row[column]) for part in parts for row in pq.read_table(part).to_pylist()]


# Files.


def test_a_file_is_written_whole_over_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "deep/file.json"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file.json"]


def test_a_manifest_reads_back_as_it_was_written(tmp_path: Path) -> None:
    publish(tmp_path, [("made/train/7/1", "why")])
    manifest = read_manifest(tmp_path / "records" / UNIT)
    assert manifest is not None
    (part,) = manifest.parts
    path = tmp_path / "records" / UNIT / part.name
    assert part == Part(path.name, 1, hashlib.sha256(path.read_bytes()).hexdigest())
    assert manifest.counts["records"] == 1
    assert manifest.fingerprint == "key"
    assert read_manifest(tmp_path / "records/made/val") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": 99}', "written with schema version 99, this is 1"),
        ("{", "it is damaged"),
        ("[]", "it is damaged"),
        ('{"schema": 1, "parts": []}', "it is damaged"),
        ("{}", "it is damaged"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(WorkspaceError, match=said) as error:
        read_manifest(tmp_path)
    assert error.value.file == str(tmp_path / "manifest.json")
    assert "--force" in str(error.value.hint)


def test_a_fingerprint_tells_values_apart_and_not_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    different = [fingerprint(v) for v in (1, "1", [1], {"1": 1}, None, "caf\udce9.mp4")]
    assert len(set(different)) == len(different)


SCHEMA = pa.schema([pa.field("id", pa.string(), False), pa.field("n", pa.list_(pa.int64()))])


def written(folder: Path, sizes: list[int]) -> list[Part]:
    writer = PartWriter(folder, SCHEMA)
    numbers = itertools.count()
    for size in sizes:
        values = list(itertools.islice(numbers, size))
        table = pa.table({"id": [f"id {v}" for v in values], "n": [[v] * (v % 3) for v in values]})
        writer.add(table.cast(SCHEMA))
    return writer.close()


@given(st.lists(st.integers(0, 40), max_size=12))
@example([])
@example([0, 0])
@example([80])
@example([32, 32])
@settings(max_examples=30)
def test_parts_do_not_depend_on_the_batches(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "ROW_GROUP", 8)
        patch.setattr(store, "PART_ROWS", 32)
        total = sum(sizes)
        parts = written(Path(folder) / "a", sizes)
        assert parts == written(Path(folder) / "b", [1] * total)
        assert sum(part.rows for part in parts) == total
        assert len(parts) == max(1, -(-total // 32))
        assert [part.rows for part in parts[:-1]] == [32] * (len(parts) - 1)
        rows = [r for p in parts for r in pq.read_table(Path(folder) / "a" / p.name).to_pylist()]
        assert [row["id"] for row in rows] == [f"id {n}" for n in range(total)]
        groups = pq.ParquetFile(Path(folder) / "a" / parts[0].name).num_row_groups
        assert groups == max(1, -(-parts[0].rows // 8))


# Twins.

TWINS = [
    ("made/train/7/1", "one"),
    ("made/train/7/1", "two"),
    ("made/train/7/1", "two"),
    ("made/train/7/1-2", "has the name"),
    ("made/train/7/2", "alone"),
    ("made/train/7/1-4", "has it too"),
    ("made/train/7/1-2", "again"),
]


def test_twins_are_named_by_content_and_never_by_order(tmp_path: Path) -> None:
    expected: dict[str, str] = {}
    rng = random.Random(0)
    for number in range(6):
        rows = rng.sample(TWINS, len(TWINS))
        root = tmp_path / str(number)
        counts = publish(root, rows, [(id, raw) for id, raw in rows], batch=1 + number)
        assert counts["flags"] == {"duplicate_id": 3}
        expected = expected or digests(root)
        assert digests(root) == expected
    for table in ("records", "rejects"):
        assert ids(tmp_path / "0", table) == [
            ("made/train/7/1", "one"),
            ("made/train/7/1-3", "two"),
            ("made/train/7/1-5", "two"),
            ("made/train/7/1-2", "again"),
            ("made/train/7/1-2-2", "has the name"),
            ("made/train/7/1-4", "has it too"),
            ("made/train/7/2", "alone"),
        ]
    flagged = connect(tmp_path / "0").sql(
        "select id from records where list_contains(flags, 'duplicate_id') order by id"
    )
    assert [id for (id,) in flagged.fetchall()] == [
        "made/train/7/1-2-2",
        "made/train/7/1-3",
        "made/train/7/1-5",
    ]


def test_provenance_follows_a_new_name(tmp_path: Path) -> None:
    publish(tmp_path, [("x", "b"), ("x", "a")], [("x", "d"), ("x", "c")])
    found = connect(tmp_path).sql('select "table", id, row from provenance order by all').fetchall()
    assert found == [
        ("records", "x", 3),
        ("records", "x-2", 2),
        ("rejects", "x", 5),
        ("rejects", "x-2", 4),
    ]


names = st.sampled_from(["a", "a-2", "a-3", "a-2-2", "b", "a/b", "ü"])
contents = st.sampled_from(["p", "q"])


@given(st.lists(st.tuples(names, contents), max_size=14), st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_ids_are_unique_and_no_row_is_lost(rows: list[Row], rng: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        publish(Path(folder) / "a", rows, batch=4)
        publish(Path(folder) / "b", rng.sample(rows, len(rows)), batch=3)
        assert digests(Path(folder) / "a") == digests(Path(folder) / "b")
        found = ids(Path(folder) / "a")
        assert len({id for id, _ in found}) == len(rows)
        assert sorted(text for _, text in found) == sorted(text for _, text in rows)
        assert {id for id, _ in rows} <= {id for id, _ in found}


def test_cutting_ids_into_ranges_changes_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(0)
    rows = [(f"made/train/{rng.randrange(400)}/{n % 3}", f"why {n % 7}") for n in range(900)]
    publish(tmp_path / "one", rows, rows[:50], batch=200)
    real = stages._in_order
    ranges = []

    def cut_often(connection: Any, name: str, schema: pa.Schema, paths: Any) -> Any:
        # Every tenth id is a border, instead of one in some 32k.
        class Often:
            def __getattr__(self, attribute: str) -> Any:
                return getattr(connection, attribute)

            def sql(self, text: str, **settings: Any) -> Any:
                assert "hash(id)" not in text or "hash(id) % 1024 = 0" in text
                return connection.sql(text.replace("hash(id) % 1024 = 0", "true"), **settings)

        often: Any = Often()
        for table in real(often, name, schema, paths):
            ranges.append(table.num_rows)
            yield table

    monkeypatch.setattr(stages, "_in_order", cut_often)
    publish(tmp_path / "many", rows, rows[:50], batch=200)
    assert len(ranges) > 20
    assert sum(ranges) == 950
    assert digests(tmp_path / "many") == digests(tmp_path / "one")


def test_rows_are_sorted_by_id(tmp_path: Path) -> None:
    rows = [(f"made/train/{n}", "why") for n in range(50)]
    publish(tmp_path, rows)
    assert [id for id, _ in ids(tmp_path)] == sorted(id for id, _ in rows)


# Staging.


def batch(*names: str) -> tuple[pa.Table, pa.Table]:
    kept = placed(to_table([record(name) for name in names]), list(range(len(names))))
    return kept, placed(REJECTS.empty_table(), [])


def test_batches_count_once_they_are_whole(tmp_path: Path) -> None:
    staging = Staging(tmp_path, UNIT, "key")
    assert not staging.unfinished
    assert not staging.open()
    staging.append(*batch("a", "b"))
    folder = tmp_path / ".staging" / UNIT
    # What a process leaves that dies between the two files of a batch, or inside one.
    shutil.copy(folder / "rejects-00000.parquet", folder / "rejects-00001.parquet")
    (folder / ".records-00001.parquet.tmp").write_bytes(b"half")
    again = Staging(tmp_path, UNIT, "key")
    assert again.unfinished
    assert not again.open()
    assert again.done() == {"a.csv": {stages.origin_key(0, 0), stages.origin_key(1, 0)}}
    again.append(*batch("c"))
    again.publish({"a.csv": "0" * 64}, MANIFEST)
    assert [id for id, _ in ids(tmp_path)] == ["a", "b", "c"]
    assert not again.unfinished


def test_another_key_drops_what_was_staged(tmp_path: Path) -> None:
    Staging(tmp_path, UNIT, "old").open()
    staging = Staging(tmp_path, UNIT, "old")
    staging.open()
    staging.append(*batch("a"))
    other = Staging(tmp_path, UNIT, "new")
    assert not other.unfinished
    assert other.open()
    assert other.done() == {}
    assert not Staging(tmp_path, UNIT, "new").open()


def test_a_cleaning_that_was_cut_short_leaves_nothing_behind(tmp_path: Path) -> None:
    """A process dies while it empties the staged batches of other inputs, the key gone first."""
    staging = Staging(tmp_path, UNIT, "old")
    staging.open()
    staging.append(*batch("of old inputs"))
    (tmp_path / ".staging" / UNIT / "key").unlink()
    fresh = Staging(tmp_path, UNIT, "new")
    fresh.open()
    assert fresh.done() == {}
    fresh.append(*batch("a"))
    spent = tmp_path / ".staging/made/.train.spent"
    spent.mkdir()
    (spent / "records-00000.parquet").write_bytes(b"left")
    again = Staging(tmp_path, UNIT, "new")
    again.open()
    assert not spent.exists()
    again.publish({"a.csv": "0" * 64}, MANIFEST)
    assert [id for id, _ in ids(tmp_path)] == ["a"]
    assert list((tmp_path / ".staging/made").iterdir()) == []


@pytest.mark.parametrize("swaps", [0, 1, 2])
def test_a_crash_between_the_swaps_is_mended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: int
) -> None:
    publish(tmp_path, [("old", "row")])
    staging = Staging(tmp_path, UNIT, "key")
    staging.open()
    staging.append(*batch("a", "b"))
    real = stages._swap
    done: list[Path] = []

    def crash(new: Path, final: Path, old: Path) -> None:
        if len(done) == swaps:
            raise RuntimeError("power cut")
        done.append(final)
        real(new, final, old)

    with monkeypatch.context() as patch:
        patch.setattr(stages, "_swap", crash)
        with pytest.raises(RuntimeError, match="power cut"):
            staging.publish({"a.csv": "0" * 64}, MANIFEST)
    again = Staging(tmp_path, UNIT, "key")
    assert again.unfinished
    again.open()
    again.publish({"a.csv": "0" * 64}, MANIFEST)
    assert [id for id, _ in ids(tmp_path)] == ["a", "b"]
    manifests = [read_manifest(tmp_path / name / UNIT) for name in store.TABLES]
    assert all(m is not None and m.counts["records"] == 2 for m in manifests)
    assert [path.name for path in (tmp_path / "records/made").iterdir()] == ["train"]


@pytest.mark.parametrize("moved_in", [False, True])
def test_a_crash_inside_a_swap_leaves_one_table_or_none_and_never_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved_in: bool
) -> None:
    publish(tmp_path, [("old", "row")])
    real = Path.replace

    def crash(path: Path, target: Path) -> Path:
        into_place = path.parent.name == "new"
        if into_place and not moved_in:
            raise RuntimeError("power cut")
        result = real(path, target)
        if into_place:
            raise RuntimeError("power cut")
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash)
        with pytest.raises(RuntimeError, match="power cut"):
            publish(tmp_path, [("new", "row")])
    assert units(tmp_path) == ([UNIT] if moved_in else [])
    parts = list((tmp_path / "records").rglob("*.parquet"))
    assert len(parts) == moved_in
    staging = Staging(tmp_path, UNIT, "key")
    staging.open()
    staging.publish({"a.csv": "0" * 64}, MANIFEST)
    assert [id for id, _ in ids(tmp_path)] == ["new"]
    assert list((tmp_path / ".staging/made").iterdir()) == []


HOLD = """
import sys, time
from pathlib import Path
from curate.store import locked
with locked(Path(sys.argv[1]), "made/train"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_at_a_time_and_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(WorkspaceError, match="another process is working on made/train"),
            locked(tmp_path, UNIT),
        ):
            pytest.fail("the lock was given twice")
        with locked(tmp_path, "made/val"):
            pass
        holder.kill()
        holder.wait()
        with locked(tmp_path, UNIT):
            pass


def test_ctrl_c_inside_a_query_is_an_interruption(tmp_path: Path) -> None:
    """DuckDB ends a query on Ctrl-C with an error of its own, in these words."""
    with pytest.raises(KeyboardInterrupt), stages._sorter(tmp_path):
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="power cut"), stages._sorter(tmp_path):
        raise RuntimeError("power cut")


# Reading.


def test_views_are_there_before_anything_is_built(tmp_path: Path) -> None:
    connection = connect(tmp_path)
    for name in ("records", "rejects", "provenance", "located_rejects"):
        assert connection.sql(f"select count(*) from {name}").fetchall() == [(0,)]


def test_a_workspace_may_have_any_name(tmp_path: Path) -> None:
    root = tmp_path / "it's a [set] of * and ?"
    publish(root, [("a", "row")], [("b", "row")])
    assert connect(root).sql("select id from records").fetchall() == [("a",)]
    assert connect(root).sql("select id, row from located_rejects").fetchall() == [("b", 3)]


def test_parts_carry_the_explicit_schema(tmp_path: Path) -> None:
    publish(tmp_path, [])
    part = tmp_path / "records" / UNIT / "part-00000.parquet"
    assert pq.read_schema(part).equals(RECORDS, check_metadata=False)
    assert pq.read_schema(part).metadata[b"curate.schema"] == b"1"
    text = (tmp_path / "records" / UNIT / "manifest.json").read_text()
    assert json.loads(text)["counts"]["records"] == 0


def test_probes_are_kept_with_token_counts_and_problems(tmp_path: Path) -> None:
    from curate.world import make_world
    from tests.curate.workspaces import built, rows

    pytest.importorskip("av")
    world = make_world(tmp_path / "world", videos=4)
    media = world.media["nextgqa"]
    clip = min(path for path in media.rglob("*.mp4"))
    clip.write_bytes(b"no video")
    built(tmp_path, "nextgqa", world.annotations["nextgqa"], "val", media=media)
    kept = rows(
        tmp_path,
        "select path, problem, duration_s, frames, list_filter(tokens, lambda t: t.preset = "
        "'video-r1-eval-16')[1].frames from probes order by path",
    )
    bad = [row for row in kept if row[1]]
    assert bad == [(clip.relative_to(media).as_posix(), "unreadable_media", None, None, None)]
    good = [row for row in kept if not row[1]]
    assert good
    assert all(seconds > 0 and shown == min(16, frames) for _, _, seconds, frames, shown in good)
    recorded = rows(tmp_path, "select distinct media.path, media.duration_s from records")
    assert {row[0]: row[2] for row in good}.items() <= dict(recorded).items()
