import json
import random
from collections import Counter
from pathlib import Path

import pytest

from builders.reading import read_csv, read_json
from schemas.interval import Interval
from schemas.record import Probed
from tests.conftest import Build, Built

FOLDER = "annotations/timeit_timesuite"
LONG_S = 20_000.0


def with_videos(build: Build, file: Path) -> Built:
    """Build one file as if each of its videos were at hand, and long."""
    paths = {row.value["video"] for row in read_json(file)}
    probed = {path: Probed(path, duration_s=LONG_S) for path in paths}
    return build("timeit", file, "train", probed=probed)


@pytest.mark.parametrize(
    ("name", "records", "reasons"),
    [
        ("instruct_action_9.0k_coin.json.gz", 35_458, {}),
        ("instruct_action_0.5k_hirest.json", 3_539 - 11, {"zero_length_span": 11}),
        ("instruct_dvc_1.2k_youcook2.json", 9_219, {}),
        ("instruct_dvc_5.1k_vitt.json.gz", 0, {"instants": 5_141}),
        ("instruct_tvg_0.5k_hirest.json", 459, {}),
        ("instruct_vhd_50_tvsum.json", 0, {"instants": 50}),
        ("instruct_vhd_25_summe.json", 0, {"instants": 25}),
    ],
)
def test_real_files(
    shared: Path, build: Build, name: str, records: int, reasons: dict[str, int]
) -> None:
    built = with_videos(build, shared / FOLDER / name)
    assert len(built.records) == records
    assert built.reasons == reasons
    assert all(record.question for record in built.records.values())


def test_real_charades_agrees_with_charades_sta(shared: Path, build: Build) -> None:
    csv = shared / "annotations/charades_sta_2dtan/Charades_v1_train.csv.gz"
    probed = {}
    for row in read_csv(csv, ("id", "length")):
        path = f"Charades/videos/{row.value['id']}.mp4"
        probed[path] = Probed(path, duration_s=float(row.value["length"]))
    file = shared / FOLDER / "instruct_tvg_12.4k_charades.json.gz"
    built = build("timeit", file, "train", probed=probed)
    assert len(built.records) == 12_404
    assert built.reasons == {"reversed_span": 4}
    original = build("charades-sta", csv.parent, "train")
    asked = Counter((r.media.key, r.spans_s[0]) for r in original.records.values())
    told = Counter(
        (r.media.key.removeprefix("Charades/videos/"), r.spans_s[0]) for r in built.records.values()
    )
    assert asked == told


def test_real_folder_without_videos(shared: Path, build: Build) -> None:
    built = build("timeit", shared / FOLDER, "train")
    assert not built.records
    assert built.reasons == {
        "no_duration": 35_458 + 3_539 + 9_219 + 459 + 12_408,
        "instants": 5_141 + 75,
    }


ROWS = [
    {
        "video": "YouCook2/a.mp4",
        "QA": [
            {
                "q": "List the steps.",
                "a": "1.0 - 4.0 seconds, cook for 30 seconds, or 2 - 3 seconds.  4 - 9.5 seconds, "
                "serve.",
            }
        ],
    },
    {
        "video": "./Charades/00607.mp4",
        "QA": [
            {
                "q": "Give you a textual query: 'the person's dog sits' When does it occur?",
                "a": "The given query happens in 2.0 - 3.0, 5.0 - 6.0 seconds.",
            },
            {"q": "And this one?", "a": "The given query happens in 1.0 - 2.5 seconds."},
        ],
    },
]
PROBED = {
    path: Probed(path, duration_s=10.0) for path in ("YouCook2/a.mp4", "Charades/00607.mp4", "b")
}


def test_what_is_asked_is_the_event_or_the_query(tmp_path: Path, build: Build) -> None:
    (tmp_path / "instruct_made.json").write_text(json.dumps(ROWS))
    built = build("timeit", tmp_path, "train", probed=PROBED)
    assert {(r.question, *r.spans_s) for r in built.records.values()} == {
        ("cook for 30 seconds, or 2 - 3 seconds.", Interval(1, 4)),
        ("serve.", Interval(4, 9.5)),
        ("the person's dog sits", Interval(2, 3), Interval(5, 6)),
        ("And this one?", Interval(1, 2.5)),
    }
    (first, *_) = built.records.values()
    assert json.loads(first.meta) == {"instruction": "List the steps."}
    assert first.id.startswith("timeit/train/YouCook2/a/")


def test_bad_answers_are_set_aside_one_by_one(tmp_path: Path, build: Build) -> None:
    answers = ["2.7 seconds, Introduction.", "No idea.", 5, "1 - 2 seconds, jump."]
    pairs = [{"q": "What?", "a": answer} for answer in answers]
    rows = [{"video": "b", "QA": pairs}, {"video": "b"}, {"QA": pairs}, [], {"video": 1, "QA": []}]
    (tmp_path / "instruct_made.json").write_text(json.dumps([*rows, {"video": "b", "QA": [1]}]))
    built = build("timeit", tmp_path, "train", probed=PROBED)
    assert built.one().question == "jump."
    assert [(reject.at.row, reject.reason, reject.key) for reject in built.rejects] == [
        (1, "instants", "b/0"),
        (1, "no_spans", "b/1"),
        (1, "bad_row", "b/2"),
        (2, "bad_row", "b"),
        (3, "bad_row", None),
        (4, "bad_row", None),
        (5, "bad_row", "1"),
        (6, "bad_row", "b"),
    ]


def test_ids_do_not_depend_on_the_order_of_rows(shared: Path, build: Build, tmp_path: Path) -> None:
    source = shared / FOLDER / "instruct_action_0.5k_hirest.json"
    rows = json.loads(source.read_text())
    random.Random(7).shuffle(rows)
    shuffled = tmp_path / source.name
    shuffled.write_text(json.dumps(rows))
    assert set(with_videos(build, shuffled).records) == set(with_videos(build, source).records)
