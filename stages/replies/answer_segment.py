"""Where a reply stops reasoning and states its answer, so that the answer is never shortened or said twice."""

import re
from dataclasses import dataclass

from data.boxes import outermost, read_boxes
from data.prompts.wording import END_THINK
from data.thinking.turn import read_turn, write_turn
from stages.answers.equivalence import normal, same
from stages.answers.find.extract import stated_answer
from stages.replies.statement import statement

BOXED = "\\boxed{"
_ENDS = re.compile(r"(?<=[.!?])[ \t]+|(?<=[。！？])|\n+")
_WORK = re.compile(r"[\d=+*/×÷<>]")
_OPERATOR = re.compile(r"[=+×÷<>]|(?<!\*)\*(?!\*)")
_HASHES = re.compile(r"#{4}[ \t]*[^\s=]+(?:[ \t]+[^\s=]+){0,3}")
"""GSM8K's own last line."""
_BOX_ALONE = re.compile(r"[\s$\\()\[\]]{0,9}\\boxed\{[^{}\n]{0,200}\}[\s$\\()\[\].]{0,9}")
_HEADING = re.compile(
    r"\W{0,9}(?:(?:the|my)\s)?(?:final\s)?(?:answer|result|solution|antwort|réponse(?:\sfinale)?|respuesta(?:\sfinal)?|"
    r"ответ|(?:最终)?答案|答え)\W{0,9}",
    re.IGNORECASE,
)
"""`**Final Answer**` on a line of its own."""
_NAMED = re.compile(
    r"\W{0,4}(?:the\s)?(?:final\s)?answer\W{1,4}(?:is\W{1,3})?\w{1,20}\s?=\s?[^=+*/×÷<>\n]{1,60}\W{0,4}", re.IGNORECASE
)
"""`ANSWER: x = 7` announces and works nothing out."""
_WORDS, _WORDS_OF_ANSWER = 12, 8
"""A sentence of more words beside its box, or beside its announced answer, says more than the answer."""
_LONGEST = 1_000
"""A sentence of more characters states nothing alone."""


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

    def with_reasoning(self, text: str, answer: str | None, kind: str | None = None) -> str:
        """Return the reply with other reasoning; behind the reasoning it then boxes its answer exactly once.

        What follows the marks of thought stays: its boxes but the last are opened, and where it has none the answer is
        stated behind it. Without marks the answer is stated anew.
        """
        said = statement(answer, kind, self.reasoning)
        if not self.is_marked:
            return f"{text}\n\n{said}"
        tail = _boxed_once(self.tail)
        if not read_boxes(tail):
            tail = f"{tail.rstrip()}\n\n{said}" if END_THINK in tail else f"{tail.rstrip()}\n{END_THINK}\n\n{said}"
        return f"{self.head}{text}{tail}"


def parts_of(text: str, answer: str | None = None) -> Parts:
    """Take a turn in its one written form apart, or one without marks; head, reasoning and tail together are it.

    Without marks the reasoning ends where the last sentence states the answer and says little else. Where the `answer`
    is known it must be that one.
    """
    turn = read_turn(text)
    if turn.reasoning is not None and (turn.reasoning.strip() or turn.answer is None):
        whole = write_turn(turn.reasoning, turn.answer)
        begin = len(write_turn("", None))
        return Parts(whole[:begin], turn.reasoning, whole[begin + len(turn.reasoning) :])
    said = turn.answer or ""
    cut = _cut(said, answer)
    return Parts("", said[:cut], said[cut:])


def box_wrappers(text: str) -> list[tuple[int, int]]:
    """Return the spans of each `\\boxed{` and of the brace that ends it; what is boxed stays."""
    return sorted(span for box in read_boxes(text) for span in box.wrappers)


def _boxed_once(tail: str) -> str:
    """Return what follows the reasoning with every box opened but the last closed one."""
    boxes = read_boxes(tail)
    last = next((box for box in reversed(boxes) if box.closed), None)
    for begin, end in sorted((span for box in boxes if box is not last for span in box.wrappers), reverse=True):
        tail = tail[:begin] + tail[end:]
    return tail


def _cut(cot: str, answer: str | None) -> int:
    """Return where the last sentence begins if it states the answer and little else; else the end.

    A box that stands alone before it belongs to it, and a heading that announces it.
    """
    begins = [0, *(found.end() for found in _ENDS.finditer(cot))]
    end = len(cot)
    while begins and not cot[begins[-1] : end].strip():
        end = begins.pop()
    if not begins or not _states(cot[begins[-1] : end].strip(), answer):
        return len(cot)
    cut = begins.pop()
    while begins and _belongs(cot, begins[-1], cut):
        cut = begins.pop()
    return cut


def _belongs(cot: str, begin: int, end: int) -> bool:
    """Tell whether what stands before a statement is part of it: blanks, a lone box, a heading."""
    if not cot[begin:end].strip():
        return True
    return any(pattern.fullmatch(cot, begin, end) is not None for pattern in (_BOX_ALONE, _HEADING))


def _states(sentence: str, answer: str | None) -> bool:
    """Tell whether a sentence states an answer and little else: boxed, behind `####` or announced, with no work."""
    if len(sentence) > _LONGEST:
        return False
    if _HASHES.fullmatch(sentence) or _NAMED.fullmatch(sentence):
        return True
    boxes = outermost(read_boxes(sentence))
    if boxes:
        begins, ends = [0, *(box.stop for box in boxes)], [*(box.start for box in boxes), len(sentence)]
        bare = "".join(sentence[begin:end] for begin, end in zip(begins, ends, strict=True))
        return not _WORK.search(bare) and _words(bare) <= _WORDS
    said = stated_answer(sentence)
    if said is None or said.lower().startswith("not "):
        return False
    if answer is None:
        return not _OPERATOR.search(said) and max(_words(said), _words(sentence) - _words(said)) <= _WORDS_OF_ANSWER
    rest = sentence.replace(answer, "", 1) if answer in sentence else sentence.replace(said, "", 1)
    return _is(said, answer) and not _OPERATOR.search(rest) and _words(rest) <= _WORDS_OF_ANSWER


def _is(said: str, answer: str) -> bool:
    stands = re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", said)
    return stands is not None or same(normal(said, None), normal(answer, None), None)


def _words(text: str) -> int:
    """Return how many words a text has, a sign of writing without blanks for half of one."""
    return len(text.split()) + sum("\u3040" <= sign <= "\u9fff" for sign in text) // 2
