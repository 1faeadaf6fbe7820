"""What is asked of a scene, with the truth: options, answer, and the events that show it.

Every answer is drawn from a pool over which it is uniform whatever the question's text says, and
the wrong options are drawn from the rest of that pool: text alone gives no hint. `solve` computes
an answer from a scene, so that the same question can be asked of the reversed video.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from curate.world.scene import CHANGES, COLOURS, SHAPES, Canvas, Event, Scene, Still
from schemas.interval import Interval

ORDINALS = ("first", "second", "third", "fourth", "last")
COUNTS = ("one", "two", "three", "four", "five")
DIGITS = tuple("0123456789")
NONE_OF_THEM = "none of them"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is published, with the truth behind it.

    Args:
        text: the question, or the sentence to locate.
        type: the set's own word (`TN`, `CH`, ... in NExT-QA; `OCR`, ... in Video-R1;
            `sentence` in Charades-STA).
        options: in published order; empty for open questions.
        answer: the right option's text or the open answer; empty for sentences.
        spans_s: where the answer is seen, as published.
        events: the events that these spans stand for, as they are in the video.
        needs_order: in the reversed video the answer is another one.
        flaw: what is wrong with the published row, on purpose.
    """

    text: str
    type: str
    options: tuple[str, ...]
    answer: str
    spans_s: tuple[Interval, ...]
    events: tuple[Event, ...]
    needs_order: bool
    flaw: str | None = None


class Solution(NamedTuple):
    """An answer and the events that show it."""

    answer: str
    events: tuple[Event, ...]


class Query(NamedTuple):
    """A question before its options are drawn; `pool` holds every possible answer."""

    text: str
    type: str
    pool: tuple[str, ...]
    solve: Callable[[Scene], Solution]


def next_questions(scene: Scene, rng: random.Random) -> list[Question]:
    """Six questions in NExT-QA's form, five options each; all but the last have evidence.

    They ask for the order, one change, one colour, one digit, the number of digits and one place:
    six things drawn independently.
    """
    queries = [
        which_shape(rng),
        which_change(rng),
        which_colour(rng),
        which_digit(rng),
        how_many(),
        where(scene.canvas, rng),
    ]
    return [pose(query, scene, rng, 5) for query in queries]


def sentences(scene: Scene, rng: random.Random) -> list[Question]:
    """Sentences in Charades-STA's form: three plain ones, and others that need the order."""
    shapes = rng.sample(SHAPES, 4)
    queries = [_plain(scene, shape) for shape in shapes[:3]]
    queries.append(_ordinal_sentence(rng.choice(ORDINALS)))
    if scene.changes[-1].subject != shapes[3]:
        queries.append(_after_sentence(shapes[3]))
    if len(scene.digits) > 1:
        queries.append(_digit_sentence(rng.choice(("first", "last"))))
    return [_sentence(query, scene) for query in queries]


def video_problems(scene: Scene, rng: random.Random) -> list[Question]:
    """Six problems in Video-R1's form, of all five types."""
    return [
        *(_capital(pose(query, scene, rng, 4)) for query in (which_shape(rng), which_colour(rng))),
        _open(rng.choice((_count, _sum)), scene),
        _open(_read, scene),
        _open(_describe(rng.choice(SHAPES)), scene),
        _open(_moment(rng.choice(SHAPES)), scene),
    ]


def image_problems(still: Still, rng: random.Random) -> list[Question]:
    """Five problems about an image in Video-R1's form, one of each type."""
    asked, told = rng.sample(still.looks, 2)
    options = _options(asked.colour, tuple(COLOURS), rng, 4)
    text = f"What colour is the {asked.shape}?"
    place = still.canvas.places[told.cell]
    return [
        _about_image(text, "multiple choice", asked.colour, options),
        _about_image("How many small dots are drawn in a group?", "numerical", str(still.dots)),
        _about_image("What is the code of four characters?", "OCR", still.code),
        _about_image(
            f"Where is the {told.shape}? Answer in one sentence.",
            "free-form",
            f"The {told.shape} is at the {place}.",
        ),
        _about_image(
            "How many percent of the bar are filled?", "regression", f"{still.percent:.1f}"
        ),
    ]


