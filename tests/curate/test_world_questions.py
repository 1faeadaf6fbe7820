"""Questions of a made world need the video, and some of them its order: checked on the truth."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from curate.world import Event, Told, World
from curate.world.scene import CHANGES, SHAPES
from schemas.errors import UnknownName

MANY = 2_400


@pytest.fixture(scope="module")
def choices() -> dict[str, list[Told]]:
    """Multiple-choice questions of many videos, by source; nothing is written."""
    world = World(Path("unused"), seed=1, videos=MANY, flawed=False)
    return {
        source: [told for told in world.told(source) if told.question.options]
        for source in ("nextgqa", "nextqa", "video-r1")
    }


def letter(told: Told) -> int:
    return told.question.options.index(told.question.answer)


def accuracy(guess: Callable[[Told], str], asked: Sequence[Told]) -> float:
    return sum(guess(told) == told.question.answer for told in asked) / len(asked)


def best_letter(known: Sequence[Told]) -> Callable[[Told], str]:
    """Always the letter that is right most often."""
    (place, _), *_ = Counter(map(letter, known)).most_common()
    return lambda told: told.question.options[min(place, len(told.question.options) - 1)]


def best_answer(known: Sequence[Told]) -> Callable[[Told], str]:
    """Of the options, the one that was the answer to the same text most often elsewhere."""
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for told in known:
        answers[told.question.text][told.question.answer] += 1
    return lambda told: max(told.question.options, key=lambda o: answers[told.question.text][o])


def most_mentioned(asked: Sequence[Told]) -> Callable[[Told], str]:
    """Of the options, the one whose words occur most often in the video's other rows."""
    texts: dict[str, list[str]] = defaultdict(list)
    for told in asked:
        texts[told.clip.id] += [told.question.text, *told.question.options]

    def guess(told: Told) -> str:
        other = " ".join(texts[told.clip.id])
        return max(told.question.options, key=lambda option: other.count(option))

    return guess


@pytest.mark.parametrize("source", ["nextgqa", "nextqa", "video-r1"])
def test_blind_guessers_stay_near_chance(choices: dict[str, list[Told]], source: str) -> None:
    asked = choices[source]
    chance = sum(1 / len(told.question.options) for told in asked) / len(asked)
    margin = 4 * (chance * (1 - chance) / (len(asked) / 2)) ** 0.5
    assert margin < 0.06
    half = len(asked) // 2
    known, held_out = asked[:half], asked[half:]
    assert accuracy(best_letter(asked), asked) < chance + margin
    assert accuracy(best_answer(known), held_out) < chance + margin
    assert accuracy(most_mentioned(asked), asked) < chance + margin


def test_the_guessers_do_find_what_a_biased_set_gives_away(
    choices: dict[str, list[Told]],
) -> None:
    asked = choices["nextgqa"]
    first_is_right = [told for told in asked if letter(told) == 0]
    assert accuracy(best_letter(first_is_right), first_is_right) == 1
    one_truth = [told for told in asked if told.question.answer in ("circle", "two", "red")]
    half = len(one_truth) // 2
    assert accuracy(best_answer(one_truth[:half]), one_truth[half:]) > 0.95


def test_one_text_has_many_answers(choices: dict[str, list[Told]]) -> None:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for told in choices["nextqa"]:
        answers[told.question.text][told.question.answer] += 1
    often = {text: found for text, found in answers.items() if found.total() >= 40}
    assert len(often) > 20
    assert all(len(found) >= 5 for found in often.values())
    assert all(max(found.values()) < 0.5 * found.total() for found in often.values())


def test_options_are_distinct_and_hold_the_answer(choices: dict[str, list[Told]]) -> None:
    for source, count in {"nextgqa": 5, "nextqa": 5, "video-r1": 4}.items():
        for told in choices[source]:
            assert len(set(told.question.options)) == count
            assert told.question.answer in told.question.options


def test_no_constant_interval_finds_the_sentences() -> None:
    world = World(Path("unused"), seed=1, videos=MANY // 4, flawed=False)
    spans = [
        (span.start / told.scene.duration_s, span.end / told.scene.duration_s)
        for told in world.told("charades-sta")
        for span in told.question.spans_s
    ]
    grid = [i / 20 for i in range(21)]

    def mean_iou(start: float, end: float) -> float:
        shared = [max(0.0, min(end, e) - max(start, s)) for s, e in spans]
        hulls = [max(end, e) - min(start, s) for s, e in spans]
        return sum(a / b for a, b in zip(shared, hulls, strict=True)) / len(spans)

    assert max(mean_iou(s, e) for s in grid for e in grid if s < e) < 0.2


# A second reading of the questions, from the events alone.

ORDINAL = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
REVERSED = {"moves to the left": "moves to the right", "moves up": "moves down"}
REVERSED |= {"appears": "vanishes", "grows": "shrinks"}
REVERSED |= {after: before for before, after in REVERSED.items()}


def read(text: str, changes: list[tuple[str, str]], digits: list[str]) -> str | None:
    """The answer to a question, from (shape, what it does) in order and the digits in order."""
    text = text.lower().rstrip("?")
    shapes = [shape for shape, _ in changes]
    if found := re.fullmatch(r"which shape is the (\w+) to change", text):
        return shapes[ORDINAL[found[1]]]
    if found := re.fullmatch(r"which shape changes right (after|before) the (\w+)", text):
        place = shapes.index(found[2]) + (1 if found[1] == "after" else -1)
        return shapes[place] if 0 <= place < len(shapes) else "none of them"
    if found := re.fullmatch(r"what does the (\w+) shape to change do", text):
        return changes[ORDINAL[found[1]]][1]
    if found := re.fullmatch(r"how does the (\w+) change", text):
        return dict(changes)[found[1]]
    if found := re.fullmatch(r"which digit is shown (\w+)", text):
        return digits[ORDINAL[found[1]]]
    if text.startswith("how many digits"):
        return ["one", "two", "three", "four", "five"][len(digits) - 1]
    if text.startswith("which digits are shown"):
        return "".join(digits)
    return None


def in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.start_s)


