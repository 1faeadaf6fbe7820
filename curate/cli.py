"""The `curate` command: arguments in, one call of a stage each, exit codes out.

Heavy imports are inside the commands, so that `curate --help` stays quick.
"""

from __future__ import annotations

import errno
import functools
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from curate import __version__
from curate.console import Console
from schemas.errors import CheckFailed, ConfigError, CurateError, Interrupted, NothingLeft

if TYPE_CHECKING:
    from curate.build import Job, Outcome
    from curate.config import Config
    from curate.lint import Report
    from schemas.source import Source

R = TypeVar("R")

app = typer.Typer(
    name="curate",
    help="Turn published video annotation into datasets for reinforcement learning.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: curate build nextgqa --annotations data/nextgqa",
)

Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Workspace folder; default: where curate.toml is."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]

# Of the machine and not of the code: no space, no permission, a file where a folder should be.
MACHINE_ERRORS = (
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
)
REJECTS_SHOWN = 10
MEDIA_SHOWN = 5


def command(**settings: Any) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Register a command whose user errors become one line (or one object) and an exit code.

    The function takes a `Console` first; the returned number is the exit code, None for 0.
    """

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        name = function.__name__.removesuffix("_")

        @functools.wraps(function)
        def run(**arguments: Any) -> None:
            console = Console(name, as_json=arguments.get("as_json", False))
            try:
                code = function(console, **arguments)
            except CurateError as error:
                console.fail(error)
                code = error.exit_code
            except KeyboardInterrupt:
                hint = "nothing is lost, the same command goes on where it was"
                console.fail(Interrupted("interrupted", hint=hint))
                code = Interrupted.exit_code
            except OSError as error:
                if error.errno not in MACHINE_ERRORS:
                    raise
                console.fail(CurateError(str(error.strerror), file=error.filename))
                code = CurateError.exit_code
            raise typer.Exit(code or 0)

        hints = dict(function.__annotations__)
        hints.pop("console")
        run.__annotations__ = hints
        run.__signature__ = _without_console(function)  # type: ignore[attr-defined]
        return app.command(name, **settings)(run)

    return register


def _without_console(function: Callable[..., Any]) -> Any:
    import inspect

    signature = inspect.signature(function, eval_str=True)
    parameters = [p for name, p in signature.parameters.items() if name != "console"]
    return signature.replace(parameters=parameters)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"curate {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn published video annotation into datasets for reinforcement learning."""


