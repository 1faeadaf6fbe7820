import json
from pathlib import Path

from builders.reading.timed_text import asked_events, numbered
from schemas.interval import Interval
from schemas.record import Probed
from tests.conftest import Build

NAMES = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")


def spelled(time: str) -> str:
    """A time as VTG-LLM writes it: `0013.5` as six tokens."""
    return "".join("<TIME_DOT>" if c == "." else f"<TIME_{NAMES[int(c)]}>" for c in time)


ROWS = [
    {
        "video": "data/VTG-IT/yttemporal/video-x1.mp4",
        "QA": [
            {
                "q": "Find the part for 'tie a knot'.",
                "a": f"{spelled('0013.5')} - {spelled('0020.0')} seconds, tie a knot.",
            }
        ],
        "source": "VTG-IT-MR",
    },
    {
        "video": "data/didemo/a.mov",
        "QA": [
            {
                "q": "Find the segment for the query 'a dog runs' in the video.",
                "a": f"The given query happens in {spelled('0005.0')} - {spelled('0010.0')}"
                " seconds.",
            }
        ],
        "source": "DideMo",
    },
    {
        "video": "data/VTG-IT/yttemporal/video-x2.mp4",
        "QA": [
            {
                "q": "Which moments stand out?",
                "a": f"{spelled('0045.0')} seconds, significance score: 4, tying a knot.",
            }
        ],
        "source": "VTG-IT-VHD",
    },
]
PROBED = {str(row["video"]): Probed(str(row["video"]), duration_s=30.0) for row in ROWS}


def test_spelled_times_are_numbers() -> None:
    assert numbered(f"{spelled('0113.7')} - 5") == "0113.7 - 5"
    (event,) = asked_events("q", f"{spelled('0113.7')} - {spelled('0120.0')} seconds, x!")
    assert event.spans_s == [Interval(113.7, 120.0)]


def test_the_merged_file(tmp_path: Path, build: Build) -> None:
    (tmp_path / "vtg-it-120k.json").write_text(json.dumps(ROWS))
    built = build("vtg-it", tmp_path, "train", probed=PROBED)
    assert {(r.question, *r.spans_s) for r in built.records.values()} == {
        ("tie a knot.", Interval(13.5, 20)),
        ("a dog runs", Interval(5, 10)),
    }
    assert {json.loads(r.meta)["source"] for r in built.records.values()} == {"VTG-IT-MR", "DideMo"}
    assert built.reasons == {"instants": 1}


def test_the_folders_it_is_merged_from_give_the_same_ids(tmp_path: Path, build: Build) -> None:
    merged, folders = tmp_path / "merged", tmp_path / "folders"
    merged.mkdir()
    (merged / "vtg-it-120k.json").write_text(json.dumps(ROWS))
    for row in reversed(ROWS):
        folder = folders / "moment_retrieval" / str(row["source"])
        folder.mkdir(parents=True)
        (folder / "time_token.json").write_text(
            json.dumps([{name: row[name] for name in ("video", "QA")}])
        )
    built = build("vtg-it", folders, "train", probed=PROBED)
    assert set(built.records) == set(build("vtg-it", merged, "train", probed=PROBED).records)
    assert built.reasons == {"instants": 1}
