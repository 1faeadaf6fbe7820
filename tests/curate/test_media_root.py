"""Finding media under a root, refusing what is none, and probing each file once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curate.config import MediaConfig
from curate.media_root import MediaRoot
from schemas.errors import MissingFile, WorkspaceError
from schemas.record import Probed
from tests.curate.workspaces import built, nextgqa_row, rows, write_nextgqa

pytest.importorskip("av")

from curate.media import Pool


def media_root(folder: Path, cache: Path | None = None, **settings: Any) -> MediaRoot:
    config = MediaConfig(workers=2, time_limit_s=20)
    return MediaRoot(folder, cache or folder.parent / "probes.sqlite", config, **settings)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small video of a made world."""
    from curate.world import make_world

    world = make_world(tmp_path_factory.mktemp("world"), videos=2)
    return world.video_path(next(world.clips()))


def placed(folder: Path, clip: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, folder / path)
    return folder


# Where a file is, and what is published of it.


@pytest.mark.parametrize(
    ("there", "published", "found"),
    [
        ("1105/7.mp4", "1105/7.mp4", "1105/7.mp4"),
        ("7.mp4", "1105/7.mp4", "7.mp4"),
        ("1105/7.webm", "1105/7.mp4", "1105/7.webm"),
        ("elsewhere/7.mkv", "1105/7.mp4", "elsewhere/7.mkv"),
        ("b/c/x.mp4", "a/b/c/x.mp4", "b/c/x.mp4"),
        ("ü/ﬁlm 1.mp4", "ü/ﬁlm 1.mp4", "ü/ﬁlm 1.mp4"),
    ],
)
def test_a_file_is_found_where_users_put_it(
    tmp_path: Path, clip: Path, there: str, published: str, found: str
) -> None:
    media = media_root(placed(tmp_path / "media", clip, there))
    one = media.find(published)
    assert (one.path, one.problem) == (found, None)
    assert one.relocated == (there != published)
    probed = media.probe([published])[published]
    assert (probed.path, probed.problem) == (found, None)
    assert probed.duration_s is not None


def test_a_name_that_two_files_have_is_not_guessed(tmp_path: Path, clip: Path) -> None:
    media = media_root(placed(tmp_path / "media", clip, "a/7.mp4", "b/7.mp4"))
    found = media.find("c/7.mp4")
    assert (found.path, found.problem) == ("c/7.mp4", "missing_media")
    assert "2 files have this name (a/7.mp4, b/7.mp4)" in found.message
    assert media.find("b/7.mp4").problem is None


def test_an_exact_path_is_taken_before_a_like_name(tmp_path: Path, clip: Path) -> None:
    folder = placed(tmp_path / "media", clip, "real/7.mp4")
    (folder / "linked").symlink_to(folder / "real")
    media = media_root(folder)
    assert media.find("linked/7.mp4").relocated is False
    assert media.probe(["linked/7.mp4"])["linked/7.mp4"].problem is None


@pytest.mark.parametrize("published", ["../secret.mp4", "a/../../secret.mp4", "/etc/passwd"])
@pytest.mark.parametrize("follow_links", [False, True])
def test_a_path_that_climbs_out_is_never_looked_for(
    tmp_path: Path, clip: Path, published: str, follow_links: bool
) -> None:
    folder = placed(tmp_path / "media", clip, "7.mp4")
    shutil.copy(clip, tmp_path / "secret.mp4")
    media = media_root(folder, follow_links=follow_links)
    probed = media.probe([published])[published]
    assert (probed.path, probed.problem) == (published, "unreadable_media")
    assert probed.sha256 is None


@pytest.mark.parametrize("published", ["", ".", "a\0b.mp4", "x" * 5_000 + ".mp4", "\ud800.mp4"])
def test_an_odd_path_is_a_missing_file_and_no_crash(
    tmp_path: Path, clip: Path, published: str
) -> None:
    media = media_root(placed(tmp_path / "media", clip, "7.mp4"))
    assert media.find(published).problem in ("missing_media", "unreadable_media")


