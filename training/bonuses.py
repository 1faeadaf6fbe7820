"""The two bonuses of T-GRPO: reasoning over time, and reasoning at length, rewarded by the group.

A bonus looks at all completions of one prompt, so it is no score of a single one: it is kept apart
from the scores and added by the trainer. Video-R1's code adds both bonuses to the summed scores
before the group is normalised. Where all right answers score alike, a bonus that all of them get
changes no normalised advantage; a trainer may therefore add these lists to the advantages instead.

Defaults are the paper's; the released code's values stand beside them by name. What differs is
numbered as in the comparison of paper and code: 1 (the margin), 2 (what is right), 4 (how many
right answers the length bonus asks for).

Axes: G, the completions of a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class TemporalBonus:
    """When right answers earn the temporal bonus (Video-R1, equations 1 and 2).

    The group that saw the frames in order must do at least as well as the group that saw them
    shuffled: `p >= margin * p_shuffled`, or `>` where strict.

    Args:
        alpha: added to each right answer.
        margin: of the shuffled group's result. The paper compares with 1.0 (difference 1: the
            code with 0.8).
        strict: the ordered group must do better, as the paper's introduction says ("exceeds");
            its equation 1, and the code, take `>=`.
        correct_above: a score above it is right. 0.5 is the paper's example for continuous scores
            (difference 2: the code takes 0.1).
        proportion: `p` is the share of right answers, as in the paper; where False, it is the
            mean score, as in the code. The two agree where scores are 0 or 1.
    """

    alpha: float = 0.3
    margin: float = 1.0
    strict: bool = False
    correct_above: float = 0.5
    proportion: bool = True


@dataclass(frozen=True, slots=True)
class LengthBonus:
    """Which right answers earn the length bonus (Video-R1, equation 5).

    Args:
        omega: added to each right answer of a length in [shortest, longest].
        shortest: in tokens, the end token included.
        longest: in tokens, the end token included.
        correct_above: a score above it is right.
        fewest_correct: right answers, of any length, that the group must hold. The paper has no
            such condition (difference 4: the code asks for 2).
    """

    omega: float = 0.2
    shortest: int = 320
    longest: int = 512
    correct_above: float = 0.5
    fewest_correct: int = 1


TEMPORAL_BONUSES: Mapping[str, TemporalBonus] = MappingProxyType(
    {
        "default": TemporalBonus(),
        "published": TemporalBonus(margin=0.8, correct_above=0.1, proportion=False),
    }
)
LENGTH_BONUSES: Mapping[str, LengthBonus] = MappingProxyType(
    {
        "default": LengthBonus(),
        "published": LengthBonus(correct_above=0.1, fewest_correct=2),
        "videoreasoner": LengthBonus(
            shortest=100, longest=256, correct_above=0.1, fewest_correct=2
        ),
    }
)


def uses_order(
    scores_G: Sequence[float],
    shuffled_scores: Sequence[float],
    rule: TemporalBonus = TEMPORAL_BONUSES["default"],
) -> bool:
    """Whether the group does well enough against its shuffled twin for the temporal bonus.

    True also where both groups are all wrong and the rule is not strict; no answer earns then.

    Args:
        scores_G: outcome scores of the completions that saw the frames in order.
        shuffled_scores: outcome scores of those that saw them shuffled; any number but none
            (the paper takes half as many).
        rule: the paper's, the code's or your own.

    Raises:
        ValueError: a group is empty.
    """
    ordered, shuffled = _result(scores_G, rule), _result(shuffled_scores, rule)
    mark = rule.margin * shuffled
    return ordered > mark if rule.strict else ordered >= mark


def temporal_bonus(
    scores_G: Sequence[float],
    shuffled_scores: Sequence[float] | None,
    rule: TemporalBonus = TEMPORAL_BONUSES["default"],
) -> list[float]:
    """The temporal bonus of each completion of a group.

    Args:
        scores_G: outcome scores of the completions that saw the frames in order.
        shuffled_scores: outcome scores of those that saw them shuffled; None where there is no
            order to lose, as for an image: then nothing is added.
        rule: the paper's, the code's or your own.

    Returns:
        G values, `rule.alpha` or 0.

    Raises:
        ValueError: a group is empty.
    """
    if shuffled_scores is None or not uses_order(scores_G, shuffled_scores, rule):
        return [0.0] * len(scores_G)
    return [rule.alpha if score > rule.correct_above else 0.0 for score in scores_G]


def length_bonus(
    scores_G: Sequence[float],
    lengths_G: Sequence[int],
    rule: LengthBonus = LENGTH_BONUSES["default"],
) -> list[float]:
    """The length bonus of each completion of a group, of videos and images alike.

    Args:
        scores_G: outcome scores, before any bonus.
        lengths_G: tokens of each completion, up to the first end token and with it.
        rule: the paper's, the code's or your own.

    Returns:
        G values, `rule.omega` or 0.

    Raises:
        ValueError: there are not as many lengths as scores.
    """
    correct_G = [score > rule.correct_above for score in scores_G]
    enough = sum(correct_G) >= rule.fewest_correct
    return [
        rule.omega if enough and correct and rule.shortest <= length <= rule.longest else 0.0
        for correct, length in zip(correct_G, lengths_G, strict=True)
    ]


def _result(scores: Sequence[float], rule: TemporalBonus) -> float:
    """How well a group did: its share of right answers, or its mean score."""
    if not scores:
        raise ValueError("the temporal bonus compares two groups, and one of them is empty")
    if rule.proportion:
        return sum(score > rule.correct_above for score in scores) / len(scores)
    return sum(scores) / len(scores)
