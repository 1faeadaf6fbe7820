"""What a model reads: tokens of our own, the chat template, and where each part of a row begins.

`render` is the one way from a prompt to token ids, in SFT, in RL and in inference. A row has three
parts, each turned into ids on its own and joined after:

    context      system and user turns, up to the newline after `<|im_start|>assistant`
    prefix       the words that the assistant's turn begins with
    completion   what is said then, and `<|im_end|>`

The released code of VideoReasoner gives its stages different contexts: two newlines before the
assistant's words in SFT, one in RL, a stray `>` in inference. It also joins `: ` and `B` into the
tokens `:` and ` B` in SFT alone, since in RL the prefix is already ids when the letter is sampled.
Here the bounds are fixed, so the ids are the same whoever writes the completion; only the loss
mask differs.

Nothing here needs torch. The vision processor widens the placeholder of the media later
(`widened`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

from schemas.asking import TURN_END
from schemas.task import Prompt
from schemas.unified import EVENT_END, EVENT_START, PUBLISHED_TOKENS

HEADER = "<|im_start|>assistant\n"
# What ends a completion: the turn, or the text.
ENDS = (TURN_END, "<|endoftext|>")
# One stands in the context for the whole video or image.
PADS: Mapping[str, str] = MappingProxyType({"video": "<|video_pad|>", "image": "<|image_pad|>"})
# Tokens that only a template may write: in a question they would end a turn or stand for media.
CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    TURN_END,
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
# The paper speaks of two tokens, the code adds nine.
TOKENS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"default": (EVENT_START, EVENT_END), "published": PUBLISHED_TOKENS}
)


class Tokenizer(Protocol):
    """What we use of a tokenizer of `transformers`."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...
    def decode(
        self, ids: Sequence[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool
    ) -> str: ...
    def get_vocab(self) -> dict[str, int]: ...
    def convert_tokens_to_ids(self, token: str) -> int: ...
    def add_special_tokens(
        self, tokens: dict[str, list[str]], *, replace_extra_special_tokens: bool
    ) -> int: ...
    def apply_chat_template(
        self, conversation: list[dict[str, Any]], *, add_generation_prompt: bool, tokenize: bool
    ) -> Any: ...


# Tokens of our own ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddedTokens:
    """Special tokens of a tokenizer, and what the model's embeddings need for them.

    What must happen before training:
    - Both embedding matrices (input and output, where they are not one) must have
      `rows_for(rows)` rows. The released code never resizes: the padded rows of Qwen2-VL and
      Qwen2.5-VL are enough. Resizing to the tokenizer's length would cut that padding off.
    - The rows of new tokens were never trained. `start_from` names the tokens of the words in each
      one's name; the mean of their rows is a place to start. The released code starts from the
      rows as they are.
    - The rows must be trained: adapters on other layers leave them as they are.
    - A reference model or a rollout engine must load the model saved after this, not before.

    Args:
        ids: of each token, by its text.
        new: texts that the tokenizer did not hold before.
        rows: one more than the tokenizer's highest id.
        start_from: for each new token's id, the ids of the words in its name.
    """

    ids: Mapping[str, int]
    new: tuple[str, ...]
    rows: int
    start_from: Mapping[int, tuple[int, ...]]

    def rows_for(self, rows: int) -> int:
        """How many rows an embedding matrix of so many must have; never fewer than it has."""
        return max(rows, self.rows)


def add_tokens(tokenizer: Tokenizer, tokens: Sequence[str] = TOKENS["default"]) -> AddedTokens:
    """Add special tokens to a tokenizer, in order; those it holds keep their ids.

    Args:
        tokenizer: is changed.
        tokens: the two event tokens, or all nine of the released code (`TOKENS["published"]`).
    """
    known = tokenizer.get_vocab()
    new = tuple(token for token in tokens if token not in known)
    start = [_ids(tokenizer, token.strip("<|>").replace("_", " ")) for token in new]
    tokenizer.add_special_tokens(
        {"extra_special_tokens": list(tokens)}, replace_extra_special_tokens=False
    )
    vocabulary = tokenizer.get_vocab()
    return AddedTokens(
        ids={token: vocabulary[token] for token in tokens},
        new=new,
        rows=max(vocabulary.values()) + 1,
        start_from={vocabulary[token]: words for token, words in zip(new, start, strict=True)},
    )


def load_tokenizer(model: str) -> Tokenizer:
    """The tokenizer of a model, with the chat template that is saved beside it.

    Args:
        model: folder or name of a Qwen2-VL, Qwen2.5-VL or Qwen3-VL model. Give the Instruct
            model's where base weights are trained, as VideoReasoner does.
    """
    from transformers import AutoTokenizer

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(model)
    return tokenizer


# Rendering --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt in a model's own words and ids, with a completion or without.

    Args:
        context: text up to the assistant's first word, one placeholder for the media.
        prefix: text, trailing space included.
        completion: text without the end token; None where there is none yet.
        context_ids: of the context.
        prefix_ids: of the prefix.
        completion_ids: of the completion, the end token included where it has one.
    """

    context: str
    prefix: str
    completion: str | None
    context_ids: tuple[int, ...]
    prefix_ids: tuple[int, ...]
    completion_ids: tuple[int, ...] = ()

    @property
    def prompt(self) -> str:
        """Context and prefix; tokenised at once, it gives `prompt_ids` too."""
        return self.context + self.prefix

    @property
    def prompt_ids(self) -> tuple[int, ...]:
        """What generation starts from."""
        return self.context_ids + self.prefix_ids

    @property
    def ids(self) -> tuple[int, ...]:
        """The whole row."""
        return self.prompt_ids + self.completion_ids

    def loss_mask(self, *, prefix: bool) -> tuple[int, ...]:
        """1 for each id that is trained, else 0; as many as `ids`.

        Args:
            prefix: whether the prefix is trained too: True in VideoReasoner's SFT, False in its
                RL. The completion always is, the context never.
        """
        return (
            (0,) * len(self.context_ids)
            + (int(prefix),) * len(self.prefix_ids)
            + (1,) * len(self.completion_ids)
        )


def render(tokenizer: Tokenizer, prompt: Prompt, kind: str, completion: str | None = None) -> Row:
    """A prompt, and a completion if there is one, as a model reads them.

    The context is the chat template's own, whatever the family. What a template writes after the
    assistant's header (`<think>` in the thinking models) is left out: the prompt's prefix says
    what is forced.

    Args:
        tokenizer: with a chat template.
        prompt: what is asked.
        kind: of the media, as in `Media.kind`: `image`, else a video is asked about.
        completion: text after the prefix, without the end token, which is added.

    Raises:
        ValueError: a text holds a token that only a template may write, the prefix begins with
            white space, or the template leaves out the media, the words or the assistant's turn.
    """
    for text in (prompt.system or "", prompt.text, prompt.prefix, completion or ""):
        _refuse_control(text)
    if prompt.prefix[:1].isspace():
        raise ValueError(
            f"the prefix {prompt.prefix!r} begins with white space, which would join the newline "
            "before it where both are tokenised at once"
        )
    context = _context(tokenizer, prompt, "image" if kind == "image" else "video")
    said = () if completion is None else _completion_ids(tokenizer, completion)
    return Row(
        context,
        prompt.prefix,
        completion,
        _ids(tokenizer, context),
        _ids(tokenizer, prompt.prefix),
        said,
    )


def sampled(tokenizer: Tokenizer, row: Row, ids: Sequence[int]) -> Row:
    """A row with a completion that a model has sampled.

    The ids are kept as sampled, never made anew from text; what follows the first end token is
    cut off. The text keeps its special tokens, which scores read.

    Args:
        tokenizer: that the row was rendered with.
        row: whose prompt was completed.
        ids: sampled after `row.prompt_ids`, padding included; without an end token where the
            completion was cut short.
    """
    ends = {tokenizer.convert_tokens_to_ids(end) for end in ENDS}
    until = next((place for place, id in enumerate(ids) if id in ends), None)
    kept = tuple(ids) if until is None else tuple(ids[: until + 1])
    text = tokenizer.decode(
        list(ids[:until]), skip_special_tokens=False, clean_up_tokenization_spaces=False
    )
    return replace(row, completion=text, completion_ids=kept)


def widened(tokenizer: Tokenizer, row: Row, context_ids: Sequence[int]) -> Row:
    """The same row with the ids that the vision processor makes of its context.

    Args:
        tokenizer: that the row was rendered with.
        row: with one placeholder for the media.
        context_ids: those of `row.context`, the placeholder replaced by one token for each patch
            of the media (Qwen3-VL: with times between them).

    Raises:
        ValueError: the ids hold no media, or differ elsewhere than there.
    """
    ids = tuple(context_ids)
    pads = {tokenizer.convert_tokens_to_ids(pad) for pad in PADS.values()}
    place = next(place for place, id in enumerate(row.context_ids) if id in pads)
    # The tokens that open and close the media may be written anew with it.
    before, after = row.context_ids[: place - 1], row.context_ids[place + 2 :]
    media = ids[len(before) : len(ids) - len(after)]
    if before + media + after != ids or row.context_ids[place] not in media:
        raise ValueError("these are not the ids of the row's context with its media widened")
    return replace(row, context_ids=ids)


def _context(tokenizer: Tokenizer, prompt: Prompt, medium: str) -> str:
    """The chat template's text, up to and with the assistant's header."""
    text: str = tokenizer.apply_chat_template(
        _messages(prompt, medium), add_generation_prompt=True, tokenize=False
    )
    before, header, _ = text.rpartition(HEADER)
    if not header:
        raise ValueError(f"the chat template does not open the assistant's turn with {HEADER!r}")
    if before.count(PADS[medium]) != 1:
        raise ValueError(f"the chat template leaves out the {medium}: no {PADS[medium]}")
    if not all(words in before for words in (prompt.text, prompt.system or "")):
        raise ValueError("the chat template changes the words of the prompt")
    return before + header


def _messages(prompt: Prompt, medium: str) -> list[dict[str, Any]]:
    """The turns in the form that chat templates take."""
    user = {
        "role": "user",
        "content": [{"type": medium}, {"type": "text", "text": prompt.text}],
    }
    if prompt.system is None:
        return [user]
    # A list of parts, which the processors ask for and the templates take too.
    return [{"role": "system", "content": [{"type": "text", "text": prompt.system}]}, user]


def _completion_ids(tokenizer: Tokenizer, completion: str) -> tuple[int, ...]:
    return (*_ids(tokenizer, completion), tokenizer.convert_tokens_to_ids(TURN_END))


def _ids(tokenizer: Tokenizer, text: str) -> tuple[int, ...]:
    return tuple(tokenizer.encode(text, add_special_tokens=False))


def _refuse_control(text: str) -> None:
    for token in CONTROL:
        if token in text:
            raise ValueError(f"the text holds {token}, which only a chat template may write")
