"""Grounded-VideoLLM's grounded QA (Wang et al., 2024): choices, and the moments that show why.

Questions on ActivityNet and QVHighlights videos, written by GPT-4o-mini. Two layouts are read. In
that of the published data reader a row is `{video_id, question_id, video_file, dataset_name,
conversation}`, turns of `from` and `value` with times in brackets (`From <3.0> to <7.5>`): a single
question with options becomes a grounded choice, any other conversation a record for each event that
it locates. In the flat layout a row is `{video_id or video_file, question, options, answer,
timestamps}` with one pair of seconds or several. The keys of `G-VideoQA-gpt4o-mini-anno.json` are
described nowhere, so the flat layout is a guess, and rows of yet another form are rejected.
Checked on made files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builders.reading import number, pairs, read_json_or_jsonl, relative_path, span, stem, text
from builders.reading.bracketed_times import bracketed_events, bracketed_spans, without_times
from builders.reading.conversations import asked, exchanges, letter_answer, turns
from builders.reading.rows import listed, objects
from builders.reading.timed_text import annotated_events
from schemas.answers import AnswerType, letter_of_index, plain_options
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import Annotation, Media, Role
from schemas.source import Files, FileSpec, Item, Source, each

KEPT = ("question_id", "dataset_name")


@Source(
    name="grounded-videollm",
    title="Grounded-VideoLLM grounded QA",
    tasks=("answer", "ground", "think", "ground-think", "grounded-qa"),
    splits={"train": Role.TRAINING},
    files=(
        FileSpec(
            "questions",
            ("G-VideoQA-gpt4o-mini-anno.json", "mix_grounded.json"),
            about="questions, options, answers and moments",
        ),
    ),
    licence="not stated",
    media_licence="YouTube videos, each under its uploader's terms; research use",
    homepage="https://github.com/WHB139426/Grounded-Video-LLM",
    obtain="WHB139426/Grounded-VideoLLM on Hugging Face; videos as ActivityNet's and QVHighlights'",
    checked="made files only",
    notes=(
        "Questions with options become grounded choices; other conversations are expanded, one "
        "record an event. Without a duration in the row the videos must be at hand."
    ),
)
def grounded_videollm(files: Files) -> Iterator[Item]:
    """One record a question, or an event."""
    return each(objects(read_json_or_jsonl(files["questions"])), _annotate)


def _annotate(row: Mapping[str, Any]) -> Annotation | Iterable[Annotation | BadRow]:
    meta = {name: row[name] for name in KEPT if name in row}
    media = _media(row)
    if "conversation" not in row:
        options = plain_options(_texts(row, "options"))
        return _choice(media, text(row, "question"), options, row.get("answer"), _spans(row), meta)
    said = exchanges(turns(row["conversation"]))
    choice = asked(said[0].question) if len(said) == 1 else None
    if choice is None:
        return annotated_events(said, bracketed_events, media, meta)
    answer = said[0].answer
    spans_s = bracketed_spans(answer)
    return _choice(media, choice.question, choice.options, without_times(answer), spans_s, meta)


def _media(row: Mapping[str, Any]) -> Media:
    file = row.get("video_file")
    path = relative_path(file) if isinstance(file, str) else f"{text(row, 'video_id')}.mp4"
    media = Media("video", str(row.get("video_id", stem(path))), path)
    if row.get("duration") is not None:
        media.duration_source_s = number(row["duration"], "duration")
    return media


def _texts(row: Mapping[str, Any], key: str) -> list[str]:
    found = listed(row, key)
    if not all(isinstance(one, str) for one in found):
        raise BadRow("bad_row", f"{key} holds what is no text: {str(found)[:60]!r}")
    return found


def _spans(row: Mapping[str, Any]) -> list[Interval]:
    """The moments of a flat row: one pair, or several."""
    times = listed(row, "timestamps")
    if times and not isinstance(times[0], list):
        return [span(times, "timestamps")]
    return pairs(times, "timestamps")


def _choice(
    media: Media,
    question: str,
    options: list[str],
    answer: Any,
    spans_s: list[Interval],
    meta: dict[str, Any],
) -> Annotation:
    if not spans_s:
        raise BadRow("no_spans", "the question has no moment", key=media.key)
    if isinstance(answer, int):
        said = (letter_of_index(answer, len(options)), "")
    else:
        said = letter_answer(str(answer), options) or ("", "")
    letter, besides = said
    if not letter:
        raise BadRow("bad_answer", f"answer {str(answer)[:60]!r} names no option", key=media.key)
    return Annotation(
        media,
        question,
        content=[question, options, letter, spans_s],
        options=options,
        answer=letter,
        answer_type=AnswerType.MULTIPLE_CHOICE,
        spans_s=spans_s,
        meta={**meta, "answer": besides} if besides else meta,
    )
