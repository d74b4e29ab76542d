"""The final answer of a reply, and the rule that found it.

Only what stands after the reasoning counts, and before any further question that the model asks itself. A box decides
before a tag, a tag before `#### `, that before a stated answer; a reply of one short line is its own answer; else, if
asked, the last value of its last sentence.
"""

import re

from data.boxes import read_boxes
from data.thinking.turn import read_turn
from stages.answers.find.boxes import boxed_answer
from stages.answers.find.choices import letters
from stages.answers.find.endings import closing_choice, closing_truth, without_remark
from stages.answers.find.objects import object_answer
from stages.answers.find.prose import REASON, last_value

_SPECIAL = re.compile(r"<\|[a-z_]{2,20}\|>|</s>|<(?:eos|end_of_turn|bos)>")
_TAG, _END_TAG = "<answer>", "</answer>"
_HASHES = re.compile(r"^[ \t]*####[ \t]*(\S[^\n]*)$", re.MULTILINE)
_HEADING = re.compile(
    r"\W*(?:step|part|case|solution|answer|final|conclusion|calculat|method|approach|check|verif|summary|explanation|given"
    r"|analysis|result|\d+[.)]\s+[A-Za-z])",
    re.IGNORECASE,
)
"""What a markdown heading of four hashes says, and GSM8K's last line never does."""
_CORRECTION = re.compile(
    r"\b(?:wait|actually|correction|mistake|sorry|oops|hold on|however|recheck|re-check|double[- ]check|let me"
    r"|should be|instead|wrong|incorrect|error|forgot|missed)\b",
    re.IGNORECASE,
)
_NEXT_QUESTION = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*|\*\*|<\|?|\[)?"
    r"(?:(?:next |new |another )?(?:question|problem|exercise)|Q|instruction|user|human)"
    r"(?:[ \t]*(?P<number>\d+))?(?:\*\*|\|?>|\])?[ \t]*[:.](?:\*\*)?",
    re.IGNORECASE | re.MULTILINE,
)
_PREAMBLE = re.compile(
    r"^\\text(?:bf)?\{\s*(?:so |thus |hence |therefore )?,?\s*(?:the )?(?:final |correct )?"
    r"(?:answer|result|value)(?: is| equals)?\s*:?\s*\}\s*(?:=|:)?",
    re.IGNORECASE,
)
_WORDED_BOX = re.compile(r"\s*\\(?:text|mbox)(?:bf|rm|it)?\{([^{}]*)\}\s*\.?\s*")
_LETTER_LINE = re.compile(r"^A:[ \t]*(\S[^\n]*)$", re.MULTILINE)
_STATED = re.compile(
    r"(?:final answer|answer|correct (?:choice|option)|réponse(?: finale| correcte)?|antwort"
    r"|respuesta(?: final| correcta)?|resposta(?: final| correta)?|risposta(?: finale| corretta)?|antwoord|cevap"
    r"|ответ|відповідь|odpowiedź|odpověď|απάντηση|đáp (?:án|số)(?: đúng| cuối cùng)?|jibu(?: sahihi)?"
    r"|jawaban(?:nya)?(?: akhir| yang benar)?|উত্তর|उत्तर|సమాధానం|பதில்|คำตอบ(?:ที่ถูกต้อง|สุดท้าย)?|答え|正解|정답"
    r"|الجواب(?: الصحيح| النهائي)?|الإجابة(?: الصحيحة| النهائية)?|پاسخ|תשובה)"
    r"(?: is|:| :|：| would be| must be| should be| =| est| ist| es| é| è| là| ni| adalah|คือ|は|은|는| هو:?| هي:?| হল"
    r"| है)"
    r"(?![a-z])(?: equal to)?[ \t]*[:：]?"
    r"|\*\*[ \t]*(?:final )?answer[ \t]*:?[ \t]*\*\*[ \t]*:?"
    r"|^#+[ \t]*(?:final )?answer\b[ \t]*:?"
    r"|(?:最终)?答案(?:应该是|应为|是|为|：|:)[ \t]*[:：]?"
    r"|(?:(?<!认为)(?<!以为)(?:(?:故|因此|所以|综上|本题)(?:本题)?应?|应)选择?"
    r"|正确的?选项(?:应该是|应为|是|为))[ \t]*[:：]?"
    r"(?=[\s(（*$]*(?-i:[A-J])(?![A-Za-z]*[a-z]))(?![^\n。，,]*(?:错|误|不正确|不对|不成立|排除))",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"[.。!?！？](?:\s+(?=[^\W\d_]{2})|\s*$)|[。！？।]")
_CLOSING_REMARK = re.compile(
    r"(?:I hope (?:it|this) is correct\.?|\$? ?\\(?:blacksquare|square|qed)\s*\$?|\bQ\.?E\.?D\.?|∎)\s*$", re.IGNORECASE
)
_BLANKS = re.compile(r"[ \t]{2,}")
_STRUCK = re.compile(r"~~(?=\S)[^~\n]{1,200}~~")
"""What markdown strikes out."""
_SUPPOSED = re.compile(
    r"\b(?:suppos(?:e|ing)|assum(?:e|ing)|imagine|if|whether|claim(?:s|ed)?|says?|said|thinks?|thought)(?: that)?"
    r"(?: the| my| your)?(?: final| correct)?\s*$",
    re.IGNORECASE,
)
"""What may stand before a phrase that then announces nothing (`suppose the answer is 8`)."""
_LONGEST_LEAD = 40
_LONGEST_BARE = 300
_LONGEST_TAIL = 2000


