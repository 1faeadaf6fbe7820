from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from curate.cli import app
from curate.cut import cut
from curate.lint import lint
from curate.store import read_manifest
from tests.curate.test_lint import FAULTY, OTHER, workspace
from tests.curate.workspaces import built, many_nextgqa, rows, tables


def test_cut_records_become_rejects_and_nothing_is_lost(tmp_path: Path) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 60)
    root = tmp_path / "work"
    before = built(root, "nextgqa", annotations, "val").counts
    ids = [id for (id,) in rows(root, "select id from records order by id limit 3")]
    whole = dict(rows(root, "select id, question from records"))
    counts = cut(root, "nextgqa/val", {ids[0]: "wrong_earns: it does", ids[2]: "no", "none": "no"})
    assert (counts["records"], counts["rejects"]) == (before["records"] - 2, before["rejects"] + 2)
    assert counts["reasons"]["failed_lint"] == 2
    kept = {id for (id,) in rows(root, "select id from records")}
    assert kept == whole.keys() - {ids[0], ids[2]}
    found = rows(
        root,
        "select id, message, raw, file, row from located_rejects where reason = 'failed_lint' "
        "order by id",
    )
    assert [row[:2] for row in found] == [(ids[0], "wrong_earns: it does"), (ids[2], "no")]
    assert json.loads(found[0][2])["question"] == whole[ids[0]]
    assert all(file == "val.csv" and row > 1 for *_, file, row in found)
    assert not [f for f in lint(root).findings if f.check == "damaged_part"]


def test_a_cut_holds_until_the_source_is_built_again_by_force(tmp_path: Path) -> None:
    annotations = many_nextgqa(tmp_path / "annotations", 30)
    root = tmp_path / "work"
    built(root, "nextgqa", annotations, "val")
    before = tables(root)
    ((id,),) = rows(root, "select id from records order by id limit 1")
    cut(root, "nextgqa/val", {id: "no"})
    assert not built(root, "nextgqa", annotations, "val").fresh
    assert tables(root) != before
    manifest = read_manifest(root / "records/nextgqa/val")
    assert manifest is not None
    assert manifest.counts["reasons"]["failed_lint"] == 1


def test_the_command_cuts_what_has_errors_and_nothing_else(tmp_path: Path) -> None:
    workspace(tmp_path, FAULTY["answer_not_an_option"], OTHER)

    def ran(*more: str) -> Result:
        return CliRunner().invoke(app, ["lint", "--workspace", str(tmp_path), *more])

    assert ran().exit_code == 5
    cutting = ran("--cut")
    assert (cutting.exit_code, "1 cut; 1 records are left" in cutting.stderr) == (0, True)
    assert rows(tmp_path, "select id from records") == [(OTHER.id,)]
    assert rows(tmp_path, "select reason from rejects") == [("failed_lint",)]
    again = ran("--cut")
    assert (again.exit_code, "nothing is cut" in again.stderr) == (0, True)
    assert rows(tmp_path, "select id from records") == [(OTHER.id,)]
