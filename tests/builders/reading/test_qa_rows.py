import pytest

from builders.reading.qa_rows import column_letter, open_answer, option_columns
from schemas.answers import AnswerType
from schemas.errors import BadRow


@pytest.mark.parametrize(
    ("published", "answer", "kind"),
    [
        ("Yes.", "yes", AnswerType.BOOLEAN),
        (" NO ", "no", AnswerType.BOOLEAN),
        ("6", "6", AnswerType.NUMERICAL),
        ("-2.50", "-2.50", AnswerType.NUMERICAL),
        ("6.", "6", AnswerType.NUMERICAL),
        ("two", "two", AnswerType.FREE_FORM),
        ("1,000", "1,000", AnswerType.FREE_FORM),
        ("Yes, it is.", "Yes, it is.", AnswerType.FREE_FORM),
        ("nan", "nan", AnswerType.FREE_FORM),
    ],
)
def test_how_open_answers_are_compared(published: str, answer: str, kind: AnswerType) -> None:
    assert open_answer(published) == (answer, kind)


def test_an_empty_answer_is_refused() -> None:
    with pytest.raises(BadRow, match="empty"):
        open_answer("  ")


def test_option_columns_end_where_the_numbering_ends() -> None:
    assert option_columns({"a0": " x", "a1": "y ", "a3": "z", "answer": "x"}) == ["x", "y"]
    with pytest.raises(BadRow, match="no options"):
        option_columns({"question": "why"})


def test_an_answer_text_that_two_options_have_is_flagged() -> None:
    assert column_letter({"answer": "x"}, ["y", "x", "x"]) == ("B", ["ambiguous_answer"])
    row = {"answer": "x", "answer_number": "2"}
    assert column_letter(row, ["y", "x", "x"]) == ("C", [])
