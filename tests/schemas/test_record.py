import ast
import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.answers import AnswerType
from schemas.errors import BadRow
from schemas.interval import Interval
from schemas.record import (
    FLAGS,
    REASONS,
    Annotation,
    Media,
    Probed,
    Record,
    Role,
    canonical,
    record_id,
    settle,
)

ROOT = Path(__file__).parents[2]
TRAINING, EVALUATION = Role.TRAINING, Role.EVALUATION


def video(duration_s: float | None = 100.0, **more: Any) -> Media:
    return Media("video", "v1", "a/v1.mp4", duration_source_s=duration_s, **more)


def annotation(
    *spans_s: tuple[float, float], media: Media | None = None, **more: Any
) -> Annotation:
    spans = [Interval(*span_s) for span_s in spans_s]
    return Annotation(media or video(), more.pop("question", "why?"), ("1",), spans_s=spans, **more)


def settled(one: Annotation, role: Role = TRAINING, probed: Probed | None = None) -> Record:
    return settle(one, source="set", split="val", role=role, licence="MIT", probed=probed)


def refused(one: Annotation, role: Role = TRAINING, probed: Probed | None = None) -> BadRow:
    with pytest.raises(BadRow) as caught:
        settled(one, role, probed)
    return caught.value


def test_a_plain_row_becomes_a_record() -> None:
    one = annotation((10, 25), question=" why? ", options=["a", "b"], answer="B", meta={"k": 1})
    record = settled(one)
    assert record == Record(
        id="set/val/v1/1",
        source="set",
        split="val",
        role=TRAINING,
        media=Media("video", "v1", "a/v1.mp4", 100.0, 100.0),
        question="why?",
        options=["a", "b"],
        answer="B",
        answer_type=AnswerType.NONE,
        spans=[Interval(0.1, 0.25)],
        spans_s=[Interval(10, 25)],
        flags=[],
        licence="MIT",
        meta='{"k":1}',
    )
    assert one.media.duration_s is None, "the annotation is left as it was"
    assert settled(annotation(licence="CC0")).licence == "CC0"


@pytest.mark.parametrize("question", ["", " \n\t"])
@pytest.mark.parametrize("role", Role)
def test_no_question_no_record(question: str, role: Role) -> None:
    assert refused(annotation(question=question), role).reason == "no_question"


