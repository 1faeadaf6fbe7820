"""The instruction that `answer`, `ground` and `elements` share, after VideoReasoner.

The context of one record is the same for the three tasks: which of them is meant is said by the
prefix that the assistant's turn begins with. The words are ours, the tokens are published.
"""

from __future__ import annotations

from schemas.answers import AnswerType
from schemas.asking import answer_form, medium, question
from schemas.record import Record

EVENT_START = "<|event_start|>"
EVENT_END = "<|event_end|>"
# Of all that the released code adds to the tokenizer, in its order; two of them are in use.
PUBLISHED_TOKENS = (
    "<|segment_pad|>",
    EVENT_START,
    EVENT_END,
    "<|video_zoomin|>",
    "<|keyframe_selection_tool|>",
    "<|keyframe_start|>",
    "<|keyframe_end|>",
    "<|keyframes_embed|>",
    "<|keyframes_pad|>",
)

SYSTEM = "You are an assistant that looks closely at videos and images."


def instruction(record: Record) -> str:
    """The user's turn: the forms of a response, then the question with its options."""
    form = answer_form(record)
    if record.answer_type is AnswerType.MULTIPLE_CHOICE:
        form += " and its text"
    if medium(record) == "image":
        forms = f"Look at the image and answer the question. Write {form}."
    else:
        forms = (
            "Watch the video and respond in one of three forms.\n"
            f"(1) Where the event is: {EVENT_START}[start, end]{EVENT_END}, both as ratios of the "
            "video's length, from 0 to 1.\n"
            "(2) The key elements: a list on one line, with commas between them.\n"
            f"(3) The answer: {form}."
        )
    return f"{forms}\nQuestion: {question(record)}"