def which_shape(rng: random.Random) -> Query:
    """The shape that changes first, ..., last, or right after or right before another one.

    The order is a uniform permutation of five, so "none" (the shape named is the last one) is as
    likely as each of the other four.
    """
    form = rng.choice(("ordinal", "after", "before"))
    if form == "ordinal":
        place = rng.choice(ORDINALS)
        text = f"which shape is the {place} to change"
        return Query(text, "TC", SHAPES, lambda scene: _subject(_ordinal(scene, place)))
    shape = rng.choice(SHAPES)
    pool = (*(other for other in SHAPES if other != shape), NONE_OF_THEM)
    step = 1 if form == "after" else -1
    return Query(
        f"which shape changes right {form} the {shape}",
        "TN" if form == "after" else "TP",
        pool,
        lambda scene: _neighbour(scene, shape, step),
    )


def which_change(rng: random.Random) -> Query:
    """How a shape changes that is named by itself or by its place in the order."""
    pool = tuple(CHANGES.values())
    if rng.random() < 0.5:
        shape = rng.choice(SHAPES)
        return Query(
            f"how does the {shape} change",
            "CH",
            pool,
            lambda scene: _in_words(_of(scene, shape)),
        )
    place = rng.choice(ORDINALS)
    return Query(
        f"what does the {place} shape to change do",
        "TC",
        pool,
        lambda scene: _in_words(_ordinal(scene, place)),
    )


def which_colour(rng: random.Random) -> Query:
    """The colour that a shape, named by its place in the order, has at first."""
    place = rng.choice(ORDINALS)

    def solve(scene: Scene) -> Solution:
        actor = scene.actors[ORDINALS.index(place)]
        return Solution(actor.look.colour, (actor.change,))

    text = f"what colour is the {place} shape to change when it is first seen"
    return Query(text, "TC", tuple(COLOURS), solve)


def which_digit(rng: random.Random) -> Query:
    """The first or the last digit."""
    place = rng.choice(("first", "last"))

    def solve(scene: Scene) -> Solution:
        event = scene.digits[0 if place == "first" else -1]
        return Solution(event.kind, (event,))

    return Query(f"which digit is shown {place}", "TC", DIGITS, solve)


def how_many() -> Query:
    """The number of digits; its evidence has as many segments."""

    def solve(scene: Scene) -> Solution:
        return Solution(COUNTS[len(scene.digits) - 1], scene.digits)

    return Query("how many digits are shown one after the other", "TC", COUNTS, solve)


def where(canvas: Canvas, rng: random.Random) -> Query:
    """The place of a shape: any frame that shows it is enough, so there is no evidence."""
    shape = rng.choice(SHAPES)

    def solve(scene: Scene) -> Solution:
        (cell,) = [a.look.cell for a in scene.actors if a.look.shape == shape]
        return Solution(canvas.places[cell], ())

    return Query(f"where is the {shape}", "DL", canvas.places, solve)


def pose(query: Query, scene: Scene, rng: random.Random, count: int) -> Question:
    """Ask a query of a scene with `count` options."""
    answer, events = query.solve(scene)
    return Question(
        query.text,
        query.type,
        _options(answer, query.pool, rng, count),
        answer,
        _spans(events),
        events,
        query.solve(scene.backwards()).answer != answer,
    )


def _options(answer: str, pool: tuple[str, ...], rng: random.Random, count: int) -> tuple[str, ...]:
    wrong = rng.sample([other for other in pool if other != answer], count - 1)
    return tuple(rng.sample([answer, *wrong], count))


def _spans(events: tuple[Event, ...]) -> tuple[Interval, ...]:
    return tuple(Interval(event.start_s, event.end_s) for event in events)


def _ordinal(scene: Scene, place: str) -> Event:
    return scene.changes[ORDINALS.index(place)]


def _of(scene: Scene, shape: str) -> Event:
    (event,) = [event for event in scene.changes if event.subject == shape]
    return event


