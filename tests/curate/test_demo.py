"""The demo runs, and what was put in wrong is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("av")
pytest.importorskip("PIL")

from curate.cli import app
from curate.lint import lint
from curate.store import connect, units


def demo(folder: Path, *more: str) -> tuple[str, str]:
    result = CliRunner().invoke(app, ["demo", "--folder", str(folder), "--videos", "8", *more])
    assert result.exit_code == 0, result.stderr
    return result.stdout, result.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, *demo(folder)


def test_the_flaws_that_were_put_in_are_found(made: tuple[Path, str, str]) -> None:
    workspace = made[0] / "workspace"
    connection = connect(workspace)
    flags = connection.sql(
        "select source, flag, count(*) from (select source, unnest(flags) as flag from records) "
        "where flag <> 'missing_media' group by all order by all"
    ).fetchall()
    assert flags == [
        ("charades-sta", "clamped", 1),
        ("nextgqa", "clamped", 1),
        ("nextgqa", "equal_options", 1),
        ("nextqa", "equal_options", 1),
    ]
    missing = connection.sql(
        "select source, count(distinct media.key) from records where "
        "list_contains(flags, 'missing_media') group by source order by source"
    ).fetchall()
    assert missing == [("nextgqa", 1), ("nextqa", 1)]
    rejects = connection.sql("select source, reason, file from located_rejects").fetchall()
    assert rejects == [("charades-sta", "reversed_span", "charades_sta_train.txt")]
    ids = connection.sql("select distinct media.key from records where source = 'charades-sta'")
    assert ids.fetchall() == [("50E06",)]
    assert lint(workspace).errors == 0


def test_four_sources_are_built_linted_and_shown(made: tuple[Path, str, str]) -> None:
    folder, out, err = made
    assert units(folder / "workspace") == [
        "charades-sta/train",
        "nextgqa/val",
        "nextqa/val",
        "video-r1/rl",
    ]
    assert out.index("nextgqa/val ") < out.index("curate lint:") < out.index("curate show:")
    assert "   0 errors   " in out
    assert "reversed span" in err
    assert "go on:" in err


def test_every_answer_type_of_video_r1_is_there(made: tuple[Path, str, str]) -> None:
    found = connect(made[0] / "workspace").sql(
        "select distinct answer_type from records where source = 'video-r1' order by 1"
    )
    names = ["free_form", "multiple_choice", "numerical", "ocr", "regression"]
    assert [name for (name,) in found.fetchall()] == names


def test_a_second_demo_in_the_same_folder_tells_the_same(made: tuple[Path, str, str]) -> None:
    out, _ = demo(made[0])
    assert out == made[1]
    again, _ = demo(made[0], "--json")
    found = json.loads(again)
    assert [item["unit"] for item in found["items"]] == [
        "nextgqa/val",
        "charades-sta/train",
        "nextqa/val",
        "video-r1/rl",
    ]
    assert found["counts"]["records"] == sum(item["records"] for item in found["items"])
