import json
from pathlib import Path
from typing import Any

import pytest

from schemas.answers import AnswerType
from schemas.errors import BadFile
from tests.conftest import Build

CHOICE: dict[str, Any] = {
    "problem_id": 2,
    "problem": "What appears on the screen?",
    "data_type": "video",
    "problem_type": "multiple choice",
    "options": ["A. A notification", "B. A command", "C. A warning", "D. Weather"],
    "solution": "<answer>B</answer>",
    "path": "./LLaVA-Video-178K/liwei_youtube_videos/videos/ytb_7nRmsEw7nsE.mp4",
    "data_source": "LLaVA-Video-178K/30_60_s_youtube_v0_1",
}


def made(folder: Path, rows: object, name: str = "Video-R1-260k.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def test_the_five_real_records_in_dataflow_layout(shared: Path, build: Build) -> None:
    where = shared / "annotations/dataflow_mm_video_r1/video_r1_sample_data.json"
    built = build("video-r1", where, "rl")
    assert not built.rejects
    records = {Path(r.media.path).name: r for r in built.records.values()}
    facts = {n: (r.media.kind, r.answer_type.value, r.answer) for n, r in records.items()}
    assert facts == {
        "ytb_7nRmsEw7nsE.mp4": ("video", "multiple_choice", "A"),
        "split_8.mp4": (
            "video",
            "free_form",
            "The person cracks an egg into the black frying pan on the right burner.",
        ),
        "video_05282.mp4": ("video", "numerical", "1"),
        "identity_71274.png": ("image", "ocr", "1 4 = 4 + 2 + 8"),
        "image_21088.png": ("image", "regression", "9.62"),
    }
    assert records["ytb_7nRmsEw7nsE.mp4"].options == [
        "A YouTube subscription notification",
        "A military command",
        "A warning message",
        "A weather update",
    ]
    media = {"video": "videos", "image": "images"}
    there = [
        (shared / media[r.media.kind] / "dataflow_mm_video_r1" / name).is_file()
        for name, r in records.items()
    ]
    assert sum(there) >= 4


def test_the_published_layout_and_its_twin_folder(tmp_path: Path, build: Build) -> None:
    other = {**CHOICE, "path": "./LLaVA-Video-178K/academic/ytb_7nRmsEw7nsE.mp4"}
    built = build("video-r1", made(tmp_path, [CHOICE, other]).parent, "rl")
    record, twin = built.records.values()
    assert record.media.key == "LLaVA-Video-178K/liwei_youtube_videos/videos/ytb_7nRmsEw7nsE"
    assert record.id.startswith(f"video-r1/rl/{record.media.key}/")
    assert record.options == ["A notification", "A command", "A warning", "Weather"]
    assert (record.answer, record.answer_type) == ("B", AnswerType.MULTIPLE_CHOICE)
    assert json.loads(record.meta) == {"data_source": CHOICE["data_source"], "problem_id": 2}
    assert twin.media.key == "LLaVA-Video-178K/academic/ytb_7nRmsEw7nsE"


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = [{**CHOICE, "problem_id": i, "problem": f"question {i}?"} for i in range(6)]
    forward = build("video-r1", made(tmp_path, rows), "rl")
    backward = build("video-r1", made(tmp_path, rows[::-1]), "rl")
    assert forward.records == backward.records
    assert len(forward.records) == 6


def test_reasoning_and_the_annotation_script_s_results(tmp_path: Path, build: Build) -> None:
    cot = {**CHOICE, "process": "<think>Сначала I look.</think>"}
    checked = {**cot, "answer": "B", "reward": 1.0, "select": True}
    failed = {**CHOICE, "problem": "And then?", "answer": "", "reward": 0.0, "select": False}
    made(tmp_path, [cot], "Video-R1-COT-165k.json")
    record = build("video-r1", tmp_path, "cot").one()
    assert json.loads(record.meta)["think"] == "Сначала I look."
    results = {"results": [checked, failed], "final_acc": [{"mean_acc": 0.5}]}
    built = build("video-r1", made(tmp_path, results, "sample_COT_qwen72b.json"), "cot")
    first, second = (json.loads(r.meta) for r in built.records.values())
    assert first["teacher"] == {"answer": "B", "reward": 1.0, "select": True}
    assert first["think"] == "Сначала I look."
    assert second["teacher"]["select"] is False
    assert "think" not in second
    assert build("video-r1", made(tmp_path, {"results": []}), "rl").records == {}


def test_a_results_file_that_is_cut_off_says_where(tmp_path: Path, build: Build) -> None:
    path = made(tmp_path, {"results": [CHOICE, CHOICE]})
    path.write_text(path.read_text()[:-40])
    with pytest.raises(BadFile, match=r"row 2: not JSON at character .*: it is cut off"):
        build("video-r1", path, "rl")


def test_json_lines_are_read_too(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "Video-R1-260k.jsonl"
    path.write_text(json.dumps(CHOICE) + "\n" + json.dumps(CHOICE)[:30] + "\n")
    built = build("video-r1", tmp_path, "rl")
    assert built.one().answer == "B"
    assert [(r.reason, r.at.row) for r in built.rejects] == [("bad_row", 2)]


def test_options_in_another_order_than_their_letters_are_sorted(
    tmp_path: Path, build: Build
) -> None:
    rows = [
        {**CHOICE, "options": ["C. c", "A. a", "B. b"], "solution": "<answer>C</answer>"},
        {**CHOICE, "options": ["Bob", "A. Lincoln"], "solution": "<answer>A. Lincoln</answer>"},
        {**CHOICE, "options": ["B. ", "A. a", "B. b"], "solution": "<answer>B</answer>"},
    ]
    built = build("video-r1", made(tmp_path, rows), "rl")
    found = [(r.options, r.answer, r.flags) for r in built.records.values()]
    assert found == [
        (["a", "b", "c"], "C", []),
        (["Bob", "A. Lincoln"], "B", []),
        (["", "a", "b"], "C", ["ambiguous_answer"]),
    ]
    letters = [json.loads(r.meta).get("published_letters") for r in built.records.values()]
    assert letters == ["CAB", None, "BAB"]


def test_bad_rows_are_set_aside_by_reason(tmp_path: Path, build: Build) -> None:
    several = {k: v for k, v in CHOICE.items() if k != "path"} | {"video": ["a.mp4", "b.mp4"]}
    rows = [
        {**CHOICE, "solution": "<answer>E</answer>"},
        {**CHOICE, "problem_type": "Multiple Choice"},
        {**CHOICE, "problem_type": "free-form", "options": [], "solution": "<answer></answer>"},
        {**CHOICE, "data_type": "audio"},
        several,
        {**CHOICE, "path": "../outside.mp4"},
        {**CHOICE, "problem": "  "},
        {**CHOICE, "options": [1, 2]},
        [1, 2],
        {k: v for k, v in CHOICE.items() if k != "solution"},
    ]
    built = build("video-r1", made(tmp_path, rows), "rl")
    assert not built.records
    assert [(r.at.row, r.reason) for r in built.rejects] == [
        (1, "bad_answer"),
        (2, "bad_row"),
        (3, "bad_answer"),
        (4, "unsupported_media"),
        (5, "unsupported_media"),
        (6, "path_escapes"),
        (7, "no_question"),
        (8, "bad_row"),
        (9, "bad_row"),
        (10, "bad_row"),
    ]