def test_a_file_name_that_is_no_utf_8_disturbs_nothing(tmp_path: Path, clip: Path) -> None:
    folder = placed(tmp_path / "media", clip, "7.mp4")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4")).write_bytes(b"")
    media = media_root(folder)
    assert len(media.digest()) == 64
    assert media.probe(["7.mp4"])["7.mp4"].problem is None


def test_a_file_in_a_folder_whose_name_is_no_utf_8_is_told(tmp_path: Path, clip: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/media/caf\xe9"))
    media = media_root(placed(folder, clip, "7.mp4").parent)
    found = media.find("7.mp4")
    assert (found.path, found.problem) == ("7.mp4", "unreadable_media")
    assert "no UTF-8; rename it" in found.message


def test_a_root_that_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no such folder of media") as error:
        media_root(tmp_path / "nowhere")
    assert "--videos" in str(error.value.hint)


# Links.


def test_links_inside_the_root_are_followed(tmp_path: Path, clip: Path) -> None:
    folder = placed(tmp_path / "media", clip, "real/7.mp4")
    (folder / "8.mp4").symlink_to("real/7.mp4")
    assert media_root(folder).probe(["8.mp4"])["8.mp4"].problem is None


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_out_of_the_root_is_followed_only_when_allowed(
    tmp_path: Path, clip: Path, what: str
) -> None:
    outside = placed(tmp_path / "outside", clip, "7.mp4")
    folder = tmp_path / "media"
    (folder / "1105").mkdir(parents=True)
    if what == "file":
        (folder / "1105/7.mp4").symlink_to(outside / "7.mp4")
    else:
        (folder / "1105").rmdir()
        (folder / "1105").symlink_to(outside)
    refused = media_root(folder).probe(["1105/7.mp4"])["1105/7.mp4"]
    assert refused.problem == "unreadable_media"
    assert refused.sha256 is None
    assert "follow_links = true" in refused.message
    allowed = media_root(folder, follow_links=True).probe(["1105/7.mp4"])["1105/7.mp4"]
    assert (allowed.problem, allowed.relocated) == (None, False)


@pytest.mark.parametrize("follow_links", [False, True])
def test_loops_and_broken_links_end(tmp_path: Path, clip: Path, follow_links: bool) -> None:
    folder = placed(tmp_path / "media", clip, "a/7.mp4")
    (folder / "a/up").symlink_to(folder)
    (folder / "a/above").symlink_to(tmp_path)
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "broken.mp4").symlink_to("gone.mp4")
    media = media_root(folder, follow_links=follow_links)
    assert media.find("a/7.mp4").problem is None
    for name in ("loop.mp4", "broken.mp4"):
        found = media.find(name)
        assert found.problem == "unreadable_media"
        assert "it is a " in found.message or "a link out" in found.message
    outside = placed(tmp_path / "outside", clip, "8.mp4")
    (outside / "back").symlink_to(outside)
    (folder / "o1").symlink_to(outside)
    (folder / "o2").symlink_to(outside)
    assert (media_root(folder, follow_links=True).find("8.mp4").path) in ("o1/8.mp4", "o2/8.mp4")


# What is no video.


def test_what_is_no_video_is_told_and_never_hangs(tmp_path: Path, clip: Path) -> None:
    folder = placed(tmp_path / "media", clip, "good.mp4")
    os.mkfifo(folder / "fifo.mp4")
    (folder / "folder.mp4").mkdir()
    (folder / "empty.mp4").touch()
    (folder / "garbage.mp4").write_bytes(bytes(range(256)) * 40)
    (folder / "cut.mp4").write_bytes(clip.read_bytes()[:600])
    (folder / "text.mp4").write_text("<html>404 not found</html>")
    names = ["fifo", "folder", "empty", "garbage", "cut", "text"]
    probed = media_root(folder).probe(f"{name}.mp4" for name in [*names, "good"])
    assert probed.pop("good.mp4").problem is None
    assert {p.problem for p in probed.values()} == {"unreadable_media"}
    assert all(p.message and "\n" not in p.message for p in probed.values())
    assert "FIFO" in probed["fifo.mp4"].message
    assert "folder" in probed["folder.mp4"].message


