import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Build


def question(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": number,
        "question": "Where is the object?",
        "options": ["Left.", "Right.", "Middle."],
        "answer_id": number % 3,
        "area": "Memory",
        "reasoning": "Descriptive",
        "tag": ["object permanence"],
        **changed,
    }


def video(*questions: Any, **metadata: Any) -> dict[str, Any]:
    facts = {"split": "train", "frame_rate": 30.0, "num_frames": 300, "resolution": [1080, 1920]}
    return {"metadata": {**facts, **metadata}, "mc_question": list(questions)}


def write(folder: Path, videos: dict[str, Any], name: str = "mc_question_train.json") -> None:
    (folder / name).write_text(json.dumps(videos))


def test_every_question_of_a_video_is_a_record(tmp_path: Path, build: Build) -> None:
    write(tmp_path, {"video_1": video(question(0), question(1)), "video_2": video(question(0))})
    built = build("perception-test", tmp_path, "train")
    assert list(built.records) == [
        "perception-test/train/video_1/0",
        "perception-test/train/video_1/1",
        "perception-test/train/video_2/0",
    ]
    record = built.records["perception-test/train/video_1/1"]
    assert (record.answer, record.options) == ("B", ["Left.", "Right.", "Middle."])
    assert (record.media.duration_s, record.media.fps, record.media.frames) == (10.0, 30.0, 300)
    assert json.loads(record.meta) == {
        "area": "Memory",
        "reasoning": "Descriptive",
        "tag": ["object permanence"],
    }


def test_a_cut_video_is_an_excerpt(tmp_path: Path, build: Build) -> None:
    write(tmp_path, {"video_1": video(question(0)), "video_2": video(question(0))})
    cuts = {"video_1": 150, "video_2": -1}
    (tmp_path / "cut_frame_mapping_train.json").write_text(json.dumps(cuts))
    records = build("perception-test", tmp_path, "train").records
    cut, whole = (records[f"perception-test/train/video_{n}/0"].media for n in (1, 2))
    assert (cut.start_s, cut.end_s, cut.duration_s) == (0.0, 5.0, 5.0)
    assert (whole.start_s, whole.end_s, whole.duration_s) == (None, None, 10.0)


def test_the_full_annotation_file_is_read_too(tmp_path: Path, build: Build) -> None:
    whole = {**video(question(0)), "object_tracking": [{"id": 0, "label": "cup"}]}
    write(tmp_path, {"video_1": whole}, "all_valid.json")
    assert build("perception-test", tmp_path, "valid").one().role == "evaluation"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"answer_id": None}, "bad_answer"),
        ({"answer_id": 3}, "bad_answer"),
        ({"id": None}, "bad_number"),
        ({"question": " "}, "no_question"),
        ({"options": None}, "bad_row"),
    ],
)
def test_a_bad_question_costs_only_itself(
    tmp_path: Path, build: Build, changed: dict[str, Any], reason: str
) -> None:
    write(tmp_path, {"video_1": video(question(0), question(1, **changed), question(2))})
    built = build("perception-test", tmp_path, "train")
    assert [id.split("/")[-1] for id in built.records] == ["0", "2"]
    assert [(r.at.row, r.part, r.reason) for r in built.rejects] == [(1, 1, reason)]


def test_a_video_that_cannot_be_read_is_set_aside(tmp_path: Path, build: Build) -> None:
    videos = {"a": video(frame_rate=0), "b": {"mc_question": []}, "c": 7, "d": video(question(0))}
    write(tmp_path, videos)
    built = build("perception-test", tmp_path, "train")
    assert list(built.records) == ["perception-test/train/d/0"]
    assert [r.reason for r in built.rejects] == ["bad_number", "bad_row", "bad_row"]


def test_ids_do_not_depend_on_the_order_of_videos(tmp_path: Path, build: Build) -> None:
    videos = {f"video_{n}": video(question(0), question(1)) for n in range(4)}
    write(tmp_path, videos)
    built = build("perception-test", tmp_path, "train")
    turned = {name: videos[name] for name in reversed(videos)}
    for name in turned:
        turned[name] = video(question(1), question(0))
    write(tmp_path, turned)
    assert build("perception-test", tmp_path, "train").records == built.records
