import json
from pathlib import Path
from typing import Any

from tests.conftest import Build

ROW: dict[str, Any] = {
    "problem_id": 5,
    "problem": "Why does she stop?\nA. It rains\nB. She fell\nC. She won",
    "data_type": "video",
    "problem_type": "multiple choice",
    "solution": "<answer>B</answer>",
    "path": "./LLaVA-Video-178K/academic/x.mp4",
}


def test_options_in_the_problem_and_reasoning_in_the_response(tmp_path: Path, build: Build) -> None:
    response = "<think>She slips.</think><answer>B</answer>"
    rows = [
        {**ROW, "response": response},
        {
            **ROW,
            "problem": "Why?",
            "options": ["A. x", "B. y"],
            "process": "<think>So.</think>",
        },
        {**ROW, "options": ["A. It rains", "B. She fell", "C. She won"], "problem_id": 6},
        {**ROW, "problem": "No options at all?"},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "VideoRFT-CoT-Data.jsonl").write_text(lines)
    built = build("videorft", tmp_path, "cot")
    first, second, third = built.records.values()
    assert first.question == "Why does she stop?"
    assert (first.options, first.answer) == (["It rains", "She fell", "She won"], "B")
    assert json.loads(first.meta)["think"] == "She slips."
    assert json.loads(first.meta)["response"] == response
    assert json.loads(second.meta) == {"problem_id": 5, "think": "So."}
    assert (third.question, third.options) == (first.question, first.options)
    assert [(r.at.row, r.reason) for r in built.rejects] == [(4, "bad_answer")]


def test_every_file_of_a_split_is_read(tmp_path: Path, build: Build) -> None:
    image = {**ROW, "data_type": "image", "path": "./Math/1.png", "problem_type": "numerical"}
    (tmp_path / "VideoRFT-RL-Data-1.json").write_text(json.dumps([ROW]))
    (tmp_path / "VideoRFT-RL-Data-2.json").write_text(
        json.dumps([{**image, "solution": "<answer>3.5</answer>"}])
    )
    built = build("videorft", tmp_path, "rl")
    assert {(r.media.kind, r.answer) for r in built.records.values()} == {
        ("video", "B"),
        ("image", "3.5"),
    }
