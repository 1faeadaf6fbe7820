"""Scorers beside the released code: different only where the page says so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import PROBLEM_TYPES
from schemas.layout import block
from schemas.numbers import strict_number
from schemas.reward import accuracy
from schemas.rewards.regression import mean_relative_accuracy
from schemas.task import Reading

ROOT = Path(__file__).parents[3]
GOLDEN = json.loads((ROOT / "tests/golden/rewards.json").read_text("utf-8"))
ROWS = [row for row in GOLDEN["accuracy"] if row["problem_type"] in PROBLEM_TYPES]
LISTED = re.compile(r"^\| rewards\.json \| (acc-\d+) \| (\S+) \| (\S+) \| (.+) \|$", re.MULTILINE)


def scored(row: dict[str, Any], reading: Reading) -> float:
    said = block(row["completion"], "answer", reading)
    gold = block(row["solution"], "answer", reading)
    if reading is not Reading.PUBLISHED and (said is None or gold is None):
        return 0.0
    return accuracy(said or "", gold or "", PROBLEM_TYPES[row["problem_type"]], (), reading)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_published_is_what_the_released_code_gives(row: dict[str, Any]) -> None:
    assert scored(row, Reading.PUBLISHED) == pytest.approx(row["expected"], abs=1e-6)
    assert row["expected_cot_filter"] == pytest.approx(row["expected"], abs=1e-6)


def test_the_page_lists_each_difference_and_no_other() -> None:
    page = (ROOT / "docs/differences.md").read_text("utf-8")
    listed = {case: (published, ours) for case, published, ours, _ in LISTED.findall(page)}
    found = {}
    for row in ROWS:
        ours = scored(row, Reading.STRICT)
        if ours != pytest.approx(row["expected"], abs=1e-6):
            found[row["id"]] = (f"{row['expected']:.3g}", f"{ours:.3g}")
    assert listed == found
    assert len(LISTED.findall(page)) == page.count("| rewards.json |") == len(found)


REGRESSION = [row for row in ROWS if row["problem_type"] == "regression"]


@pytest.mark.parametrize("row", REGRESSION, ids=lambda row: row["id"])
def test_mean_relative_accuracy_is_that_of_the_evaluator(row: dict[str, Any]) -> None:
    texts = [block(row[key], "answer", Reading.PUBLISHED) for key in ("completion", "solution")]
    numbers = [strict_number(text) for text in texts if text]
    found = [number for number in numbers if number is not None]
    if len(found) == 2:
        said, gold = found
        assert mean_relative_accuracy(said, gold) == pytest.approx(
            row["expected_eval_bench"], abs=1e-6
        )
