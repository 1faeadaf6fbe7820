"""Small tokenizers of the three model families, made on the spot: their tokens, their templates."""

from functools import cache
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import Qwen2TokenizerFast

from training.prompts import CONTROL

# What the byte-pair merges are learnt from: words of our prompts, so that ` B`, `: ` and `The`
# are tokens as they are in the real vocabularies.
TEXTS = [
    "The answer is: B. unwrap it\nThe answer is: A. open the door\nThe answer is: D\n",
    "I want to locate the key event in the video. The event starts and ends in the video.\n",
    "I want to output the key elements: the man, the dog, the door, the box, the gift\n",
    "Watch the video and answer the question. Question: what does the man do?\n\nYou look at it\n",
    "system user assistant event start event end zoom segment keyframe [0.43, 0.70] [0.10, 0.25]\n",
] * 4
# How the three families split a text before byte pairs are merged (one digit a token).
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEFAULT_SYSTEM = """\
{%- if messages[0].role != 'system' -%}
<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif -%}
"""
# Written by us, to give the text that the real templates give for these turns.
TURNS = """\
{%- for message in messages -%}
{{ '<|im_start|>' + message.role + '\n' -}}
{%- if message.content is string -%}{{ message.content -}}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}{{ '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif part.type == 'video' -%}{{ '<|vision_start|><|video_pad|><|vision_end|>' -}}
{%- else -%}{{ part.text -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{ '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' -}}{%- endif -%}
"""
TEMPLATES = {
    "qwen2-vl": DEFAULT_SYSTEM + TURNS,
    "qwen2.5-vl": DEFAULT_SYSTEM + TURNS,
    "qwen3-vl": TURNS,
    "qwen3-vl-thinking": TURNS.replace("assistant\\n'", "assistant\\n<think>\\n'"),
}
# Tokens that later families hold beside the common ones; these are not special.
WORDS = {
    "qwen2-vl": [],
    "qwen2.5-vl": ["<tool_call>", "</tool_call>"],
    "qwen3-vl": ["<tool_call>", "</tool_call>", "<think>", "</think>"],
    "qwen3-vl-thinking": ["<tool_call>", "</tool_call>", "<think>", "</think>"],
}
FAMILIES = tuple(TEMPLATES)


@cache
def vocabulary() -> str:
    """A byte-level tokenizer as its file."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(TEXTS, trainer)
    return made.to_str()


def make(family: str) -> Any:
    """A tokenizer of a family, without tokens of ours."""
    tokenizer = Qwen2TokenizerFast(
        tokenizer_object=Tokenizer.from_str(vocabulary()),
        unk_token=None,
        bos_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=list(CONTROL),
    )
    tokenizer.add_tokens(WORDS[family])
    tokenizer.chat_template = TEMPLATES[family]
    return tokenizer