@command(epilog="Example: curate init my-work")
def init(
    console: Console,
    folder: Annotated[Path, typer.Argument(help="Folder of the workspace.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make a workspace: a folder with a commented curate.toml."""
    from curate.config import FILE, TEMPLATE
    from curate.store import write_atomic

    file = folder / FILE
    if file.exists():
        raise ConfigError("it is there already", file=str(file), hint="edit it, or remove it first")
    write_atomic(file, TEMPLATE.encode())
    console.data(
        f"wrote {file}; put the paths of your annotation files there, then: curate sources"
    )
    console.finish({"files": 1}, [str(file)])


@command(epilog="Example: curate sources charades-sta")
def sources(
    console: Console,
    name: Annotated[str | None, typer.Argument(help="One source, in full.")] = None,
    markdown: Annotated[bool, typer.Option(help="Print the page docs/sources.md.")] = False,
    as_json: Json = False,
) -> None:
    """List the sources: tasks, licence, the files they need and where to get them."""
    from curate import sources_page
    from schemas.source import SOURCES

    if markdown:
        console.data(sources_page.page().rstrip("\n"))
        console.finish({"sources": len(SOURCES.names())}, [sources_page.page()])
        return
    wanted = [SOURCES[name]] if name else list(SOURCES)
    if name:
        for line in sources_page.details(wanted[0]):
            console.data(line)
    else:
        for source in wanted:
            for line in sources_page.lines(source):
                console.data(line)
        console.say("* evaluation only; in full: curate sources NAME")
    console.finish({"sources": len(wanted)}, [sources_page.facts(source) for source in wanted])


@command(epilog="Example: curate doctor --json")
def doctor(console: Console, workspace: Workspace = None, as_json: Json = False) -> None:
    """Say what this machine and installation can do, and the cure of what is missing."""
    from dataclasses import asdict

    from curate import config
    from curate.doctor import examine

    findings = examine(config.load(workspace))
    rows = [(f.state, f.name, f.detail, f.cure) for f in findings]
    console.table(("state", "what", "found", "cure"), rows)
    missing = sum(f.state == "missing" for f in findings)
    console.finish(
        {"ok": len(findings) - missing, "missing": missing}, [asdict(f) for f in findings]
    )


@command(
    epilog="Examples: curate build nextgqa --annotations data/nextgqa --videos data/NExTVideo; "
    "with the paths in curate.toml: curate build nextgqa"
)
def build(
    console: Console,
    source: Annotated[str, typer.Argument(help="A source; see `curate sources`.")],
    annotations: Annotated[
        Path | None, typer.Option(help="Folder of the annotation files, or the file itself.")
    ] = None,
    videos: Annotated[
        Path | None,
        typer.Option("--videos", "--media", help="Root of the videos or images."),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="A split; may be repeated. Default: every split for training."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again what is up to date.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be built and decoded.")
    ] = False,
    max_rejects: Annotated[
        float, typer.Option(help="Share of rows that may be set aside.", min=0.0, max=1.0)
    ] = 0.05,
    workspace: Workspace = None,
    as_json: Json = False,
) -> int:
    """Turn annotation files (and media) into records; bad rows are kept in rejects."""
    from curate import config

    settings = config.load(workspace)
    if settings.file is None:
        console.say(f"no curate.toml here or above: {settings.root} is the workspace")
    jobs = _jobs(console, settings, source, annotations, videos, split or [])
    if dry_run:
        return _estimate(console, jobs)
    outcomes = [_built(console, settings, job, force) for job in jobs]
    return _judged(console, outcomes, max_rejects)


def _jobs(
    console: Console,
    settings: Config,
    name: str,
    annotations: Path | None,
    videos: Path | None,
    wanted: list[str],
) -> list[Job]:
    """One job a split, with flags before configuration."""
    from curate.annotations import find
    from curate.build import Job
    from curate.media_root import MediaRoot
    from schemas.errors import unknown
    from schemas.source import SOURCES

    configured = settings.source(name)
    if not configured.builder and name not in SOURCES.names():
        raise unknown("source", name, {*SOURCES.names(), *settings.sources})
    declared = SOURCES[configured.builder or name]
    where = annotations or configured.annotations
    if where is None:
        raise ConfigError(
            f"where are the annotation files of {name}?",
            hint=f'give --annotations DIR, or write [sources.{name}] annotations = "DIR" in '
            f"{settings.root / 'curate.toml'}",
        )
    root = videos or configured.media
    media = None
    if root is not None:
        cache = settings.root / "cache" / "probes.sqlite"
        media = MediaRoot(root, cache, settings.media, follow_links=configured.follow_links)
    splits = _splits(declared, where, wanted)
    jobs = [
        Job(name, declared, find(declared, where, s, configured.options), media) for s in splits
    ]
    for job in jobs:
        for spec in job.source.files:
            if spec.names(job.files.split) and job.files.get(spec.role) is None:
                names = " or ".join(spec.names(job.files.split))
                console.say(f"{job.unit}: there is no {names}; going on without ({spec.about})")
    return jobs


def _splits(source: Source, where: Path, wanted: list[str]) -> list[str]:
    """The wanted splits, or every split for training whose files are there."""
    from curate.annotations import find, splits
    from schemas.errors import unknown
    from schemas.record import Role

    for split in wanted:
        if split not in source.splits:
            raise unknown(f"split of {source.name}", split, source.splits)
    if wanted:
        return wanted
    training = [split for split, role in source.splits.items() if role is Role.TRAINING]
    there = splits(source, where)
    chosen = [split for split in training if split in there]
    if chosen:
        return chosen
    if there:
        raise ConfigError(
            f"{source.name} has only evaluation splits there: {', '.join(there)}",
            file=str(where),
            hint=f"curate build {source.name} --split {there[0]}",
        )
    find(source, where, (training or list(source.splits))[0])
    raise AssertionError("finding the files of a missing split must fail")


def _estimate(console: Console, jobs: list[Job]) -> int:
    from curate.build import estimate

    items: list[dict[str, Any]] = [{"unit": job.unit, **estimate(job)} for job in jobs]
    for item in items:
        console.data(
            f"{item['unit']}   {item['records']:,} rows to settle   "
            f"{item['rejects']:,} unreadable   {item['media']:,} media, "
            f"{item['missing_media']:,} missing, {item['to_decode']:,} to decode"
        )
    counts = {key: sum(item[key] for item in items) for key in items[0] if key != "unit"}
    console.finish(counts, items)
    return 0


def _built(console: Console, settings: Config, job: Job, force: bool) -> Outcome:
    from curate.build import build as build_unit

    started = time.monotonic()
    size = sum(path.stat().st_size for paths in job.files.found.values() for path in paths)
    with console.progress(job.unit, size) as progress:
        outcome = build_unit(settings.root, job, progress, force=force)
    took = f"{time.monotonic() - started:.1f} s" if outcome.fresh else "up to date"
    console.data(f"{job.unit}   {_summary(outcome.counts)}   {took}")
    _show_rejects(console, settings.root, job, outcome)
    _show_media(console, settings.root, job, outcome)
    return outcome


def _summary(counts: Any) -> str:
    """`3,358 records   0 rejects   3 clamped   567 media, 2 missing`."""
    media = f"{counts['media']:,} media"
    for flag, word in (
        ("missing_media", "missing"),
        ("unreadable_media", "unreadable"),
        ("relocated_media", "found elsewhere"),
    ):
        number = (
            counts["missing_media"] if flag == "missing_media" else counts["flags"].get(flag, 0)
        )
        media += f", {number:,} {word}" if number else ""
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in counts["reasons"].items())
    rejects = f"{counts['rejects']:,} rejects" + (f" ({reasons})" if reasons else "")
    return f"{counts['records']:,} records   {rejects}   {counts['clamped']:,} clamped   {media}"


def _show_rejects(console: Console, root: Path, job: Job, outcome: Outcome) -> None:
    """The first rejects by file and line, and where the others are."""
    if not outcome.counts["rejects"]:
        return
    from curate.store import connect

    rows = connect(root, [job.unit]).sql(
        "select id, file, row, message from located_rejects order by file, row "
        f"limit {REJECTS_SHOWN}"
    )
    for id, file, row, message in rows.fetchall():
        key = id.removeprefix(f"{job.unit}/")
        console.say(f"  {file}, row {row} ({key}): {message}; kept in rejects")
    more = outcome.counts["rejects"] - REJECTS_SHOWN
    if more > 0:
        console.say(f"  and {more:,} more: rejects/{job.unit}, or `curate show ID`")


def _show_media(console: Console, root: Path, job: Job, outcome: Outcome) -> None:
    """The first media that are missing or refused, with the cause."""
    flags = outcome.counts["flags"]
    if job.media is None or not {"missing_media", "unreadable_media"} & flags.keys():
        return
    from curate.store import connect

    rows = connect(root, [job.unit]).sql(
        "select media.path, min(file), min(row) from records join (select * from provenance where "
        "\"table\" = 'records') using (id) where list_has_any(flags, "
        "['missing_media', 'unreadable_media']) group by media.path order by media.path"
    )
    found = rows.limit(MEDIA_SHOWN).fetchall()
    for path, file, row in found:
        console.say(f"  {file}, row {row}: media {path}: {job.media.why(path)}")
    more = len(rows.fetchall()) - len(found)
    if more > 0:
        console.say(f"  and {more:,} more media: curate lint --show")


def _judged(console: Console, outcomes: list[Outcome], max_rejects: float) -> int:
    """The exit code of a build, and its JSON object."""
    counts = {
        key: sum(int(outcome.counts[key]) for outcome in outcomes)
        for key in ("records", "rejects", "clamped", "missing_media")
    }
    items = [{"unit": o.unit, "fresh": o.fresh, **o.counts} for o in outcomes]
    if not counts["records"]:
        reasons = {reason for o in outcomes for reason in o.counts["reasons"]}
        if not reasons:
            raise NothingLeft("the annotation files hold no row", hint="download them again")
        raise NothingLeft(
            f"no record was made; rows set aside: {', '.join(sorted(reasons))}",
            hint=_cure(reasons),
        )
    console.finish(counts, items)
    share = counts["rejects"] / (counts["records"] + counts["rejects"])
    if share > max_rejects:
        console.say(
            f"{counts['rejects']:,} rows ({share:.1%}) were set aside, more than --max-rejects "
            f"{max_rejects:.1%}; the records are there"
        )
        return 3
    return 0


def _cure(reasons: set[str]) -> str:
    if "no_duration" in reasons:
        return "durations come from the videos: give --videos DIR"
    return "see rejects/ for each row and its reason"


@command(epilog="Example: curate lint nextgqa --show")
def lint(
    console: Console,
    source: Annotated[str | None, typer.Argument(help="A source; default: all.")] = None,
    show_all: Annotated[
        bool, typer.Option("--show", help="Print the id of every finding.")
    ] = False,
    cut: Annotated[
        bool, typer.Option("--cut", help="Set records with errors aside, into rejects.")
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Check records: ids, spans, options, answers, media, files, and that their rewards can be
    earned by the right answer alone. Exit code 5 on errors."""
    from dataclasses import asdict

    from curate import config
    from curate.lint import lint as check
    from curate.store import units
    from schemas.errors import unknown

    root = config.load(workspace).root
    built = units(root)
    if not built:
        raise NothingLeft("there are no records to check", hint="curate build SOURCE")
    only = [unit for unit in built if source is None or unit.split("/")[0] == source]
    if not only:
        raise unknown("built source", str(source), {unit.split("/")[0] for unit in built})
    with console.progress("lint") as progress:
        examples = None if show_all or as_json or cut else 3
        report = check(root, only, examples, progress.records)
    console.data(
        f"{report.rows:,} records   {report.passed:,} pass   {report.errors:,} errors   "
        f"{report.warnings:,} warnings"
    )
    for finding in report.findings:
        console.data(f"  {finding.level:8} {finding.check}: {finding.count:,}   {finding.about}")
        for id in finding.ids if show_all else finding.ids[:3]:
            console.data(f"           {id}   {finding.details.get(id, '')}".rstrip())
    for guess in report.guesses:
        console.data(f"  guessing {guess.unit}: {guess.words()}")
    if report.findings and not show_all:
        console.say("every id: curate lint --show;  one record: curate show ID")
    counts = {"records": report.rows, "passed": report.passed}
    counts |= {"errors": report.errors, "warnings": report.warnings}
    items = [asdict(f) for f in report.findings] + [asdict(g) for g in report.guesses]
    console.finish(counts, items, ok=not report.errors)
    if report.errors and not cut:
        raise typer.Exit(CheckFailed.exit_code)
    if cut:
        _cut(console, root, only, report)


def _cut(console: Console, root: Path, only: list[str], report: Report) -> None:
    """Move the records of error findings into rejects, unit by unit."""
    from curate.cut import cut

    failing = report.failing()
    if not failing:
        console.say("no record has an error; nothing is cut")
    for unit in only:
        mine = {id: why for id, why in failing.items() if id.startswith(f"{unit}/")}
        if mine:
            counts = cut(root, unit, mine)
            console.say(f"{unit}: {len(mine):,} cut; {counts['records']:,} records are left")


@command(epilog="Example: curate show nextgqa/val/6037747123/3")
def show(
    console: Console,
    id: Annotated[str, typer.Argument(help="Id of a record or of a reject.")],
    task: Annotated[
        str | None, typer.Option(help="Show what a model sees when asked as this task.")
    ] = None,
    completion: Annotated[
        str | None, typer.Option(help="Say what each score of --task gives this completion.")
    ] = None,
    workspace: Workspace = None,
    as_json: Json = False,
) -> None:
    """Show one record or reject: question, options, spans, media, where it came from."""
    from curate import config
    from curate.show import asked, find, lines

    row = find(config.load(workspace).root, id)
    if completion is not None and task is None:
        raise ConfigError("--completion needs --task", hint="e.g. --task ground")
    if task is not None:
        row |= {"asked": asked(row, task, completion)}
    for line in lines(row):
        console.data(line)
    console.finish({row["table"]: 1}, [row])


@command(epilog="Example: curate demo --folder /tmp/demo")
def demo(
    console: Console,
    folder: Annotated[Path, typer.Option(help="Where to make it.")] = Path("demo"),
    videos: Annotated[int, typer.Option(help="How many videos.", min=3)] = 12,
    seed: Annotated[int, typer.Option(help="Another seed makes another world.")] = 0,
    as_json: Json = False,
) -> None:
    """Make a small world of videos and annotations, build four sources from it, lint, show."""
    from curate.demo import run

    items = run(console, folder, seed=seed, videos=videos)
    console.finish({"records": sum(int(i["records"]) for i in items)}, items)


def main() -> None:
    """The entry point of the `curate` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a sign gets its number, and not an end half-way through.
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