def final_answer(
    reply: str, *, last_number: bool = True, choice: bool = False, yes_or_no: bool = False
) -> tuple[str | None, str]:
    """Return the final answer of `reply` as it stands there, and the rule that found it (none, "" when none did).

    Where a letter is asked for (`choice`), a box or tag that names none gives way to an announced answer that does;
    where a letter or a `yes_or_no` is, a last line may state it unannounced.
    """
    text = after_reasoning(reply)
    if text is None:
        return None, ""
    text = _before_run_on(_STRUCK.sub("", text))
    boxes = read_boxes(text)
    held = object_answer(text, choice=choice)
    if held is not None and all(box.start > held[0] for box in boxes):
        inside = boxed_answer(held[1]) or held[1]
        return (inside, "object") if inside else (None, "")
    if boxes and not boxes[-1].closed and all(box.closed for box in boxes[:-1]):
        return None, ""
    box, tagged = boxed_answer(text, boxes), _tagged(text)
    marked = (box, "boxed") if box is not None else (tagged, "tag") if tagged else None
    if marked and choice and letters(marked[0]) is None:
        announced = stated_answer(text[-_LONGEST_TAIL:])
        if announced and letters(announced, loose=True) is not None:
            return announced, "stated"
    if marked:
        return _without_preamble(marked[0]), marked[1]
    if boxes:  # each is denied: what follows the last may still answer
        text = text[boxes[-1].stop :].lstrip(" .$)]}\\")
    hashed = _hashed(text)
    return (hashed, "hashes") if hashed else _unmarked(text.strip(), last_number, choice, yes_or_no)


def _before_run_on(text: str) -> str:
    """Return `text` up to the next question that a model asks itself once it has answered its own."""
    if _NEXT_QUESTION.search(text) is None:
        return text
    hashes, box, said = _HASHES.search(text), next(iter(read_boxes(text)), None), _STATED.search(text)
    hashed = hashes.end() if hashes else len(text)
    boxed = box.stop if box else len(text)
    stated = said.end() if said else len(text)
    for question in _NEXT_QUESTION.finditer(text, min(hashed, boxed, stated)):
        start = question.start()
        apart = text[:start].endswith("\n\n")
        if start > hashed or (question["number"] is None and (start > boxed or (start > stated and apart))):
            return text[:start]
    return text


def _hashed(text: str) -> str:
    """Return what stands behind `####`: the first time, unless a correction follows; else behind a last `A:`."""
    lines = [line for line in _HASHES.finditer(text) if not _HEADING.match(line[1])]
    if lines:
        corrected = _CORRECTION.search(text, lines[0].end(), lines[-1].start())
        return (lines[-1] if corrected else lines[0])[1].strip()
    lettered = _LETTER_LINE.findall(text)
    return lettered[-1].strip() if lettered else ""


def _without_preamble(box: str) -> str:
    """Return the content of a box without the words that announce it (`\\text{The answer is }7`)."""
    if worded := _WORDED_BOX.fullmatch(box):
        return stated_answer(worded[1]) or box.strip()
    return _PREAMBLE.sub("", box).strip() or box.strip()


def after_reasoning(reply: str) -> str | None:
    """Return what stands after the reasoning; none when the reasoning never ended."""
    answer = read_turn(reply).answer
    if answer is None:
        return None
    pieces = [piece.strip() for piece in _SPECIAL.split(answer)]
    spoken = [piece for piece in pieces if piece not in ("", "assistant")]
    return spoken[0].removeprefix("assistant\n") if spoken else ""


def _tagged(text: str) -> str:
    """Return what the last `<answer>` tag holds."""
    before, end, _ = text.rpartition(_END_TAG)
    _, start, inside = before.rpartition(_TAG)
    return inside.strip() if start and end else ""


def _unmarked(text: str, last_number: bool, choice: bool, yes_or_no: bool) -> tuple[str | None, str]:
    text = _CLOSING_REMARK.sub("", _BLANKS.sub(" ", text[-_LONGEST_TAIL:])).strip()
    stated = stated_answer(text)
    if stated:
        return stated, "stated"
    if text and "\n" not in text and len(text) <= _LONGEST_BARE:
        return (None, "") if choice and text.endswith(("?", "？")) else (text, "bare")
    if not last_number:
        return None, ""
    closing = closing_choice(text) if choice else closing_truth(text) if yes_or_no else None
    value = last_value(without_remark(text)) if closing is None else closing
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
        if _SUPPOSED.search(text, max(phrase.start() - _LONGEST_LEAD, 0), phrase.start()):
            continue
        if end and end.group()[0] in "?？":
            continue
        answer = REASON.split(line[: end.start()] if end else line, maxsplit=1)[0]
        return answer.strip().rstrip("*").strip() or None
    return None


def _block_end(rest: str) -> int:
    closing = "$$" if rest.startswith("$$") else "\\]"
    end = rest.find(closing, 2)
    return len(rest) if end < 0 else end + 2
