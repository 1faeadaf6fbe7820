"""One rendering for SFT, RL and inference: the same ids, bounds that hold, a mask for each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("transformers")

from schemas.task import Prompt, examples
from schemas.unified import PUBLISHED_TOKENS
from tests.schemas.records import record
from tests.training.families import FAMILIES, make
from training.prompts import (
    CONTROL,
    TOKENS,
    add_tokens,
    load_tokenizer,
    render,
    sampled,
    widened,
)

SPAN = "<|event_start|>[0.43, 0.70]<|event_end|>"
# Prefixes and gold completions of the tasks, and odd completions that a model may write.
SAID = [
    ("The answer is: ", "B. unwrap it"),
    ("The answer is: ", "B"),
    ("The answer is: ", " B"),
    ("The answer is: ", ""),
    ("I want to locate the key event in the video. ", SPAN),
    ("I want to output the key elements: ", "the man, the dog"),
    ("", "<think>It opens the door.</think><answer>B</answer>"),
    ("", "\n\nB"),
    ("", "\u0301 \u4f60\u597d \U0001f600\n"),
]
MAN = Prompt("Watch the video.\nQuestion: what does the man do?", "You look at it.")
MAN_ANSWERS = Prompt(MAN.text, MAN.system, "The answer is: ")


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    """Each family in turn."""
    name: str = request.param
    return name


@pytest.fixture
def tokenizer(family: str) -> Any:
    """A tokenizer of each family in turn, without tokens of ours."""
    return make(family)


def asked(prefix: str = "", system: str | None = "You look at it.") -> Prompt:
    return Prompt(f"Say {SPAN} or B.\nQuestion: what does the man do?", system, prefix)


def with_tokens(family: str) -> Any:
    tokenizer = make(family)
    add_tokens(tokenizer)
    return tokenizer


def encoded(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer.encode(text, add_special_tokens=False))


def decoded(tokenizer: Any, ids: tuple[int, ...]) -> str:
    text: str = tokenizer.decode(list(ids), skip_special_tokens=False)
    return text


# The contexts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "first"),
    [
        ("qwen2-vl", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"),
        ("qwen2.5-vl", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"),
        ("qwen3-vl", ""),
        ("qwen3-vl-thinking", ""),
    ],
)
def test_the_template_s_own_system_turn_stands_where_the_prompt_has_none(
    family: str, first: str
) -> None:
    row = render(make(family), Prompt("What is it?"), "video")
    assert row.context == (
        f"{first}<|im_start|>user\n"
        "<|vision_start|><|video_pad|><|vision_end|>What is it?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_every_family_gives_one_context_where_the_system_turn_is_ours(tokenizer: Any) -> None:
    row = render(tokenizer, MAN, "image")
    assert row.context == (
        "<|im_start|>system\nYou look at it.<|im_end|>\n"
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>"
        "Watch the video.\nQuestion: what does the man do?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_frames_are_shown_as_a_video(tokenizer: Any) -> None:
    assert render(tokenizer, MAN, "frames") == render(tokenizer, MAN, "video")


def test_one_newline_stands_before_the_assistant_s_words(tokenizer: Any) -> None:
    row = render(tokenizer, asked("The answer is: "), "video", "B")
    assert decoded(tokenizer, row.ids).endswith(
        "<|im_end|>\n<|im_start|>assistant\nThe answer is: B<|im_end|>"
    )


# The ids -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("prefix", "completion"), SAID)
def test_training_on_a_completion_reads_the_ids_that_sampling_it_gives(
    family: str, prefix: str, completion: str
) -> None:
    tokenizer = with_tokens(family)
    trained = render(tokenizer, asked(prefix), "video", completion)
    asked_only = render(tokenizer, asked(prefix), "video")
    assert asked_only.ids == asked_only.prompt_ids == trained.prompt_ids
    padding = [tokenizer.pad_token_id] * 3
    rolled_out = sampled(tokenizer, asked_only, [*trained.completion_ids, *padding])
    assert rolled_out == trained


@pytest.mark.parametrize(("prefix", "completion"), SAID)
def test_an_engine_that_tokenises_the_prompt_s_text_gets_the_same_ids(
    family: str, prefix: str, completion: str
) -> None:
    tokenizer = with_tokens(family)
    row = render(tokenizer, asked(prefix), "video", completion)
    assert encoded(tokenizer, row.prompt) == row.context_ids + row.prefix_ids == row.prompt_ids
    assert row.ids == row.prompt_ids + row.completion_ids


def test_the_prefix_s_space_is_a_token_of_its_own_in_every_stage(family: str) -> None:
    tokenizer = with_tokens(family)
    row = render(tokenizer, asked("The answer is: "), "video", "B")
    joined = encoded(tokenizer, row.prompt + "B<|im_end|>")
    assert [decoded(tokenizer, (id,)) for id in row.ids[-4:]] == [":", " ", "B", "<|im_end|>"]
    assert [decoded(tokenizer, (id,)) for id in joined[-3:]] == [":", " B", "<|im_end|>"]


@pytest.mark.parametrize(("prefix", "completion"), SAID)
def test_decoding_the_ids_gives_the_text_back(family: str, prefix: str, completion: str) -> None:
    tokenizer = with_tokens(family)
    row = render(tokenizer, asked(prefix), "video", completion)
    assert decoded(tokenizer, row.context_ids) == row.context
    assert decoded(tokenizer, row.prefix_ids) == prefix
    assert decoded(tokenizer, row.completion_ids) == completion + "<|im_end|>"


def test_a_record_s_examples_are_rendered_alike_in_every_stage(family: str) -> None:
    tokenizer = with_tokens(family)
    with_gold = [one for one in examples(record()) if one.target is not None]
    for one in with_gold:
        trained = render(tokenizer, one.prompt, one.media.kind, one.target)
        asked_only = render(tokenizer, one.prompt, one.media.kind)
        assert sampled(tokenizer, asked_only, trained.completion_ids) == trained
        assert encoded(tokenizer, trained.prompt) == trained.prompt_ids
        assert decoded(tokenizer, trained.completion_ids) == f"{one.target}<|im_end|>"
    assert {"answer", "ground"} <= {one.task for one in with_gold}


def test_answer_and_ground_of_one_record_share_the_context_s_ids(tokenizer: Any) -> None:
    answer, ground = (
        render(tokenizer, one.prompt, one.media.kind)
        for one in examples(record(), ["answer", "ground"])
    )
    assert answer.context_ids == ground.context_ids
    assert answer.prefix == "The answer is: "
    assert ground.prefix == "I want to locate the key event in the video. "


SMALL = with_tokens("qwen2.5-vl")


TEXT = st.text(max_size=40).filter(lambda text: not any(token in text for token in CONTROL))


@given(TEXT)
def test_any_completion_is_read_alike_in_training_and_sampling(text: str) -> None:
    row = render(SMALL, asked("The answer is: "), "video", text)
    again = sampled(SMALL, render(SMALL, asked("The answer is: "), "video"), row.completion_ids)
    assert again.ids == row.ids
    assert again.prompt == row.prompt


@given(TEXT.filter(lambda text: not text[:1].isspace()))
def test_any_prefix_that_is_taken_keeps_its_bound(prefix: str) -> None:
    row = render(SMALL, asked(prefix), "video")
    assert encoded(SMALL, row.prompt) == row.prompt_ids


# What is sampled ---------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["<|im_end|>", "<|endoftext|>"])
def test_what_follows_the_first_end_token_is_cut_off(tokenizer: Any, end: str) -> None:
    row = sampled(
        tokenizer, render(tokenizer, MAN, "video"), encoded(tokenizer, f"B{end}A<|im_end|>")
    )
    assert row.completion == "B"
    assert row.completion_ids == encoded(tokenizer, f"B{end}")


def test_a_completion_that_was_cut_short_has_no_end_token(tokenizer: Any) -> None:
    row = sampled(tokenizer, render(tokenizer, MAN, "video"), encoded(tokenizer, "the man"))
    assert (row.completion, row.completion_ids) == ("the man", encoded(tokenizer, "the man"))


def test_event_tokens_stay_in_the_text_that_is_scored(family: str) -> None:
    tokenizer = with_tokens(family)
    row = sampled(tokenizer, render(tokenizer, MAN, "video"), encoded(tokenizer, SPAN))
    assert row.completion == SPAN


def test_sampled_ids_are_kept_though_their_text_would_be_tokenised_otherwise(
    tokenizer: Any,
) -> None:
    ids = encoded(tokenizer, "the") + encoded(tokenizer, " ") + encoded(tokenizer, "man")
    row = sampled(tokenizer, render(tokenizer, MAN, "video"), ids)
    assert row.completion == "the man"
    assert row.completion_ids == ids != encoded(tokenizer, "the man")


# What is trained ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "trained"),
    [(True, "The answer is: B<|im_end|>"), (False, "B<|im_end|>")],
)
def test_sft_trains_the_prefix_and_rl_does_not(tokenizer: Any, prefix: bool, trained: str) -> None:
    row = render(tokenizer, MAN_ANSWERS, "video", "B")
    mask = row.loss_mask(prefix=prefix)
    assert len(mask) == len(row.ids)
    kept = tuple(id for id, one in zip(row.ids, mask, strict=True) if one)
    assert decoded(tokenizer, kept) == trained


# The media ---------------------------------------------------------------------------------------


def expansions() -> list[tuple[str, str]]:
    two = "<|vision_start|><|video_pad|><|video_pad|><|vision_end|>"
    times = f"<0.2 seconds>{two}<1.2 seconds>{two}"
    return [
        ("qwen2-vl", two),
        ("qwen2.5-vl", two),
        ("qwen3-vl", times),
        ("qwen3-vl-thinking", times),
    ]


@pytest.mark.parametrize(("family", "media"), expansions())
def test_the_media_widen_the_context_and_nothing_else(family: str, media: str) -> None:
    tokenizer = make(family)
    row = render(tokenizer, MAN_ANSWERS, "video", "B")
    place = "<|vision_start|><|video_pad|><|vision_end|>"
    ids = encoded(tokenizer, row.context.replace(place, media))
    wide = widened(tokenizer, row, ids)
    assert wide.ids == ids + row.prefix_ids + row.completion_ids
    assert sum(wide.loss_mask(prefix=False)) == sum(row.loss_mask(prefix=False)) == 2


def other_contexts() -> list[Callable[[str], str]]:
    return [
        lambda text: text.replace("man", "dog"),
        lambda text: text.replace("You look", "You"),
        lambda text: text.replace("<|video_pad|>", ""),
        lambda text: text + "\n",
        lambda text: "",
    ]


@pytest.mark.parametrize("change", other_contexts())
def test_a_context_that_differs_in_more_than_the_media_is_refused(
    tokenizer: Any, change: Callable[[str], str]
) -> None:
    row = render(tokenizer, MAN, "video")
    with pytest.raises(ValueError, match="not the ids of the row's context"):
        widened(tokenizer, row, encoded(tokenizer, change(row.context)))


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("token", CONTROL)
def test_a_text_with_a_token_of_the_template_is_refused(token: str) -> None:
    for prompt, said in [
        (Prompt(f"What is {token}?"), None),
        (Prompt("What?", system=f"You {token}"), None),
        (Prompt("What?", prefix=f"It is {token}"), None),
        (Prompt("What?"), f"B{token}"),
    ]:
        with pytest.raises(ValueError, match="only a chat template may write"):
            render(SMALL, prompt, "video", said)


@pytest.mark.parametrize("prefix", ["\nThe answer is: ", " The answer is: "])
def test_a_prefix_that_would_join_the_newline_before_it_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="begins with white space"):
        render(SMALL, asked(prefix), "video")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ messages[0].role }}", "does not open the assistant's turn"),
        ("What?<|im_start|>assistant\n\n", "leaves out the video"),
        ("<|video_pad|><|im_start|>assistant\n\n", "changes the words"),
    ],
)
def test_a_template_that_loses_something_is_refused(template: str, message: str) -> None:
    tokenizer = make("qwen2-vl")
    tokenizer.chat_template = template
    with pytest.raises(ValueError, match=message):
        render(tokenizer, Prompt("What?"), "video")


# Tokens of our own -------------------------------------------------------------------------------


def test_two_event_tokens_are_added_at_the_end(tokenizer: Any) -> None:
    length = len(tokenizer)
    added = add_tokens(tokenizer)
    assert added.ids == {"<|event_start|>": length, "<|event_end|>": length + 1}
    assert added.new == ("<|event_start|>", "<|event_end|>")
    assert added.rows == len(tokenizer) == length + 2


def test_the_nine_published_tokens_are_added_in_their_order(tokenizer: Any) -> None:
    length = len(tokenizer)
    added = add_tokens(tokenizer, TOKENS["published"])
    assert list(added.ids) == list(PUBLISHED_TOKENS)
    assert list(added.ids.values()) == list(range(length, length + 9))


def test_adding_again_changes_nothing(tokenizer: Any) -> None:
    first = add_tokens(tokenizer, TOKENS["published"])
    again = add_tokens(tokenizer)
    assert again.new == ()
    assert again.start_from == {}
    assert again.rows == first.rows
    assert all(again.ids[token] == first.ids[token] for token in TOKENS["default"])


def test_every_added_token_is_one_id_and_special(tokenizer: Any) -> None:
    added = add_tokens(tokenizer, TOKENS["published"])
    for token, id in added.ids.items():
        assert encoded(tokenizer, f"a{token}b")[1:2] == (id,)
        assert decoded(tokenizer, (id,)) == token
    assert tokenizer.decode(list(added.ids.values()), skip_special_tokens=True) == ""
    template = [tokenizer.convert_tokens_to_ids(token) for token in CONTROL]
    assert tokenizer.decode(template, skip_special_tokens=True) == ""


def test_a_new_token_starts_from_the_words_of_its_name(tokenizer: Any) -> None:
    added = add_tokens(tokenizer, TOKENS["published"])
    words = {decoded(tokenizer, ids) for ids in added.start_from.values()}
    assert set(added.start_from) == set(added.ids.values())
    assert {"event start", "event end", "keyframe selection tool", "segment pad"} <= words


def test_embeddings_grow_where_they_must_and_keep_their_padding() -> None:
    added = add_tokens(make("qwen2-vl"))
    assert added.rows_for(added.rows - 2) == added.rows
    assert added.rows_for(added.rows + 400) == added.rows + 400


def test_a_saved_tokenizer_renders_as_before(family: str, tmp_path: Path) -> None:
    tokenizer = with_tokens(family)
    tokenizer.save_pretrained(tmp_path)
    again = load_tokenizer(str(tmp_path))
    prompt = asked("I want to locate the key event in the video. ")
    assert render(again, prompt, "video", SPAN) == render(tokenizer, prompt, "video", SPAN)
    assert add_tokens(again).new == ()


def test_families_differ_in_ids_alone_where_the_system_turn_is_ours() -> None:
    rows = [
        render(with_tokens(family), asked("The answer is: "), "video", "B") for family in FAMILIES
    ]
    assert len({(row.context, row.prefix, row.completion) for row in rows}) == 1
