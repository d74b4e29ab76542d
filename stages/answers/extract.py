"""The final answer of a reply, and the rule that found it.

Only what stands after the reasoning counts. A box decides before a tag, a tag before `#### `, that before a stated
answer; a reply of one short line is its own answer; else, if asked, the last value of its last sentence.
"""

import re

from data.prompts import END_THINK, THINK
from stages.answers.boxes import boxed_answer
from stages.answers.prose import last_value

_SPECIAL = re.compile(r"<\|[a-z_]{2,20}\|>|</s>|<(?:eos|end_of_turn|bos)>")
_TAG, _END_TAG = "<answer>", "</answer>"
_HASHES = re.compile(r"^[ \t]*####[ \t]*(\S[^\n]*)$", re.MULTILINE)
_LETTER_LINE = re.compile(r"^A:[ \t]*(\S[^\n]*)$", re.MULTILINE)
_STATED = re.compile(
    r"(?:final answer|answer|correct (?:choice|option)|réponse|antwort|respuesta|ответ|resposta|risposta|antwoord|cevap"
    r"|đáp án|jibu|উত্তর|उत्तर|సమాధానం|คำตอบ|答え|정답|الجواب|الإجابة)"
    r"(?: is|:| :|：| would be| must be| should be| =| est| ist| es| é| è| là| ni|คือ|は|은|는| هو| هي| হল| है)"
    r"(?![a-z])(?: equal to)?[ \t]*[:：]?"
    r"|\*\*[ \t]*(?:final )?answer[ \t]*:?[ \t]*\*\*[ \t]*:?"
    r"|^#+[ \t]*(?:final )?answer\b[ \t]*:?"
    r"|(?:最终)?答案(?:应该是|应为|是|为|：|:)[ \t]*[:：]?",
    re.IGNORECASE | re.MULTILINE,
)
_REASON = re.compile(r",?\s+(?:because|since)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.。!?！？](?:\s+(?=[^\W\d_]{2})|\s*$)|[。！？]")
_CLOSING_REMARK = re.compile(
    r"(?:I hope (?:it|this) is correct\.?|\$? ?\\(?:blacksquare|square|qed)\s*\$?|\bQ\.?E\.?D\.?|∎)\s*$", re.IGNORECASE
)
_BLANKS = re.compile(r"[ \t]{2,}")
_LONGEST_BARE = 300
_LONGEST_TAIL = 2000


def final_answer(reply: str, *, last_number: bool = True) -> tuple[str | None, str]:
    """Return the final answer of `reply` as it stands there, and the rule that found it (none, "" when none did)."""
    text = after_reasoning(reply)
    if text is None:
        return None, ""
    box = boxed_answer(text)
    if box is not None:
        return box.strip(), "boxed"
    tagged = _tagged(text)
    if tagged:
        return tagged, "tag"
    for pattern in (_HASHES, _LETTER_LINE):
        marked = pattern.findall(text)
        if marked:
            return marked[-1].strip(), "hashes"
    return _unmarked(text.strip(), last_number)


def after_reasoning(reply: str) -> str | None:
    """Return what stands after the reasoning; none when the reasoning never ended."""
    _, mark, rest = reply.rpartition(END_THINK)
    if not mark and THINK in reply:
        return None
    pieces = [piece.strip() for piece in _SPECIAL.split(rest)]
    spoken = [piece for piece in pieces if piece not in ("", "assistant")]
    return spoken[0].removeprefix("assistant\n") if spoken else ""


def _tagged(text: str) -> str:
    """Return what the last `<answer>` tag holds."""
    before, end, _ = text.rpartition(_END_TAG)
    _, start, inside = before.rpartition(_TAG)
    return inside.strip() if start and end else ""


def _unmarked(text: str, last_number: bool) -> tuple[str | None, str]:
    text = _CLOSING_REMARK.sub("", _BLANKS.sub(" ", text[-_LONGEST_TAIL:])).strip()
    stated = stated_answer(text)
    if stated:
        return stated, "stated"
    if text and "\n" not in text and len(text) <= _LONGEST_BARE:
        return text, "bare"
    if not last_number:
        return None, ""
    value = last_value(text)
    return (value, "last_value") if value else (None, "")


def stated_answer(text: str) -> str | None:
    """Return what follows the last phrase that announces an answer, up to the end of its sentence.

    What is only asked (`Is the answer 7? No ...`) announces nothing.
    """
    phrases = list(_STATED.finditer(text))
    for phrase in reversed(phrases):
        rest = text[phrase.end() :].lstrip(" \t:*}").lstrip()
        line, _, _ = rest.partition("\n")
        if line.strip() in ("$$", "\\["):
            line = rest[: _block_end(rest)]
        end = _SENTENCE_END.search(line)
        if end and end.group()[0] in "?？":
            continue
        answer = _REASON.split(line[: end.start()] if end else line, maxsplit=1)[0]
        return answer.strip().removesuffix("**").strip() or None
    return None


def _block_end(rest: str) -> int:
    closing = "$$" if rest.startswith("$$") else "\\]"
    end = rest.find(closing, 2)
    return len(rest) if end < 0 else end + 2