HOSTILE = ("fifo", "folder", "empty", "garbage", "outside", "broken")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """Annotations and media of which only `good` can be read, `gone` is missing."""
    top = tmp_path_factory.mktemp("hostile")
    folder = placed(top / "media", clip, "good.mp4")
    os.mkfifo(folder / "fifo.mp4")
    (folder / "folder.mp4").mkdir()
    (folder / "empty.mp4").touch()
    (folder / "garbage.mp4").write_bytes(b"garbage" * 100)
    shutil.copy(clip, top / "outside.mp4")
    (folder / "outside.mp4").symlink_to(top / "outside.mp4")
    (folder / "broken.mp4").symlink_to("gone.mp4")
    questions = [nextgqa_row(name, "0") for name in (*HOSTILE, "gone", "good", "../climbs")]
    write_nextgqa(top / "annotations", questions)
    return top


@pytest.mark.parametrize("name", [*HOSTILE, "gone"])
def test_each_bad_file_costs_one_clear_line_and_no_record(
    tmp_path: Path, hostile: Path, name: str
) -> None:
    annotations = write_nextgqa(tmp_path / "annotations", [nextgqa_row(name, "0")])
    arguments = ["--annotations", str(annotations), "--videos", str(hostile / "media")]
    done = subprocess.run(
        [sys.executable, "-m", "curate.cli", "build", "nextgqa", *arguments, "-w", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if f"{name}.mp4" in line]
    assert "val.csv, row 2: media" in line
    assert any(cure in line for cure in ("put ", "download it again", "follow_links = true"))
    flag = "missing_media" if name == "gone" else "unreadable_media"
    assert rows(tmp_path, "select media.key, flags, media.duration_s from records") == [
        (name, [flag], 10.0)
    ]


def test_a_folder_of_bad_files_keeps_every_record_and_rejects_the_path_that_climbs(
    tmp_path: Path, hostile: Path
) -> None:
    media = hostile / "media"
    counts = built(tmp_path, "nextgqa", hostile / "annotations", "val", media=media).counts
    assert counts["records"] == len(HOSTILE) + 2
    assert counts["flags"] == {"missing_media": 1, "unreadable_media": len(HOSTILE)}
    assert counts["reasons"] == {"path_escapes": 1}
    assert rows(tmp_path, "select row from located_rejects") == [(10,)]


# Probing once.


class Counted:
    """How often a file was handed to a pool."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        real = Pool.probe

        def probe(pool: Pool, paths: Any) -> Iterator[Any]:
            paths = list(paths)
            self.paths += [Path(path).name for path in paths]
            return real(pool, paths)

        monkeypatch.setattr(Pool, "probe", probe)


def test_a_file_is_decoded_once_until_it_changes(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = placed(tmp_path / "media", clip, "1.mp4", "2.mp4")
    (folder / "bad.mp4").write_bytes(b"garbage")
    paths = ["1.mp4", "2.mp4", "bad.mp4", "gone.mp4"]
    counted = Counted(monkeypatch)
    first = media_root(folder).probe(paths)
    assert sorted(counted.paths) == ["1.mp4", "2.mp4", "bad.mp4"]
    assert media_root(folder).probe(paths) == first
    assert media_root(folder).unprobed(paths) == (1, 0)
    assert len(counted.paths) == 3
    os.utime(folder / "1.mp4", (1, 1))
    assert media_root(folder).unprobed(paths) == (1, 1)
    assert media_root(folder).probe(paths) == first
    assert counted.paths[3:] == ["1.mp4"]


def test_an_up_to_date_build_decodes_nothing_even_to_explain(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = placed(tmp_path / "media", clip, "7.mp4")
    annotations = write_nextgqa(tmp_path / "annotations", [nextgqa_row("7", "0")])
    counted = Counted(monkeypatch)
    assert built(tmp_path / "work", "nextgqa", annotations, "val", media=folder).fresh
    assert not built(tmp_path / "work", "nextgqa", annotations, "val", media=folder).fresh
    assert counted.paths == ["7.mp4"]


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file comes in time, the others run into their time limit."""
    from schemas.errors import MediaError

    real = Pool.probe

    def probe(pool: Pool, paths: Any) -> Iterator[Any]:
        first, *others = paths
        yield from real(pool, [first])
        for path in others:
            yield path, MediaError("took too long", reason="timeout", file=str(path))

    monkeypatch.setattr(Pool, "probe", probe)


def test_a_time_limit_is_tried_again_but_not_to_explain(tmp_path: Path, clip: Path) -> None:
    folder = placed(tmp_path / "media", clip, "1.mp4", "2.mp4")
    with pytest.MonkeyPatch.context() as patch:
        slow(patch)
        assert media_root(folder).probe(["1.mp4", "2.mp4"])["2.mp4"].problem == "unreadable_media"
    assert "timeout: took too long" in media_root(folder).why("2.mp4")
    assert media_root(folder).unprobed(["1.mp4", "2.mp4"]) == (0, 1)
    assert media_root(folder).probe(["2.mp4"])["2.mp4"].problem is None


def test_an_interruption_keeps_every_finished_probe(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = placed(tmp_path / "media", clip, "1.mp4", "2.mp4", "3.mp4")
    paths = ["1.mp4", "2.mp4", "3.mp4"]

    def interrupt(done: int, total: int, failed: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        media_root(folder).probe(paths, interrupt)
    assert media_root(folder).unprobed(paths) == (0, 1)
    counted = Counted(monkeypatch)
    media_root(folder).probe(paths)
    assert len(counted.paths) == 1


def test_a_cache_that_is_none_is_told_with_its_cure(tmp_path: Path, clip: Path) -> None:
    cache = tmp_path / "probes.sqlite"
    cache.write_bytes(b"no database" * 100)
    with pytest.raises(WorkspaceError, match="not a database") as error:
        media_root(placed(tmp_path / "media", clip, "1.mp4"), cache).probe(["1.mp4"])
    assert "delete it" in str(error.value.hint)


# Real annotation with its real clips.


def linked(source: Path, target: Path) -> None:
    assert source.is_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def test_nextgqa_with_its_one_clip_clamps_two_more(tmp_path: Path, shared: Path) -> None:
    media = tmp_path / "media"
    linked(shared / "videos/nextqa/demo1.mp4", media / "1105/6037747123.mp4")
    annotations = shared / "annotations/nextgqa"
    counts = built(tmp_path, "nextgqa", annotations, "val", media=media).counts
    assert (counts["records"], counts["rejects"], counts["clamped"]) == (3_358, 0, 5)
    assert (counts["media"], counts["missing_media"]) == (567, 566)
    found = rows(
        tmp_path, "select id from records where list_contains(flags, 'clamped') order by id"
    )
    assert [id for (id,) in found] == [
        "nextgqa/val/2482028659/2",
        "nextgqa/val/2482028659/5",
        *sorted(id for (id,) in found if "/6037747123/" in id),
        "nextgqa/val/6413546609/1",
    ]
    decoded = rows(
        tmp_path,
        "select distinct media.duration_s, media.duration_source_s, media.frames, media.width, "
        "media.height, media.sha256 from records where media.key = '6037747123'",
    )
    sha256 = "f61c36165aea1d5e759e340f35058e0c2d142160e6b7a60594c14a044bca5002"
    ((duration, *others),) = decoded
    assert duration == pytest.approx(30.664, abs=0.001)
    assert others == [31.0, 919, 640, 480, sha256]
    ends = rows(
        tmp_path,
        'select max(s."end") from (select unnest(spans) as s from records where '
        "media.key = '6037747123' and list_contains(flags, 'clamped'))",
    )
    assert ends == [(1.0,)]


def test_charades_clip_replaces_the_length_of_the_csv(tmp_path: Path, shared: Path) -> None:
    media = tmp_path / "media"
    linked(shared / "videos/charades/OHOFG.mp4", media / "OHOFG.mp4")
    annotations = shared / "annotations/charades_sta_2dtan"
    counts = built(tmp_path, "charades-sta", annotations, "test", media=media).counts
    assert counts["records"] == 3_720
    found = rows(
        tmp_path,
        "select media.duration_s, media.duration_source_s from records where media.key = 'OHOFG'",
    )
    assert len(found) == 6
    ((duration, published),) = set(found)
    assert published == 35.04
    assert duration == pytest.approx(35.14, abs=0.1)


@pytest.mark.parametrize(
    ("video", "split", "file", "clamped_events"),
    [("v_GGSY1Qvo990", "val_1", "val.json", [2]), ("v_ZNVhz7ctTq0", "train", "train.json", [1])],
)
def test_activitynet_clips_clamp_the_event_that_ends_with_the_video(
    tmp_path: Path, shared: Path, video: str, split: str, file: str, clamped_events: list[int]
) -> None:
    import gzip

    folder = shared / "annotations/anet_captions_2dtan"
    packed = folder / f"{file}.gz"
    text = gzip.open(packed).read() if packed.is_file() else (folder / file).read_bytes()
    (tmp_path / file).write_text(json.dumps({video: json.loads(text)[video]}))
    media = tmp_path / "media"
    linked(shared / f"videos/activitynet/{video}.mp4", media / f"{video}.mp4")
    built(tmp_path, "activitynet-captions", tmp_path / file, split, media=media)
    found = rows(
        tmp_path,
        "select id, media.duration_s < media.duration_source_s, list_contains(flags, 'clamped'), "
        'spans[1]."end" from records order by id',
    )
    assert all(shorter for _, shorter, _, _ in found)
    assert [int(id.split("/")[-1]) for id, _, cut, _ in found if cut] == clamped_events
    assert [end for _, _, cut, end in found if cut] == [1.0]


def test_real_video_r1_rows_with_their_media(tmp_path: Path, shared: Path) -> None:
    folder = tmp_path / "media/dataflow/example/dataflow-demo-video/video_cot_qa"
    for kind in ("videos", "images"):
        for path in (shared / kind / "dataflow_mm_video_r1").iterdir():
            linked(path, folder / path.name)
    annotations = shared / "annotations/dataflow_mm_video_r1/video_r1_sample_data.json"
    counts = built(tmp_path, "video-r1", annotations, "rl", media=tmp_path / "media").counts
    assert (counts["records"], counts["rejects"]) == (5, 0)
    assert counts["flags"] == {"missing_media": 1}
    found = rows(
        tmp_path,
        "select answer_type, media.kind, media.width, media.height, media.duration_s, flags "
        "from records order by answer_type",
    )
    by_type = {row[0]: row[1:] for row in found}
    assert by_type["numerical"] == ("video", None, None, None, ["missing_media"])
    assert by_type["multiple_choice"][:3] == ("video", 360, 640)
    assert by_type["multiple_choice"][3] == pytest.approx(44.711, abs=0.05)
    assert by_type["free_form"][:3] == ("video", 1280, 720)
    assert by_type["free_form"][3] == pytest.approx(12.0, abs=0.01)
    for answer_type in ("ocr", "regression"):
        kind, width, height, duration, flags = by_type[answer_type]
        assert (kind, duration, flags) == ("image", None, [])
        assert width > 0
        assert height > 0


def test_a_probe_says_where_the_file_is(tmp_path: Path, clip: Path) -> None:
    media = media_root(placed(tmp_path / "media", clip, "flat.mp4"))
    probed = media.probe(["deep/flat.mp4", "gone.mp4"])
    assert (probed["deep/flat.mp4"].path, probed["deep/flat.mp4"].relocated) == ("flat.mp4", True)
    assert isinstance(probed["gone.mp4"], Probed)
    assert str(tmp_path / "media") in probed["gone.mp4"].message


def test_a_folder_of_frames_is_found_and_counted(tmp_path: Path) -> None:
    annotations = tmp_path / "train.jsonl"
    lines = [
        {
            "media": {"kind": "frames", "path": name, "duration_s": 10},
            "question": "how",
            "answer": "so",
        }
        for name in ("clip", "none", "file", "../out")
    ]
    annotations.write_text("\n".join(json.dumps(row) for row in lines))
    clip = tmp_path / "media/clip"
    clip.mkdir(parents=True)
    for number in range(3):
        (clip / f"{number}.png").touch()
    (tmp_path / "media/file").touch()
    outcome = built(tmp_path, "jsonl", annotations, "train", media=tmp_path / "media")
    assert outcome.counts["reasons"] == {"path_escapes": 1}
    found = rows(tmp_path, "select media.path, media.frames, flags from records order by id")
    assert found == [
        ("clip", 3, []),
        ("file", None, ["unreadable_media"]),
        ("none", None, ["missing_media"]),
    ]
