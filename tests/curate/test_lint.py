"""Every check fires on a record that has its fault, and not on a clean one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.lint import CHECKS, lint
from curate.staging import Staging
from curate.store import ORIGIN, REJECTS, Manifest
from schemas.answers import AnswerType
from schemas.arrow import to_table
from schemas.interval import Interval
from schemas.record import FLAGS, Media, Record, Role

CLEAN = Record(
    id="made/train/7/0",
    source="made",
    split="train",
    role=Role.TRAINING,
    media=Media("video", "7", "7.mp4", duration_s=10.0, duration_source_s=10.0),
    question="why",
    options=["to eat", "to run", "to sleep"],
    answer="B",
    answer_type=AnswerType.MULTIPLE_CHOICE,
    spans=[Interval(0.1, 0.4)],
    spans_s=[Interval(1.0, 4.0)],
    flags=[],
    licence="MIT",
    meta="{}",
)
OTHER = replace(CLEAN, id="made/train/8/0", media=Media("video", "8", "8.mp4", duration_s=10.0))


def workspace(root: Path, *records: Record, unit: str = "made/train") -> Path:
    staging = Staging(root, unit, "key")
    staging.open()
    tables = [to_table(records), REJECTS.empty_table()]
    for place, table in enumerate(tables):
        import pyarrow as pa

        count = table.num_rows
        columns: list[list[Any]] = [["a.csv"] * count, list(range(count)), [0] * count]
        for field, values in zip(ORIGIN, columns, strict=True):
            tables[place] = tables[place].append_column(field, pa.array(values, field.type))
    staging.append(*tables)
    staging.publish({"a.csv": "0" * 64}, Manifest("key", "0", [], {}, {}))
    return root


def found(root: Path) -> dict[str, tuple[str, int, list[str]]]:
    return {f.check: (f.level, f.count, f.ids) for f in lint(root, examples=None).findings}


def media(path: str) -> Media:
    return replace(CLEAN.media, path=path)


FAULTY = {
    "span_outside": replace(CLEAN, spans=[Interval(0.5, 1.2)]),
    "span_empty": replace(CLEAN, spans=[Interval(0.5, 0.5), Interval(0.6, 0.9)]),
    "no_question": replace(CLEAN, question="  "),
    "few_options": replace(CLEAN, options=["to eat"], answer="A"),
    "answer_not_an_option": replace(CLEAN, answer="D"),
    "no_answer": replace(CLEAN, options=[], answer=" ", answer_type=AnswerType.FREE_FORM),
    "nothing_to_ask": replace(
        CLEAN, options=[], answer=None, answer_type=AnswerType.NONE, spans=[], spans_s=[]
    ),
    "path_escapes": replace(CLEAN, media=media("a/../../7.mp4")),
    "whole_video": replace(CLEAN, spans=[Interval(0.0, 1.0)], spans_s=[Interval(0.0, 10.0)]),
    "short_span": replace(CLEAN, spans=[Interval(0.1, 0.14)], spans_s=[Interval(1.0, 1.4)]),
    **{
        check.name: replace(CLEAN, flags=[check.name])
        for check in CHECKS
        if check.where == f"list_contains(flags, '{check.name}')"
    },
}


def test_a_clean_record_passes(tmp_path: Path) -> None:
    report = lint(workspace(tmp_path, CLEAN, OTHER))
    assert (report.rows, report.passed, report.findings) == (2, 2, [])
    assert (report.errors, report.warnings) == (0, 0)


def test_every_check_has_a_faulty_record_here() -> None:
    assert set(FAULTY) == {check.name for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_each_check_finds_its_fault_and_no_other_does(tmp_path: Path, check: object) -> None:
    name, level = getattr(check, "name"), getattr(check, "level")  # noqa: B009
    report = lint(workspace(tmp_path, FAULTY[name], OTHER), examples=None)
    assert {f.check: (f.level, f.count, f.ids) for f in report.findings} == {
        name: (level, 1, [CLEAN.id])
    }
    assert (report.rows, report.passed) == (2, 1)
    assert (report.errors, report.warnings) == ((1, 0) if level == "error" else (0, 1))


@pytest.mark.parametrize(
    "fine",
    [
        replace(CLEAN, spans=[Interval(0.0, 1.0)], role=Role.EVALUATION, media=CLEAN.media),
        replace(CLEAN, spans=[Interval(0.5, 0.5)], role=Role.EVALUATION),
        replace(CLEAN, media=media("a/..b/7.mp4")),
        replace(CLEAN, answer="C"),
        replace(CLEAN, spans=[], spans_s=[]),
        replace(CLEAN, spans=[Interval(0.1, 0.14), Interval(0.2, 0.9)]),
        replace(CLEAN, options=[], answer=None, answer_type=AnswerType.NONE),
        replace(CLEAN, flags=["clamped", "relocated_media"]),
    ],
    ids=range(8),
)
def test_what_may_be_is_no_error(tmp_path: Path, fine: Record) -> None:
    assert lint(workspace(tmp_path, fine)).errors == 0


@pytest.mark.parametrize("answer", ["", "b", "AB", "1", "Ä", None, "D", " B"])
def test_an_answer_that_is_no_letter_of_an_option_is_an_error(
    tmp_path: Path, answer: str | None
) -> None:
    root = workspace(tmp_path, replace(CLEAN, answer=answer))
    assert found(root)["answer_not_an_option"] == ("error", 1, [CLEAN.id])


def test_rows_are_compared_with_each_other(tmp_path: Path) -> None:
    again = replace(CLEAN, id="made/train/7/1", question="WHY")
    unlike = replace(CLEAN, id="made/train/7/2", question="how")
    workspace(tmp_path, CLEAN, again, unlike)
    assert found(tmp_path) == {"repeated": ("warning", 1, [CLEAN.id])}


def test_one_file_for_media_of_two_names_is_a_warning(tmp_path: Path) -> None:
    other = replace(CLEAN, id="made/train/b/7/0", media=replace(CLEAN.media, key="b/7"))
    workspace(tmp_path, CLEAN, replace(other, question="how"))
    assert found(tmp_path) == {"shared_file": ("warning", 1, [CLEAN.id])}


def test_an_id_in_two_units_is_an_error(tmp_path: Path) -> None:
    workspace(tmp_path, CLEAN)
    workspace(tmp_path, replace(CLEAN, question="how"), unit="made/val")
    assert found(tmp_path) == {"same_id": ("error", 1, [CLEAN.id])}
    assert lint(tmp_path, ["made/val"]).findings == []


def flip(part: Path) -> None:
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(bytes(data))


def cut(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:100])


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink], ids=["flip", "cut", "unlink"])
@pytest.mark.parametrize("table", ["records", "provenance"])
def test_a_damaged_part_is_named_and_the_other_units_are_checked(
    tmp_path: Path, damage: Callable[[Path], None], table: str
) -> None:
    workspace(tmp_path, CLEAN)
    workspace(tmp_path, FAULTY["short_span"], unit="made/val")
    part = tmp_path / table / "made/train/part-00000.parquet"
    damage(part)
    findings = found(tmp_path)
    assert findings["damaged_part"] == ("error", 1, [str(part)])
    assert findings["short_span"][1] == 1
    ran = CliRunner().invoke(app, ["lint", "-w", str(tmp_path)])
    assert ran.exit_code == 5
    assert str(part) in ran.stdout


def test_damage_is_told_by_the_hash_of_the_manifest(tmp_path: Path) -> None:
    workspace(tmp_path, CLEAN)
    part = tmp_path / "records/made/train/part-00000.parquet"
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    assert digest in (part.parent / "manifest.json").read_text()


def run(root: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["lint", "-w", str(root), *arguments])
    return result.exit_code, result.stdout


def test_errors_exit_with_5_and_warnings_with_0(tmp_path: Path) -> None:
    warned = workspace(tmp_path / "warned", FAULTY["whole_video"])
    assert run(warned)[0] == 0
    broken = workspace(tmp_path / "broken", FAULTY["span_outside"])
    code, out = run(broken, "--json")
    assert code == 5
    assert '"ok": false' in out
    assert '"errors": 1' in out


def test_show_prints_every_id(tmp_path: Path) -> None:
    records = [
        replace(FAULTY["whole_video"], id=f"made/train/7/{n}", question=f"why {n}")
        for n in range(8)
    ]
    root = workspace(tmp_path, *records)
    assert run(root)[1].count("made/train/7/") == 3
    assert run(root, "--show")[1].count("made/train/7/") == 8
    assert "8 records   0 pass   0 errors   8 warnings" in run(root)[1]


def test_every_flag_that_is_a_check_is_a_known_one() -> None:
    names = {c.name for c in CHECKS if c.where.startswith("list_contains(flags")}
    assert names <= set(FLAGS)
    assert len(names) == 8
