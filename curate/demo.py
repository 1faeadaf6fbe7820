"""`curate demo`: a made world of videos, four sources built from it, checked and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curate.annotations import find
from curate.build import Job, build
from curate.config import MediaConfig
from curate.console import Console
from curate.lint import lint
from curate.media_root import MediaRoot
from curate.show import find as find_row
from curate.show import lines
from curate.store import connect
from curate.world import World, make_world
from schemas.source import SOURCES

# Source, folder of its annotations below the world's, split.
SETS = (
    ("nextgqa", "", "val"),
    ("charades-sta", "", "train"),
    ("nextqa", "mc", "val"),
    ("video-r1", "", "rl"),
)


def run(console: Console, folder: Path, *, seed: int, videos: int) -> list[dict[str, Any]]:
    """Make the world under `folder`, build the sources in the workspace beside it, lint, show.

    Returns one item a source with the counts of its build.
    """
    console.say(f"making {videos} videos in {folder / 'world'} ...")
    world = make_world(folder / "world", seed=seed, videos=videos, flaws=True)
    workspace = folder / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    items = [_built(console, workspace, world, *one) for one in SETS]
    _say_flaws(console, world)
    report = lint(workspace, examples=2)
    console.data(
        f"\ncurate lint: {report.rows:,} records   {report.passed:,} pass   "
        f"{report.errors:,} errors   {report.warnings:,} warnings"
    )
    for finding in report.findings:
        console.data(f"  {finding.level:8} {finding.check}: {finding.count:,}   {finding.about}")
    console.data("\ncurate show:")
    for line in lines(find_row(workspace, _one_to_show(workspace))):
        console.data(line)
    console.say(f"\ngo on:  cd {workspace};  curate lint --show;  curate show ID")
    return items


def _built(
    console: Console, workspace: Path, world: World, name: str, below: str, split: str
) -> dict[str, Any]:
    source = SOURCES[name]
    media = MediaRoot(world.media[name], workspace / "cache" / "probes.sqlite", MediaConfig())
    job = Job(name, source, find(source, world.annotations[name] / below, split), media)
    with console.progress(job.unit) as progress:
        counts = build(workspace, job, progress).counts
    console.data(
        f"{job.unit:20} {counts['records']:>5,} records   {counts['rejects']:>2,} rejects   "
        f"{counts['clamped']:>2,} clamped   {counts['media']:>3,} media, "
        f"{counts['missing_media']:,} missing"
    )
    return {"unit": job.unit, **counts}


def _say_flaws(console: Console, world: World) -> None:
    console.say("flaws that were put in, for curate to find:")
    for flaw in world.flaws():
        what = f"{flaw.kind.replace('_', ' ')}   {flaw.question}".rstrip()
        console.say(f"  {flaw.source}/{flaw.split}   {flaw.media}   {what}")


def _one_to_show(workspace: Path) -> str:
    """A record with several spans, the most telling picture."""
    rows = connect(workspace).sql("select id from records order by len(spans) desc, id limit 1")
    return str(rows.fetchall()[0][0])