# Spans ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration_s", "span_s", "kept"),
    [
        (20.0, (5.0, 20.0), (5.0, 20.0)),
        (20.0, (5.0, 22.0), (5.0, 20.0)),  # 2 s is more than 5 % of 20 s
        (20.0, (-2.0, 8.0), (0.0, 8.0)),
        (100.0, (5.0, 105.0), (5.0, 100.0)),  # 5 % of 100 s is more than 2 s
        (100.0, (-5.0, 8.0), (0.0, 8.0)),
        (100.0, (-5.0, 105.0), (0.0, 100.0)),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_a_span_within_the_leeway_is_cut_and_flagged(
    duration_s: float, span_s: tuple[float, float], kept: tuple[float, float], role: Role
) -> None:
    record = settled(annotation(span_s, media=video(duration_s)), role)
    assert record.spans == [Interval(kept[0] / duration_s, kept[1] / duration_s)]
    assert record.spans_s == [Interval(*span_s)]
    assert record.flags == ([] if span_s == kept else ["clamped"])


@pytest.mark.parametrize(
    ("duration_s", "span_s"),
    [
        (20.0, (5.0, math.nextafter(22.0, 99.0))),
        (20.0, (math.nextafter(-2.0, -9.0), 8.0)),
        (100.0, (5.0, math.nextafter(105.0, 999.0))),
        (100.0, (math.nextafter(-5.0, -9.0), 8.0)),
        (100.0, (100.0, 101.0)),  # starts where the video has ended
        (100.0, (-1.0, 0.0)),
        (100.0, (300.0, 310.0)),
    ],
)
def test_a_span_beyond_the_leeway_is_impossible(
    duration_s: float, span_s: tuple[float, float]
) -> None:
    one = annotation(span_s, media=video(duration_s))
    bad = refused(one)
    assert bad.reason == "impossible_span"
    assert f"duration {duration_s:g} s" in bad.message
    record = settled(one, EVALUATION)
    assert "impossible_span" in record.flags
    assert record.spans_s == [Interval(*span_s)]
    assert all(0 <= end <= 1 for end in record.spans[0])


@pytest.mark.parametrize(
    ("span_s", "word"), [((20.0, 10.0), "reversed_span"), ((10.0, 10.0), "zero_length_span")]
)
def test_a_span_without_a_length_refuses_training_and_flags_evaluation(
    span_s: tuple[float, float], word: str
) -> None:
    assert refused(annotation(span_s)).reason == word
    assert refused(annotation((1, 2), span_s)).reason == word
    record = settled(annotation(span_s), EVALUATION)
    assert record.flags == sorted([word, "unearnable"])
    assert record.spans == [Interval(span_s[0] / 100, span_s[1] / 100)]


def test_a_row_with_one_good_span_of_two_can_still_be_earned() -> None:
    record = settled(annotation((20, 10), (30, 40)), EVALUATION)
    assert record.flags == ["reversed_span"]
    assert record.spans == [Interval(0.2, 0.1), Interval(0.3, 0.4)]


@pytest.mark.parametrize("span_s", [(math.nan, 1.0), (1.0, math.inf), (-math.inf, 1.0)])
@pytest.mark.parametrize("role", Role)
def test_a_span_that_is_no_pair_of_numbers_refuses_both(
    span_s: tuple[float, float], role: Role
) -> None:
    assert refused(annotation(span_s), role).reason == "bad_span"


def test_all_segments_stay_in_published_order() -> None:
    record = settled(annotation((50, 60), (10, 20), (15, 30)))
    assert record.spans == [Interval(0.5, 0.6), Interval(0.1, 0.2), Interval(0.15, 0.3)]


@pytest.mark.parametrize("duration_s", [None, 0.0, -3.0, math.nan, math.inf])
def test_spans_in_seconds_need_a_duration(duration_s: float | None) -> None:
    one = annotation((1, 2), media=video(duration_s))
    assert refused(one).reason == "no_duration"
    record = settled(one, EVALUATION)
    assert (record.spans, record.flags) == ([], ["no_duration"])
    assert record.spans_s == [Interval(1, 2)]
    without_spans = settled(annotation(media=video(duration_s)))
    assert without_spans.media.duration_s is None
    assert without_spans.flags == []


seconds_s = st.floats(-50, 500)


@given(st.lists(st.tuples(seconds_s, seconds_s), min_size=1, max_size=4), st.floats(0.5, 400))
def test_training_spans_are_proper_ratios_or_the_row_is_refused(
    spans_s: list[tuple[float, float]], duration_s: float
) -> None:
    one = annotation(*spans_s, media=video(duration_s))
    evaluated = settled(one, EVALUATION)
    assert len(evaluated.spans) == len(spans_s)
    assert all(0 <= end <= 1 for span in evaluated.spans for end in span)
    assert evaluated.spans_s == one.spans_s
    try:
        record = settled(one)
    except BadRow as bad:
        assert bad.reason in evaluated.flags
        return
    assert record.spans == evaluated.spans
    assert record.flags == evaluated.flags
    assert set(record.flags) <= {"clamped"}
    assert all(span.proper for span in record.spans)
    inside = all(s >= 0 and e <= duration_s for s, e in spans_s)
    assert ("clamped" in record.flags) is not inside


# Options, texts, numbers ------------------------------------------------------------------------


def test_equal_options_are_flagged_and_alike_ones_refused() -> None:
    assert settled(annotation(options=["a", "b", "a"])).flags == ["equal_options"]
    for alike in (["a", "a"], ["a"]):
        one = annotation(options=alike)
        assert refused(one).reason == "duplicate_options"
        assert "duplicate_options" in settled(one, EVALUATION).flags


@pytest.mark.parametrize(
    "one",
    [
        annotation(question="\ud800"),
        annotation(options=["a", "\udfff"]),
        annotation(answer="\ud83d"),
        annotation(meta={"k": "\ud83d"}),
        annotation(media=Media("video", "\ud83d", "a.mp4")),
        annotation(media=Media("video", "v", "\ud83d.mp4")),
    ],
)
def test_half_a_surrogate_pair_is_told(one: Annotation) -> None:
    bad = refused(one)
    assert bad.reason == "bad_row"
    bad.message.encode()


@pytest.mark.parametrize(
    "one",
    [
        annotation(question=None),
        annotation(options=["a", 2]),
        annotation(answer=3),
        Annotation(video(), "why?", (7,)),  # type: ignore[arg-type]
    ],
)
def test_a_number_where_a_text_should_be_is_told(one: Annotation) -> None:
    bad = refused(one)
    assert (bad.reason, bad.message[-14:]) == ("bad_row", " is not a text")


@pytest.mark.parametrize("name", ["frames", "width", "height"])
@pytest.mark.parametrize("value", [-1, 2**31])
def test_a_size_that_no_video_has_is_told(name: str, value: int) -> None:
    assert refused(annotation(media=video(**{name: value}))).reason == "bad_number"
    assert getattr(settled(annotation(media=video(**{name: 2**31 - 1}))).media, name) == 2**31 - 1


def test_nan_in_meta_stays_json() -> None:
    record = settled(annotation(meta={"a": [math.nan, {"b": -math.inf}], "c": (1.5, "é")}))
    assert json.loads(record.meta) == {"a": ["nan", {"b": "-inf"}], "c": [1.5, "é"]}
    assert canonical(["é", "\ud83d"]) == '["é","\\ud83d"]'
    assert settled(annotation()).meta == "{}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_canonical_json_keeps_the_value_and_forgets_the_order(value: Any) -> None:
    assume(math.inf not in (value, -value) if isinstance(value, float) else True)
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == canonical(value)
    text = canonical(value)
    if "inf" not in text:
        assert json.loads(text) == value


# Ids --------------------------------------------------------------------------------------------


def test_an_id_is_made_of_the_source_s_keys_or_of_its_content() -> None:
    media = Media("video", "50E06", "50E06.mp4")
    assert record_id("s", "train", Annotation(media, "q", ("7", "0"))) == "s/train/50E06/7/0"
    content = {"b": "é", "a": 1}
    digest = hashlib.sha256('{"a":1,"b":"é"}'.encode()).hexdigest()
    found = record_id("s", "train", Annotation(media, "q", content=content))
    assert found == f"s/train/50E06/{digest[:8]}"


def test_a_row_that_was_refused_has_an_id_that_can_be_stored() -> None:
    content = ["\ud800", math.nan]
    odd = Annotation(Media("video", "\ud800", "v.mp4"), "q", content=content)
    assert record_id("s", "t", odd).startswith("s/t/\\ud800/")
    untold = Annotation(Media("video", None, "v.mp4"), "q", (7,))  # type: ignore[arg-type]
    assert record_id("s", "t", untold) == "s/t/None/7"


# Media ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../v.mp4", "a/../../v.mp4", "..", "/etc/passwd", "/v.mp4"])
@pytest.mark.parametrize("role", Role)
def test_a_path_out_of_the_media_root_is_refused(path: str, role: Role) -> None:
    bad = refused(annotation(media=Media("video", "v", path)), role)
    assert bad.reason == "path_escapes"
    assert repr(path) in bad.message


@pytest.mark.parametrize("path", ["a..b/v.mp4", "...mp4", "a/v..mp4"])
def test_dots_in_a_name_are_no_way_out(path: str) -> None:
    assert settled(annotation(media=Media("video", "v", path))).media.path == path


def test_a_nul_in_a_path_is_refused() -> None:
    assert refused(annotation(media=Media("video", "v", "a\0.mp4"))).reason == "bad_row"


def test_the_decoded_duration_wins_and_a_large_difference_is_flagged() -> None:
    decoded = Probed("a/v1.mp4", duration_s=80.0, fps=25.0, frames=2000, width=64, height=48)
    record = settled(annotation((10, 20)), probed=decoded)
    media = record.media
    assert (media.duration_s, media.duration_source_s) == (80.0, 100.0)
    assert (media.fps, media.frames, media.width, media.height) == (25.0, 2000, 64, 48)
    assert record.spans == [Interval(0.125, 0.25)]
    assert record.flags == ["duration_differs"]


@pytest.mark.parametrize(
    ("published_s", "decoded_s", "differs"),
    [
        (100.0, 105.0, False),
        (100.0, 106.0, True),
        (10.0, 11.0, False),  # 10 %, yet no more than a second
        (10.0, 11.5, True),
        (None, 11.5, False),
    ],
)
def test_durations_differ_by_more_than_a_second_and_a_twentieth(
    published_s: float | None, decoded_s: float, differs: bool
) -> None:
    record = settled(annotation(media=video(published_s)), probed=Probed("v", duration_s=decoded_s))
    assert (record.flags == ["duration_differs"]) is differs


@pytest.mark.parametrize("decoded_s", [None, 0.0, math.nan])
def test_without_a_usable_decoded_duration_the_published_one_counts(
    decoded_s: float | None,
) -> None:
    record = settled(annotation((10, 20)), probed=Probed("p.mp4", duration_s=decoded_s))
    assert record.spans == [Interval(0.1, 0.2)]
    assert record.media.path == "p.mp4"


@pytest.mark.parametrize("problem", ["missing_media", "unreadable_media"])
def test_media_that_cannot_be_used_keep_the_row_and_say_so(problem: str) -> None:
    probed = Probed("a/v1.mp4", problem=problem, duration_s=5.0, sha256="00")
    record = settled(annotation((10, 20)), probed=probed)
    assert record.flags == [problem]
    assert (record.media.duration_s, record.media.sha256) == (100.0, None)


def test_media_found_elsewhere_keep_the_path_they_have() -> None:
    record = settled(annotation(), probed=Probed("b/v1.mp4", relocated=True, duration_s=100.0))
    assert (record.media.path, record.flags) == ("b/v1.mp4", ["relocated_media"])


def test_flags_of_the_builder_stay_and_are_told_once() -> None:
    one = annotation((-1, 5), (7, 101), options=["a", "a", "b"])
    one.flags = ["clamped", "ambiguous_answer"]
    assert settled(one).flags == ["ambiguous_answer", "clamped", "equal_options"]
    assert one.flags == ["clamped", "ambiguous_answer"]


# Excerpts ---------------------------------------------------------------------------------------


def test_spans_of_an_excerpt_count_from_its_start() -> None:
    record = settled(annotation((5, 10), media=video(start_s=20.0, end_s=40.0)))
    assert record.media.duration_s == 20.0
    assert record.spans == [Interval(0.25, 0.5)]
    assert refused(annotation((25, 30), media=video(start_s=20.0, end_s=40.0))).reason == (
        "impossible_span"
    )


@pytest.mark.parametrize(
    ("start_s", "end_s", "length_s"), [(20.0, None, 80.0), (None, 40.0, 40.0), (0.0, 5.0, 5.0)]
)
def test_an_excerpt_may_have_one_end(
    start_s: float | None, end_s: float | None, length_s: float
) -> None:
    assert settled(annotation(media=video(start_s=start_s, end_s=end_s))).media.duration_s == (
        length_s
    )


def test_an_excerpt_is_cut_where_the_decoded_file_ends() -> None:
    one = annotation(media=video(None, start_s=20.0, end_s=40.0))
    cut = settled(one, probed=Probed("v", duration_s=30.0))
    assert (cut.media.duration_s, cut.flags) == (10.0, ["duration_differs"])
    nearly = settled(one, probed=Probed("v", duration_s=39.5))
    assert (nearly.media.duration_s, nearly.flags) == (19.5, [])


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(40.0, 20.0), (20.0, 20.0), (-1.0, 5.0), (1.0, math.inf), (60.0, 70.0)]
)
def test_an_excerpt_that_the_file_does_not_hold(start_s: float, end_s: float) -> None:
    one = annotation((1, 2), media=video(start_s=start_s, end_s=end_s))
    probed = Probed("v", duration_s=50.0 if start_s == 60.0 else None)
    assert refused(one, probed=probed).reason == "impossible_span"
    record = settled(one, EVALUATION, probed)
    assert record.flags == ["impossible_span", "no_duration"]
    assert record.media.duration_s is None


