"""`curate lint`: ids, spans, options, answers, media, the files themselves, and the rewards.

A check is a condition in SQL over the `records` table, so a million rows take seconds. Errors make
a row unusable; warnings are worth a look.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from curate.earnable import ABOUT, Fault, Guess, faults, guesses
from curate.store import TABLES, connect, read_manifest, units
from schemas.source import SOURCES

# Spans shorter than the distance of two frames at 2 a second (Temporal-RLT's rate) may show none.
SHORTEST_SPAN_S = 0.5
WHOLE_VIDEO_SHARE = 0.99

_LETTERS = "list_contains(string_split('ABCDEFGHIJKLMNOPQRSTUVWXYZ'[:len(options)], ''), answer)"
_CHOICE = "answer_type = 'multiple_choice'"


@dataclass(frozen=True)
class Check:
    """One condition that a record may meet.

    Args:
        name: a word to count by.
        level: `error` or `warning`.
        about: what is wrong, in words.
        where: SQL condition over the columns of `records`.
    """

    name: str
    level: str
    about: str
    where: str


def _flag(name: str, level: str, about: str) -> Check:
    return Check(name, level, about, f"list_contains(flags, '{name}')")


CHECKS = (
    Check(
        "span_outside",
        "error",
        "a span is not inside [0, 1]",
        "len(list_filter(spans, lambda s: not (s.start >= 0 and s.end <= 1))) > 0",
    ),
    Check(
        "span_empty",
        "error",
        "a span of a training row has no length",
        "role = 'training' and len(list_filter(spans, lambda s: not s.start < s.end)) > 0",
    ),
    Check("no_question", "error", "the question is empty", "trim(question) = ''"),
    Check("few_options", "error", "a choice of fewer than two", f"{_CHOICE} and len(options) < 2"),
    Check(
        "answer_not_an_option",
        "error",
        "the answer of a choice is not the letter of an option",
        f"{_CHOICE} and not coalesce({_LETTERS}, false)",
    ),
    Check(
        "no_answer",
        "error",
        "a training row has an answer type and no answer",
        "role = 'training' and answer_type <> 'none' and coalesce(trim(answer), '') = ''",
    ),
    Check(
        "nothing_to_ask",
        "error",
        "neither an answer nor a span",
        "role = 'training' and answer is null and len(spans) = 0",
    ),
    Check(
        "path_escapes",
        "error",
        "the media path is not inside the media root",
        "media.path like '/%' or list_contains(string_split(media.path, '/'), '..')",
    ),
    _flag("unreadable_media", "error", "the media file cannot be decoded, or is refused"),
    _flag("missing_media", "warning", "the media file is not in the media root"),
    _flag("equal_options", "warning", "two equal options"),
    _flag("ambiguous_answer", "warning", "the answer's text stands in two options"),
    _flag("duration_differs", "warning", "decoded and published duration differ"),
    _flag("duplicate_id", "warning", "the source gives its id to another row too"),
    _flag("unearnable", "warning", "no prediction can reach full marks"),
    _flag("no_duration", "warning", "spans in seconds and no duration"),
    Check(
        "whole_video",
        "warning",
        "a span covers the whole video, so that answering it needs no looking",
        f'len(list_filter(spans, lambda s: s."end" - s.start >= {WHOLE_VIDEO_SHARE})) > 0',
    ),
    Check(
        "short_span",
        "warning",
        f"every span is shorter than {SHORTEST_SPAN_S} s",
        "len(spans) > 0 and len(list_filter(spans, lambda s: "
        f'(s."end" - s.start) * media.duration_s >= {SHORTEST_SPAN_S})) = 0',
    ),
)


@dataclass(frozen=True)
class Finding:
    """What a check found: how many, and the ids of the first or of all, some with a detail."""

    check: str
    level: str
    about: str
    count: int
    ids: list[str]
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The result of a lint.

    Args:
        rows: looked at.
        passed: of which nothing was found.
        findings: by check.
        guesses: how far guessing gets, by unit.
    """

    rows: int
    passed: int
    findings: list[Finding]
    guesses: list[Guess]

    @property
    def errors(self) -> int:
        """Findings of level `error`, counted by row."""
        return sum(f.count for f in self.findings if f.level == "error")

    def failing(self) -> dict[str, str]:
        """Why, by id, for the records with errors; the report must hold every id."""
        return {
            id: f"{finding.check}: {finding.about}"
            for finding in self.findings
            for id in finding.ids
            if finding.level == "error" and finding.check != "damaged_part"
        }

    @property
    def warnings(self) -> int:
        """Findings of level `warning`, counted by row."""
        return sum(f.count for f in self.findings if f.level == "warning")


