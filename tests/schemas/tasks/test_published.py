"""The published readings give what the released code gave, run on the same completions."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import PROBLEM_TYPES, AnswerType
from schemas.interval import Interval
from schemas.record import Media, Record
from schemas.task import TASKS, Reading
from tests.schemas.records import open_record, record

GOLDEN = Path(__file__).parents[2] / "golden"
REWARDS = json.loads((GOLDEN / "rewards.json").read_text("utf-8"))
IOU = json.loads((GOLDEN / "iou.json").read_text("utf-8"))


def published(task: str, asked: Record, completion: str) -> dict[str, float]:
    assert TASKS[task].fits(asked)
    return dict(TASKS[task].scores(asked, completion, Reading.PUBLISHED))


def cases(rows: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row["id"])


def clamped(value: float) -> float:
    return min(max(value, 0.0), 1.0)


# Video-R1 ---------------------------------------------------------------------------------------

# A record's answer is what stands between the solution's tags; without them, or empty, there is
# nothing to ask.
SOLVED = [
    row
    for row in REWARDS["accuracy"]
    if row["problem_type"] in PROBLEM_TYPES
    and row["solution"].startswith("<answer>")
    and row["solution"] != "<answer></answer>"
]


@cases(SOLVED)
def test_video_r1_accuracy(row: dict[str, Any]) -> None:
    gold = row["solution"].removeprefix("<answer>").removesuffix("</answer>").strip()
    asked = open_record(gold, PROBLEM_TYPES[row["problem_type"]])
    scores = published("think", asked, row["completion"])
    assert scores["accuracy"] == pytest.approx(row["expected"], abs=1e-6)


def test_only_rows_without_a_gold_answer_are_left_out() -> None:
    typed = [row for row in REWARDS["accuracy"] if row["problem_type"]]
    left = {row["solution"] for row in typed if row not in SOLVED}
    assert left == {"", "A", "42", "<answer></answer>"}
    assert len(SOLVED) > 80


@cases(REWARDS["format"])
def test_video_r1_format(row: dict[str, Any]) -> None:
    assert published("think", record(), row["completion"])["format"] == row["expected"]


# VideoReasoner ----------------------------------------------------------------------------------


@cases([row for row in REWARDS["videoreasoner_accuracy"] if row["problem_type"] == "qa"])
def test_videoreasoner_accuracy(row: dict[str, Any]) -> None:
    solution = row["solution"]
    if "<answer>" not in solution or solution == "<answer></answer>":
        assert row["expected"] == 0.0  # no gold answer, so no such record
        return
    gold = solution.removeprefix("<answer>").removesuffix("</answer>")
    asked = open_record(gold, AnswerType.MULTIPLE_CHOICE)
    assert published("answer", asked, row["completion"])["accuracy"] == row["expected"]


@cases(REWARDS["videoreasoner_format"])
def test_videoreasoner_format(row: dict[str, Any]) -> None:
    assert published("ground", record(), row["completion"])["format"] == row["expected"]


@cases([row for row in IOU["videoreasoner_iou_reward"] if row["problem_type"] == "grounding"])
def test_videoreasoner_iou(row: dict[str, Any]) -> None:
    duration_s = row["duration"]
    start, end = (clamped(float(time) / duration_s) for time in row["times"])
    asked = record(
        media=Media("video", "v", "v.mp4", duration_s=duration_s), spans=[Interval(start, end)]
    )
    scores = published("ground", asked, row["completion"])
    assert scores["iou"] == pytest.approx(row["expected"], abs=1e-6)


def test_other_tasks_have_no_iou_where_the_released_one_is_0() -> None:
    others = [row for row in IOU["videoreasoner_iou_reward"] if row["problem_type"] != "grounding"]
    assert others
    assert all(row["expected"] == 0.0 for row in others)
    for row in others:
        for task in ("answer", "elements"):
            assert "iou" not in published(task, record(), row["completion"])


# Temporal-RLT -----------------------------------------------------------------------------------


@cases(IOU["temporal_rlt_tvg"])
def test_temporal_rlt_grounding(row: dict[str, Any]) -> None:
    duration_s = float(row["video_length"])
    asked = record(
        media=Media("video", "v", "v.mp4", duration_s=duration_s),
        spans=[Interval(*row["ground_truth"])],
    )
    scores = published("ground-think", asked, row["completion"])
    assert scores["iou"] == pytest.approx(row["expected_accuracy"], abs=1e-6)
    assert scores["format"] == row["expected_format"]
    total = 0.5 * scores["iou"] + 0.5 * scores["format"]
    assert total == pytest.approx(row["expected_score"], abs=1e-6)
