"""How fast answers are scored: mixed types a second, and ROUGE and WER beside plain ones.

    python benchmarks/rewards.py

The ratios are of one run on the same inputs; one core. `rouge-score` is a development dependency.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rouge_score.rouge_scorer import RougeScorer

from schemas.answers import AnswerType
from schemas.interval import Interval
from schemas.record import Media, Record, Role
from schemas.reward import accuracy
from schemas.task import TASKS, Reading
from schemas.words import published_rouge, word_error_rate

COMPLETIONS = 1_000_000
PAIRS = 400
OPTIONS = ("unwrap it", "eat it", "throw it away", "give it to the dog")
MIXED = (
    (AnswerType.MULTIPLE_CHOICE, ("B", "C. throw it away", "(D)", "Answer: B"), "B", OPTIONS),
    (AnswerType.NUMERICAL, ("42", "1,234.50", "nan", "41.999"), "42", ()),
    (AnswerType.REGRESSION, ("41.5", "1e2", "about ten", "-3"), "42.5", ()),
    (AnswerType.BOOLEAN, ("yes", "No.", "perhaps", "true"), "yes", ()),
)
WORDS = ("the", "a", "dog", "runs", "running", "jumped", "over", "lazy", "sits", "happily")


def plain_wer(said: Sequence[str], gold: Sequence[str]) -> float:
    """Word error rate by dynamic programming, row by row."""
    row = list(range(len(gold) + 1))
    for i, word in enumerate(said, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(gold, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (word != other))
    return row[-1] / max(1, len(gold))


def seconds(run: Callable[[], object]) -> float:
    """The shortest of three runs."""
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def mixed() -> None:
    """Score completions of every type but text."""
    for i in range(COMPLETIONS):
        kind, texts, gold, options = MIXED[i % len(MIXED)]
        accuracy(texts[i // len(MIXED) % len(texts)], gold, kind, options, Reading.STRICT)


def through_tasks() -> float:
    """Completions a second, right ones and wrong ones of all six tasks in turn."""
    record = Record(
        id="made/train/1/0",
        source="made",
        split="train",
        role=Role.TRAINING,
        media=Media("video", "1", "1.mp4", duration_s=40.0),
        question="why does the dog bark",
        options=["to play", "to eat", "to warn", "to sleep"],
        answer="B",
        answer_type=AnswerType.MULTIPLE_CHOICE,
        spans=[Interval(0.21, 0.46), Interval(0.7, 0.8)],
        spans_s=[Interval(8.4, 18.4), Interval(28.0, 32.0)],
        flags=[],
        licence="MIT",
        meta='{"think":"The dog stands at the door and looks out."}',
    )
    asked = [(task, task.gold(record)) for task in TASKS if task.fits(record)]
    turns = [(task, gold[:cut]) for task, gold in asked if gold for cut in (None, -1)]
    rounds = COMPLETIONS // len(turns)

    def score() -> None:
        for _ in range(rounds):
            for task, completion in turns:
                task.scores(record, completion)

    return rounds * len(turns) / seconds(score)


def main() -> None:
    """Print the figures."""
    chance = random.Random(0)
    pairs = [
        tuple(" ".join(chance.choices(WORDS, k=chance.randint(10, 40))) for _ in range(2))
        for _ in range(PAIRS)
    ]
    split = [(said.split(), gold.split()) for said, gold in pairs]
    known = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    ours = seconds(lambda: [published_rouge(said, gold) for said, gold in pairs])
    theirs = seconds(lambda: [known.score(gold, said) for said, gold in pairs])
    quick = seconds(lambda: [word_error_rate(*pair) for pair in split])
    plain = seconds(lambda: [plain_wer(*pair) for pair in split])
    print(f"through all tasks {through_tasks():12,.0f} a second")
    print(f"mixed types       {COMPLETIONS / seconds(mixed):12,.0f} a second")
    print(f"ROUGE             {PAIRS / ours:12,.0f} a second, {theirs / ours:.1f} x rouge-score")
    print(f"word error rate   {PAIRS / quick:12,.0f} a second, {plain / quick:.1f} x plain")


if __name__ == "__main__":
    main()
