"""What lint finds about rewards, on records that have one fault each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from curate.earnable import guesses, of_record, reachable
from curate.store import connect
from schemas.answers import AnswerType
from schemas.interval import Interval
from schemas.record import Record, Role
from tests.conftest import Build
from tests.curate.test_lint import CLEAN, OTHER, workspace
from tests.curate.workspaces import built


def checks(record: Record, *tasks: str) -> set[tuple[str, str]]:
    return {(fault.check, fault.task) for fault in of_record(record, tasks or None)}


def test_a_clean_record_has_no_fault_under_any_task() -> None:
    assert checks(CLEAN) == set()


def test_equal_options_let_a_wrong_letter_earn_nothing_more() -> None:
    twins = replace(CLEAN, options=["to run", "to run", "to eat"])
    assert ("wrong_earns", "answer") not in checks(twins)


def test_a_span_too_short_for_its_digits_is_told_apart() -> None:
    short = replace(CLEAN, spans=[Interval(0.41002, 0.41037)], spans_s=[Interval(4.1002, 4.1037)])
    found = checks(short, "ground")
    assert found
    assert found <= {("rounded", "ground"), ("gold_below_full", "ground")}


def test_a_published_span_past_the_end_cannot_be_reached() -> None:
    beyond = replace(CLEAN, spans=[Interval(0.8, 1.0)], spans_s=[Interval(8.0, 11.0)])
    assert reachable(beyond) == pytest.approx(2 / 3)
    assert ("unreachable", "") in checks(beyond)
    near = replace(CLEAN, spans=[Interval(0.1, 1.0)], spans_s=[Interval(1.0, 10.2)])
    assert ("unreachable", "") not in checks(near)


def test_an_answer_that_nothing_can_equal_is_an_error() -> None:
    number = replace(CLEAN, options=[], answer="about nine", answer_type=AnswerType.NUMERICAL)
    assert ("gold_below_full", "answer") in checks(number)


def test_guesses_are_those_of_hand(tmp_path: Path) -> None:
    records = [
        replace(CLEAN, spans=[Interval(0.0, 0.5)], spans_s=[], answer="B"),
        replace(OTHER, spans=[Interval(0.0, 0.5)], spans_s=[], answer="B"),
        replace(OTHER, id="made/train/9/0", spans=[], spans_s=[], answer="A"),
    ]
    (guess,) = guesses(connect(workspace(tmp_path, *records)))
    assert (guess.unit, guess.constant, guess.letter) == ("made/train", Interval(0.0, 0.5), "B")
    assert guess.whole_video == pytest.approx(0.5)
    assert guess.constant_iou == pytest.approx(1.0)
    assert guess.letter_share == pytest.approx(2 / 3)
    assert guess.chance == pytest.approx(1 / 3)


def test_guessing_on_real_sets_is_what_the_literature_forgets(shared: Path, tmp_path: Path) -> None:
    built(tmp_path, "charades-sta", shared / "annotations/charades_sta_2dtan", "test")
    built(tmp_path, "nextgqa", shared / "annotations/nextgqa", "val")
    charades, nextgqa = guesses(connect(tmp_path))
    assert charades.constant_iou == pytest.approx(0.305, abs=0.0006)
    assert nextgqa.whole_video == pytest.approx(0.213, abs=0.0006)


def test_what_is_known_of_time_r1_and_tvgbench_is_found(shared: Path, build: Build) -> None:
    where = shared / "annotations/time_r1_xiaomi"
    trained = build("time-r1", where, "train")
    past = [r for r in trained.records.values() if r.spans_s[0].end - _length(r) > 0.05]
    assert len(trained.rejects) + len(past) == 32
    assert any("14220" in reject.message for reject in trained.rejects)
    judged = build("tvgbench", where, "test").records.values()
    assert sum("unearnable" in record.flags for record in judged) == 11
    assert all(record.role is Role.EVALUATION for record in judged)


def _length(record: Record) -> float:
    assert record.media.duration_s is not None
    return record.media.duration_s
