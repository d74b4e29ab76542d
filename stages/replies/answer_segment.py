"""Where a reply stops reasoning and states its answer, so that the answer is never shortened or said twice."""

import re
from dataclasses import dataclass

from data.boxes import outermost, read_boxes
from data.thinking.turn import read_turn, write_turn

BOXED = "\\boxed{"
_ENDS = re.compile(r"(?<=[.!?])[ \t]+|\n+")
_PHRASE = re.compile(r"answer|therefore|thus|hence|final|result", re.IGNORECASE)
_WORK = re.compile(r"[\d=+*/×÷<>]")
_HASHES = re.compile(r"#{4}[ \t]*[^\s=]+(?:[ \t]+[^\s=]+){0,3}")
"""GSM8K's own last line."""
_NAMED = re.compile(
    r"\W{0,4}(?:the\s)?(?:final\s)?answer\W{1,4}(?:is\W{1,3})?\w{1,20}\s?=\s?[^=+*/×÷<>\n]{1,60}\W{0,4}", re.IGNORECASE
)
"""`ANSWER: x = 7` announces and works nothing out."""
_WORDS = 24
"""A sentence of more words than this tells more than the answer."""


@dataclass(frozen=True)
class Parts:
    """A reply in three: what stands before the reasoning, the reasoning, and what states the answer."""

    head: str
    reasoning: str
    """Begins where the row's `cot` begins."""
    tail: str

    @property
    def is_marked(self) -> bool:
        """Whether marks tell where the reasoning ends."""
        return bool(self.head)

    @property
    def is_stated(self) -> bool:
        """Whether the reply boxes its answer as one does: once behind the reasoning, or in it for want of marks."""
        boxes = len(read_boxes(self.tail))
        return boxes == 1 or (boxes == 0 and not self.is_marked and bool(read_boxes(self.reasoning)))

    def with_reasoning(self, text: str, answer: str | None) -> str:
        """Return the reply with other reasoning; it then boxes `answer` exactly once outside the marks."""
        if self.is_marked:
            return f"{self.head}{text}{self.tail}" if self.is_stated else write_turn(text, statement(answer))
        return f"{text}\n\n{statement(answer)}"


def statement(answer: str | None) -> str:
    """Return the sentence that states an answer (Xia et al. 2025 end every chain with it)."""
    return f"The final answer is: $\\boxed{{{answer or ''}}}$"


def parts_of(text: str) -> Parts:
    """Take a turn in its one written form apart, or one without marks; head, reasoning and tail together are it."""
    turn = read_turn(text)
    if turn.reasoning is not None and (turn.reasoning.strip() or turn.answer is None):
        whole = write_turn(turn.reasoning, turn.answer)
        begin = len(write_turn("", None))
        return Parts(whole[:begin], turn.reasoning, whole[begin + len(turn.reasoning) :])
    said = turn.answer or ""
    cut = _cut(said)
    return Parts("", said[:cut], said[cut:])


def box_wrappers(text: str) -> list[tuple[int, int]]:
    """Return the spans of each `\\boxed{` and of the brace that ends it; what is boxed stays."""
    return sorted(span for box in read_boxes(text) for span in box.wrappers)


def _cut(cot: str) -> int:
    """Return where the sentences begin that do nothing but state the answer; the end, if there are none."""
    begins = [0, *(found.end() for found in _ENDS.finditer(cot))]
    cut = len(cot)
    for begin in reversed(begins):
        sentence = cot[begin:cut].strip()
        if sentence and not _states(sentence):
            break
        cut = begin
    return cut if _anything(cot[cut:]) else len(cot)


def _states(sentence: str) -> bool:
    """Tell whether a sentence does nothing but state an answer: boxed or announced, and no work beside it."""
    if _HASHES.fullmatch(sentence) or _NAMED.fullmatch(sentence):
        return True
    boxes = outermost(read_boxes(sentence))
    if boxes:
        begins, ends = [0, *(box.stop for box in boxes)], [*(box.start for box in boxes), len(sentence)]
        bare = "".join(sentence[begin:end] for begin, end in zip(begins, ends, strict=True))
        return not _WORK.search(bare) and len(bare.split()) <= _WORDS
    return bool(_PHRASE.search(sentence)) and "=" not in sentence and len(sentence.split()) <= _WORDS


def _anything(text: str) -> bool:
    return "####" in text or bool(_PHRASE.search(text)) or bool(read_boxes(text))