def test_answers_and_the_need_of_order_follow_from_the_events() -> None:
    world = World(Path("unused"), seed=2, videos=600, flawed=False)
    needed: Counter[bool] = Counter()
    for told in (*world.told("nextqa"), *world.told("video-r1")):
        changes = [(e.subject, CHANGES[e.kind]) for e in in_order(told.scene.changes)]
        digits = [e.kind for e in in_order(told.scene.digits)]
        answer = read(told.question.text, changes, digits)
        if told.kind == "video" and answer is not None:
            counted = told.question.type == "numerical"
            assert told.question.answer == (str(len(digits)) if counted else answer)
            back = [(shape, REVERSED.get(what, what)) for shape, what in reversed(changes)]
            turned = read(told.question.text, back, digits[::-1])
            assert told.question.needs_order == (turned != answer), told.question.text
            needed[told.question.needs_order] += 1
    assert needed[True] > 0.5 * needed.total()
    assert needed[False] > 0.1 * needed.total()


def test_shuffling_what_happens_changes_the_answers_that_need_order() -> None:
    world = World(Path("unused"), seed=3, videos=240, flawed=False)
    rng = random.Random(0)
    agree = asked = 0
    for told in world.told("nextgqa"):
        names_order = re.search(r"first|last|second|fourth|right", told.question.text)
        if not (told.question.needs_order and names_order):
            continue
        changes = [(e.subject, CHANGES[e.kind]) for e in in_order(told.scene.changes)]
        digits = [e.kind for e in in_order(told.scene.digits)]
        for _ in range(20):
            shuffled = read(
                told.question.text, rng.sample(changes, 5), rng.sample(digits, len(digits))
            )
            if shuffled is not None:
                asked += 1
                agree += shuffled == told.question.answer
    assert asked > 2_000
    assert agree / asked < 0.35


def test_sentences_are_true_of_their_events_alone() -> None:
    world = World(Path("unused"), seed=4, videos=240, flawed=False)
    for told in world.told("charades-sta"):
        (event,) = told.events
        (span,) = told.question.spans_s
        assert (span.start, span.end) == (event.start_s, event.end_s)
        changes, digits = in_order(told.scene.changes), in_order(told.scene.digits)
        if found := re.fullmatch(r"the (\w+) shape to change does so\.", told.question.text):
            assert event == changes[ORDINAL[found[1]]]
        elif found := re.fullmatch(r"the (\w+) digit is shown\.", told.question.text):
            assert event == digits[ORDINAL[found[1]]]
            assert told.question.needs_order
        elif found := re.search(r"right after the (\w+) did", told.question.text):
            assert changes[changes.index(event) - 1].subject == found[1]
            assert told.question.needs_order
        else:
            assert told.question.text == f"the {event.subject} {CHANGES[event.kind]}."


def test_every_scene_is_well_formed() -> None:
    world = World(Path("unused"), seed=5, videos=400, flawed=False)
    counts: Counter[int] = Counter()
    for clip in world.clips():
        scene = world.scene(clip)
        assert sorted(e.subject for e in scene.changes) == sorted(SHAPES)
        for events in (scene.changes, scene.digits):
            for one, after in pairwise(events):
                assert one.end_s + 0.19 < after.start_s
            assert events[-1].end_s <= min(scene.duration_s, round(scene.duration_s))
            assert all(e.end_s - e.start_s > 0.29 for e in events)
        assert len({*(a.look.cell for a in scene.actors), scene.digit_cell}) == 6
        counts[len(scene.digits)] += 1
    assert set(counts) == {1, 2, 3, 4, 5}
    scenes = [world.scene(clip) for clip in world.clips()]
    assert len({s.rate for s in scenes}) == 7
    assert any(s.canvas.height > s.canvas.width for s in scenes)
    assert len({clip.path for clip in world.clips()}) == 400


def test_a_source_or_split_that_no_world_has_is_refused() -> None:
    world = World(Path("unused"), seed=0, videos=12, flawed=False)
    with pytest.raises(UnknownName, match="nextgqqa"):
        next(world.told("nextgqqa"))
    with pytest.raises(UnknownName, match="train"):
        next(world.told("nextgqa", "train"))
    assert {told.split for told in world.told(split="val")} == {"val"}
