"""What a rewriting looks like by itself: a refusal, talk of the task, a loop, a bare answer or steps."""

import re

from stages.replies.answer_segment import parts_of
from stages.rewriting.standards.foreign_numbers import numbers

_ASIDES = (
    r"\W*(?:(?:well|okay|ok|oh|sure|of course|certainly|absolutely|yes|no|hmm|hello|hi|alright|right|thanks|thank you"
    r"|actually|honestly|great)\b\W*)*"
)
_REFUSAL = re.compile(
    _ASIDES + r"(?:(?:I['’]?m|I am)(?: very| so| really)? (?:sorry|unable|not able|not allowed)"
    r"|sorry\b|I apologi[sz]e|my apologies|as an AI\b|unfortunately,? I\b"
    r"|I (?:can(?:no|['’])t|won['’]t|will not|must decline|refuse)[ ]?(?:[.,!;]|$))",
    re.IGNORECASE,
)
_WILL_NOT = (
    r"(?: am|['’]m) (?:unable|not able|not allowed) to| must decline to| refuse to| won['’]t| will not"
    r"|(?: simply| really)? can(?:not|['’]t)(?: possibly| simply| really)?"
)
_DECLINES = re.compile(
    rf"\bI(?:(?: am|['’]m) (?:very |so |really )?sorry,? but|(?:{_WILL_NOT})"
    r" (?:help(?! (?:but|noticing))|assist|comply|fulfil|rewrite|shorten|condense|rephrase|engage|discuss|provide"
    r"|(?:do|write|make|give|share|produce|support|process) (?:this|that|it|you|so)(?: for you)?(?=\W*$|\W*[.,;!])"
    r"|answer (?:this|that|the|your) (?:question|request)))\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\b(?:the user|(?:re)?(?:written|phrased) (?:reasoning|version|text|solution)|the rewriting|your instructions?"
    r"|(?:to|I(?:['’]ll| will| must| should)) (?:rewrite|rephrase|shorten) (?:this|it|the)\b"
    r"|(?:shorter|shortened|concise|condensed|compressed|brief) (?:version|form|summary|reasoning)"
    r"|as (?:you )?(?:asked|requested))\b",
    re.IGNORECASE,
)
_STRETCH = re.compile(r"(?<=[.!?;:])\s+|\n+|,\s+")
_ANSWER = "\0"
"""Stands for the answer in a stretch."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?!\w)")
_EMPHASIS = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|[$`#]|\\[()\[\]$]|(?<!\w)[_~]+|[_~]+(?!\w)")
_WORK = re.compile(rf"\d|[+*/×÷·<>≡⊕⊖⊗⊘→]|(?<!{_ANSWER})(?<!{_ANSWER} )=(?! ?{_ANSWER})")
"""An equals sign beside the answer only names it."""
_NAMED = re.compile(rf"= ?{_ANSWER}\W*\w*\W*$")
_NUMERIC = re.compile(r"[-+−$€£]?\d[\d,]*(?:\.\d+)?%?")
"""An answer beside which words only say what is counted (`30 marbles remain after giving.`)."""
_FEWEST_WORDS = 3
_EMPTY = re.compile(
    r"\b(?:it|is|so|the|are|there|we|i|they|he|she|have|has|gets?|now|therefore|thus|hence|an?|of|and)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LOOP_SENTENCES, _LOOP_SHARE = 6, 0.5


def refuses(text: str) -> bool:
    """Tell whether a text says no: at its head, whatever is said before that in passing, or outright anywhere."""
    return bool(_REFUSAL.match(text) or _DECLINES.search(text))


def speaks_of_its_task(text: str) -> bool:
    """Tell whether a text speaks of being rewritten: a preamble, or what a model thought before it wrote."""
    return bool(_TASK.search(text))


def loops(text: str) -> bool:
    """Tell whether most of a text's sentences were said before in it."""
    told = [" ".join(sentence.lower().split()) for sentence in _SENTENCE.split(text) if sentence.strip()]
    return len(told) >= _LOOP_SENTENCES and len(set(told)) < _LOOP_SHARE * len(told)


def steps(text: str, answer: str | None) -> int:
    """Count the stretches of a text that do more than state the answer: some work, or three telling words."""
    return sum(_is_step(stretch, (answer or "").strip()) for stretch in _STRETCH.split(text))


def _is_step(stretch: str, answer: str) -> bool:
    if not parts_of(stretch, answer or None).reasoning.strip():
        return False
    rest = _without(stretch, answer)
    if _WORK.search(rest):
        return True
    if _ANSWER in rest and _NUMERIC.fullmatch(answer):
        return False
    telling = _EMPTY.sub(" ", rest.replace(_ANSWER, " "))
    return not _NAMED.search(rest) and len(re.findall(r"\w+", telling)) >= _FEWEST_WORDS


def _without(stretch: str, answer: str) -> str:
    """Return a stretch with a mark in place of the answer, however its number is written, and without emphasis."""
    plain = " ".join(_EMPHASIS.sub(" ", stretch).split())
    if not answer:
        return plain
    own = numbers(answer, spelled=False)
    rest = re.sub(rf"(?<!\w){re.escape(answer)}(?!\w|\.\d)", _ANSWER, plain)
    return _NUMBER.sub(lambda found: _ANSWER if numbers(found[0]) == own else found[0], rest)