def _subject(event: Event) -> Solution:
    return Solution(event.subject, (event,))


def _in_words(event: Event) -> Solution:
    return Solution(CHANGES[event.kind], (event,))


def _neighbour(scene: Scene, shape: str, step: int) -> Solution:
    """The shape that changes `step` places later; with none there, the shape's own change."""
    own = _of(scene, shape)
    place = scene.changes.index(own) + step
    if 0 <= place < len(scene.changes):
        return _subject(scene.changes[place])
    return Solution(NONE_OF_THEM, (own,))


def _plain(scene: Scene, shape: str) -> Query:
    kind = _of(scene, shape).kind

    def solve(other: Scene) -> Solution:
        event = _of(other, shape)
        return Solution("", (event,) if event.kind == kind else ())

    return Query(f"the {shape} {CHANGES[kind]}.", "sentence", (), solve)


def _ordinal_sentence(place: str) -> Query:
    text = f"the {place} shape to change does so."
    return Query(text, "sentence", (), lambda scene: Solution("", (_ordinal(scene, place),)))


def _after_sentence(shape: str) -> Query:
    def solve(scene: Scene) -> Solution:
        found = _neighbour(scene, shape, 1)
        return Solution("", () if found.answer == NONE_OF_THEM else found.events)

    return Query(f"a shape changes right after the {shape} did.", "sentence", (), solve)


def _digit_sentence(place: str) -> Query:
    def solve(scene: Scene) -> Solution:
        return Solution("", (scene.digits[0 if place == "first" else -1],))

    return Query(f"the {place} digit is shown.", "sentence", (), solve)


def _sentence(query: Query, scene: Scene) -> Question:
    """A sentence needs the order when, in the reversed video, it is true of another moment."""
    events = query.solve(scene).events
    reversed_events = query.solve(scene.backwards()).events
    same = [(e.subject, round(scene.duration_s - e.end_s, 3)) for e in reversed_events]
    moved = same != [(e.subject, round(e.start_s, 3)) for e in events]
    return Question(query.text, query.type, (), "", _spans(events), events, moved)


def _capital(question: Question) -> Question:
    """A choice in Video-R1's wording."""
    text = question.text[0].upper() + question.text[1:] + "?"
    return replace(question, text=text, type="multiple choice")


Asked = Callable[[Scene], tuple[str, str, Solution]]


def _open(ask: Asked, scene: Scene) -> Question:
    text, kind, solution = ask(scene)
    answer, events = solution
    other = ask(scene.backwards())[2].answer
    return Question(text, kind, (), answer, _spans(events), events, other != answer)


def _count(scene: Scene) -> tuple[str, str, Solution]:
    text = "How many digits are shown one after the other?"
    return text, "numerical", Solution(str(len(scene.digits)), scene.digits)


def _sum(scene: Scene) -> tuple[str, str, Solution]:
    total = sum(int(event.kind) for event in scene.digits)
    return "What is the sum of all digits shown?", "numerical", Solution(str(total), scene.digits)


def _read(scene: Scene) -> tuple[str, str, Solution]:
    digits = "".join(event.kind for event in scene.digits)
    text = "Which digits are shown? Write them in their order, without spaces."
    return text, "OCR", Solution(digits, scene.digits)


def _describe(shape: str) -> Asked:
    def ask(scene: Scene) -> tuple[str, str, Solution]:
        event = _of(scene, shape)
        answer = f"The {shape} {CHANGES[event.kind]}."
        text = f"What does the {shape} do? Answer in one sentence."
        return text, "free-form", Solution(answer, (event,))

    return ask


def _moment(shape: str) -> Asked:
    def ask(scene: Scene) -> tuple[str, str, Solution]:
        event = _of(scene, shape)
        text = f"At what second does the {shape} begin to change?"
        return text, "regression", Solution(f"{event.start_s:.1f}", (event,))

    return ask


def _about_image(text: str, kind: str, answer: str, options: tuple[str, ...] = ()) -> Question:
    return Question(text, kind, options, answer, (), (), False)
