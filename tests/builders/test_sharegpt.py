import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Build

PLAIN = [{"role": "user", "content": "<video>Who?"}, {"role": "assistant", "content": "A man."}]


def write(folder: Path, *rows: Any) -> None:
    (folder / "mine.json").write_text(json.dumps(rows))


def test_real_demo_files(shared: Path, build: Build) -> None:
    built = build("sharegpt", shared / "annotations/llamafactory_demo", "train")
    assert len(built.records) == 15
    rejected = Counter(Path(reject.at.file).name for reject in built.rejects)
    assert built.reasons == {"unsupported_media": 6}
    assert rejected == {"mllm_audio_demo.json": 3, "mllm_video_audio_demo.json": 3}
    paths = Counter(record.media.path for record in built.records.values())
    assert paths["mllm_demo_data/1.mp4"] == paths["mllm_demo_data/2.avi"] == 1
    assert paths["mllm_demo_data/1.jpg"] == 4
    found = {record.question: record for record in built.records.values()}
    assert found["What are they doing?"].meta == '{"turn":2,"turns":2}'
    assert found["Why is this video funny?"].answer == (
        "Because a baby is reading, and he is so cute!"
    )
    assert "他们在做什么？" in found


def test_both_spellings_and_a_system_column(tmp_path: Path, build: Build) -> None:
    said = [{"from": "human", "value": "<video>Who?"}, {"from": "gpt", "value": "A man."}]
    write(tmp_path, {"conversations": said, "videos": "a.mp4", "system": "Be brief.", "tag": 1})
    record = build("sharegpt", tmp_path, "train").one()
    assert (record.question, record.answer, record.media.path) == ("Who?", "A man.", "a.mp4")
    assert record.meta == '{"system":"Be brief.","tag":1}'


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({}, "unsupported_media"),
        ({"videos": []}, "unsupported_media"),
        ({"videos": ["a.mp4", "b.mp4"]}, "unsupported_media"),
        ({"videos": ["a.mp4"], "images": ["a.jpg"]}, "unsupported_media"),
        ({"videos": ["a.mp4"], "audios": ["a.mp3"]}, "unsupported_media"),
        ({"audios": ["a.mp3"]}, "unsupported_media"),
        ({"videos": [["1.jpg", "2.jpg"]]}, "unsupported_media"),
        ({"videos": ["../a.mp4"]}, "path_escapes"),
        ({"videos": ["a.mp4"], "messages": PLAIN[:1]}, "bad_row"),
        ({"videos": ["a.mp4"], "messages": None}, "bad_row"),
    ],
)
def test_bad_rows_are_set_aside(
    tmp_path: Path, build: Build, columns: dict[str, Any], reason: str
) -> None:
    write(tmp_path, {"messages": PLAIN, **columns}, {"messages": PLAIN, "images": ["a.jpg"]})
    built = build("sharegpt", tmp_path, "train")
    assert [(r.at.row, r.reason) for r in built.rejects] == [(1, reason)]
    assert built.one().media.kind == "image"


def test_the_same_file_named_twice_is_one_medium(tmp_path: Path, build: Build) -> None:
    write(tmp_path, {"messages": PLAIN, "videos": ["a.mp4", "a.mp4"]})
    assert build("sharegpt", tmp_path, "train").one().media.path == "a.mp4"


def test_ids_do_not_depend_on_the_order_of_rows(tmp_path: Path, build: Build) -> None:
    rows = [{"messages": PLAIN, "videos": [f"{n}.mp4"]} for n in range(4)]
    write(tmp_path, *rows)
    built = build("sharegpt", tmp_path, "train")
    write(tmp_path, *rows[::-1])
    assert build("sharegpt", tmp_path, "train").records == built.records