def lint(
    root: Path,
    only: Sequence[str] | None = None,
    examples: int | None = 5,
    checked: Callable[[int, int, int], None] = lambda done, total, found: None,
) -> Report:
    """Check the records of a workspace; those of a unit with a damaged part are not looked at.

    Args:
        root: the workspace.
        only: units `<source>/<split>`; all where None.
        examples: ids kept of each finding; all where None.
        checked: called with records whose rewards were checked, records in all, and faults.
    """
    wanted = units(root) if only is None else only
    findings = [*_damaged(root, wanted)]
    damaged = {Path(part).parent for finding in findings for part in finding.ids}
    whole = [u for u in wanted if damaged.isdisjoint(root / table / u for table in TABLES)]
    connection = connect(root, whole)
    findings += [f for check in CHECKS if (f := _found(connection, check, examples)).count]
    findings += _over_several_rows(connection, examples)
    broken = " or ".join(f"({check.where})" for check in CHECKS if check.level == "error")
    connection.execute(
        f"create temp view sound as select * from records where not coalesce({broken}, false)"
    )
    (rows,) = connection.sql("select count(*) from records").fetchall()[0]
    found = list(_faults(connection, _tasks(root, whole), rows, checked))
    findings += _by_check(found, examples)
    return Report(rows, _passed(connection, found), findings, guesses(connection))


def _tasks(root: Path, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tasks that each source's records are asked as, by the source's name in the workspace."""
    found = {}
    for unit in wanted:
        manifest = read_manifest(root / "records" / unit)
        builder = str(manifest.parameters.get("builder", "")) if manifest else ""
        if builder in SOURCES.names():
            found[unit.split("/")[0]] = SOURCES[builder].tasks
    return found


def _faults(
    connection: duckdb.DuckDBPyConnection,
    tasks: Mapping[str, Sequence[str]],
    rows: int,
    checked: Callable[[int, int, int], None],
) -> Iterator[Fault]:
    done = found = 0
    for count, batch in faults(connection, tasks):
        done += count
        found += len(batch)
        checked(done, rows, found)
        yield from batch


def _by_check(found: Sequence[Fault], examples: int | None) -> Iterator[Finding]:
    """Findings of faults; a record counts once a check, under however many tasks."""
    for check, (level, about) in ABOUT.items():
        rows: dict[str, str] = {}
        for fault in found:
            if fault.check == check:
                where = f"as {fault.task}: " if fault.task else ""
                rows.setdefault(fault.id, where + fault.detail)
        if rows:
            ids = list(rows)[:examples]
            yield Finding(check, level, about, len(rows), ids, {id: rows[id] for id in ids})


def _passed(connection: duckdb.DuckDBPyConnection, found: Sequence[Fault]) -> int:
    """Records of which neither half found anything."""
    anything = " or ".join(f"({check.where})" for check in CHECKS)
    connection.register("faulty", pa.table({"id": sorted({fault.id for fault in found})}))
    (passed,) = connection.sql(
        f"select count(*) from records where not coalesce({anything}, false) "
        "and id not in (select id from faulty)"
    ).fetchall()[0]
    return int(passed)


def _found(connection: duckdb.DuckDBPyConnection, check: Check, examples: int | None) -> Finding:
    sql = f"select id from records where {check.where} order by id"
    return _finding(connection, check.name, check.level, check.about, sql, examples)


def _over_several_rows(
    connection: duckdb.DuckDBPyConnection, examples: int | None
) -> Iterator[Finding]:
    """Checks that compare rows with each other."""
    same_id = "select id from records group by id having count(*) > 1 order by id"
    shared = (
        "select min(id) from records group by source, media.path "
        "having count(distinct media.key) > 1 order by 1"
    )
    repeated = (
        "select min(id) from records group by source, media.path, media.start_s, lower(question), "
        "options, answer having count(*) > 1 order by 1"
    )
    for name, level, about, sql in (
        ("same_id", "error", "two rows have the same id", same_id),
        ("repeated", "warning", "the same question of the same media stands twice", repeated),
        ("shared_file", "warning", "one file stands for media of several names", shared),
    ):
        finding = _finding(connection, name, level, about, sql, examples)
        if finding.count:
            yield finding


def _finding(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    level: str,
    about: str,
    sql: str,
    examples: int | None,
) -> Finding:
    count = connection.sql(f"select count(*) from ({sql})").fetchall()[0][0]
    limit = "" if examples is None else f" limit {examples}"
    ids = [row[0] for row in connection.sql(sql + limit).fetchall()] if count else []
    return Finding(name, level, about, count, ids)


def _damaged(root: Path, wanted: Sequence[str]) -> Iterator[Finding]:
    """Parts that are not what their manifest says."""
    for unit in wanted:
        for table in TABLES:
            folder = root / table / unit
            manifest = read_manifest(folder)
            parts = manifest.parts if manifest else []
            bad = [str(folder / p.name) for p in parts if _sha256(folder / p.name) != p.sha256]
            if bad:
                about = "a file is not what its manifest says; build the source again with --force"
                yield Finding("damaged_part", "error", about, len(bad), bad)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