def test_an_excerpt_of_unknown_end_has_no_duration() -> None:
    one = annotation(media=video(None, start_s=20.0))
    assert refused(one).reason == "no_duration"
    assert settled(one, EVALUATION).flags == ["no_duration"]


# The words --------------------------------------------------------------------------------------


def _calls(folder: str) -> Iterator[ast.Call]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def _texts(node: ast.AST) -> set[str]:
    constants = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def _words_used(folders: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Reasons given to `BadRow`, and flags given to `_refuse`, `flags=` and `flags.append`."""
    reasons: set[str] = set()
    flags: set[str] = set()
    for call in (call for folder in folders for call in _calls(folder)):
        called = ast.unparse(call.func)
        if called == "BadRow":
            reasons |= _texts(call.args[0])
        elif called == "_refuse":
            flags |= _texts(call.args[2])
        elif called.endswith("flags.append"):
            flags |= _texts(call.args[0])
        flags |= {text for kw in call.keywords if kw.arg == "flags" for text in _texts(kw.value)}
        problems = [kw.value for kw in call.keywords if kw.arg == "problem"]
        flags |= {text for value in problems for text in _texts(value)}
    return reasons, flags


def test_every_reason_and_flag_that_the_code_uses_is_documented() -> None:
    reasons, flags = _words_used(("schemas", "builders", "curate"))
    assert {"bad_row", "no_spans", "reversed_span", "bad_answer"} <= reasons
    assert {"clamped", "ambiguous_answer", "no_duration"} <= flags
    assert reasons <= set(REASONS)
    assert flags <= set(FLAGS)


def test_every_documented_word_is_used() -> None:
    reasons, flags = _words_used(("schemas", "builders", "curate"))
    assert set(REASONS) <= reasons
    assert set(FLAGS) - flags <= {"duplicate_id"}


@pytest.mark.parametrize("words", [FLAGS, REASONS])
def test_words_are_explained_in_a_line(words: dict[str, str]) -> None:
    for word, meaning in words.items():
        assert word.replace("_", "").isalpha()
        assert meaning
        assert "\n" not in meaning
