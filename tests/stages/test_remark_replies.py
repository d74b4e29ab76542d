import pyarrow as pa

from data.columns import REMARKS
from data.table import values
from data.thinking.thinking import Thinking
from stages.replies.remark_replies import UNDECLARED_MARKS, RemarkReplies

REPLIES = [
    "<ponder>\nsix sevens\n</ponder>\nThe answer is 42.",
    "<think>\nsix sevens\n</think>\nThe answer is 42.",
    "The answer is 42.",
]


def remarked(thinking: Thinking) -> list[list[str]]:
    return values(RemarkReplies(thinking=thinking)(pa.table({"reply": REPLIES})), REMARKS)


def test_marks_that_nobody_declared_are_remarked() -> None:
    assert remarked(Thinking()) == [[UNDECLARED_MARKS], [], []]


def test_marks_that_the_run_file_declares_are_not() -> None:
    assert remarked(Thinking(open="<ponder>", close="</ponder>")) == [[], [], []]
