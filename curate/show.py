"""`curate show ID`: one record or reject as a person reads it, with where it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import duckdb

from curate.store import connect
from schemas.arrow import RECORDS, from_row
from schemas.errors import ConfigError, UnknownName, WorkspaceError
from schemas.task import TASKS

BAR = 48


def find(root: Path, id: str) -> dict[str, Any]:
    """The row called `id` with its provenance; `table` says whether it is a record or a reject.

    Raises:
        UnknownName: no such row; the hint names ids that begin or end alike.
        WorkspaceError: a table cannot be read.
    """
    try:
        return _found(connect(root), id)
    except duckdb.Error as bad:
        hint = "`curate lint` names the damaged part"
        cause = str(bad).splitlines()[0]
        raise WorkspaceError(f"a table cannot be read: {cause}", hint=hint) from None


def _found(connection: duckdb.DuckDBPyConnection, id: str) -> dict[str, Any]:
    def query(sql: str, *values: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = connection.sql(sql, params=values).to_arrow_table().to_pylist()
        return rows

    for table in ("records", "rejects"):
        for row in query(f"select * from {table} where id = ?", id):
            origins = query(
                'select file, row, part, sha256 from provenance where "table" = ? and id = ?',
                table,
                id,
            )
            found = {"table": table, **row, "provenance": origins[0] if origins else None}
            return found if table == "rejects" else found | {"tokens": _tokens(query, row)}
    near = query(
        "select id from (select id from records union all select id from rejects) "
        "order by jaro_winkler_similarity(id, ?) desc, id limit 3",
        id,
    )
    hint = f"near it: {', '.join(row['id'] for row in near)}" if near else "nothing is built yet"
    raise UnknownName(f"no record or reject is called {id!r}", hint=hint)


def _tokens(query: Callable[..., list[dict[str, Any]]], row: dict[str, Any]) -> list[Any]:
    """Video tokens of a record's media file under each preset; empty where it was not decoded."""
    sha256 = row["media"]["sha256"]
    found = query("select tokens from probes where sha256 = ? limit 1", sha256) if sha256 else []
    return list(found[0]["tokens"]) if found else []


def lines(row: dict[str, Any]) -> Iterator[str]:
    """The row in words."""
    yield f"{row['id']}   ({row['table'][:-1]})"
    yield from _of_record(row) if row["table"] == "records" else _of_reject(row)
    if "asked" in row:
        yield from _of_asked(row["asked"])
    origin = row["provenance"]
    if origin:
        yield f"  from      {origin['file']}, row {origin['row']}   sha256 {origin['sha256'][:12]}"


def asked(row: dict[str, Any], name: str, completion: str | None) -> dict[str, Any]:
    """What a model sees of a record asked as a task, and the scores of gold and `completion`.

    Raises:
        UnknownName: no such task.
        ConfigError: the row is a reject, or the task does not fit the record.
    """
    task = TASKS[name]
    if row["table"] != "records":
        raise ConfigError(f"{row['id']} is a reject: {row['message']}")
    record = from_row({name: row[name] for name in RECORDS.names})
    if not task.fits(record):
        fitting = [other.name for other in TASKS if other.fits(record)]
        hint = f"it fits {', '.join(fitting)}" if fitting else "no task fits it"
        raise ConfigError(f"task {name} does not fit {record.id}", hint=hint)
    prompt, gold = task.prompt(record), task.gold(record)
    found = {
        "task": name,
        "system": prompt.system,
        "text": prompt.text,
        "prefix": prompt.prefix,
        "gold": gold,
        "gold_scores": {} if gold is None else dict(task.scores(record, gold)),
    }
    if completion is not None:
        found |= {"completion": completion, "scores": dict(task.scores(record, completion))}
    return found


def _of_asked(asked: dict[str, Any]) -> Iterator[str]:
    """The prompt line by line, then each completion with its scores."""
    yield f"  as        {asked['task']}"
    for label in ("system", "text"):
        for line in (asked[label] or "").splitlines():
            yield f"    {label:8}{line}"
    yield f"    prefix  {asked['prefix']!r}"
    for label, scores in (("gold", "gold_scores"), ("completion", "scores")):
        if asked.get(label) is not None:
            shown = ", ".join(f"{name} {value:.4f}" for name, value in asked[scores].items())
            yield f"    {label}: {asked[label]!r}"
            yield f"    {' ' * len(label)}  {shown or 'no score applies'}"


def _of_reject(row: dict[str, Any]) -> Iterator[str]:
    yield f"  reason    {row['reason']}: {row['message']}"
    yield f"  raw       {row['raw']}"


def _of_record(row: dict[str, Any]) -> Iterator[str]:
    media = row["media"]
    yield f"  role      {row['role']}   licence {row['licence']}"
    yield f"  media     {media['kind']} {media['path']}{_facts(media)}"
    yield f"  question  {row['question']}"
    for letter, option in zip(ascii_uppercase, row["options"], strict=False):
        yield f"  {'=>' if letter == row['answer'] else '  '} {letter}.   {option}"
    if row["answer"] is not None and not row["options"]:
        yield f"  answer    {row['answer']}   ({row['answer_type']})"
    for span, span_s in zip(row["spans"], row["spans_s"], strict=False):
        yield f"  span      {_bar(span)}  {span_s['start']:g}-{span_s['end']:g} s"
        yield f"            ratios {span['start']:.4f} to {span['end']:.4f}"
    if row["tokens"]:
        shown = (f"{c['preset']} {c['tokens']:,} of {c['frames']} frames" for c in row["tokens"])
        yield f"  tokens    {', '.join(shown)}"
    if row["flags"]:
        yield f"  flags     {', '.join(row['flags'])}"
    if row["meta"] != "{}":
        yield f"  meta      {json.dumps(json.loads(row['meta']), ensure_ascii=False)}"


def _facts(media: dict[str, Any]) -> str:
    """Size, duration and frames of a media item, as far as they are known."""
    facts = []
    if media["duration_s"] is not None:
        facts.append(f"{media['duration_s']:.3f} s")
    if media["start_s"] is not None:
        facts.append(f"excerpt {media['start_s']:g}-{media['end_s']:g} s")
    if media["width"] is not None:
        facts.append(f"{media['width']}x{media['height']}")
    if media["frames"] is not None:
        facts.append(f"{media['frames']} frames")
    facts.append("decoded" if media["sha256"] else "as published")
    return "   " + ", ".join(facts)


def _bar(span: dict[str, float]) -> str:
    """A span on a line from the start of the video to its end."""
    first = min(int(span["start"] * BAR), BAR - 1)
    last = max(first + 1, round(span["end"] * BAR))
    return "·" * first + "█" * (last - first) + "·" * (BAR - last)
