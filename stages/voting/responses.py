"""Two responses that are judged against each other: where a question shows them, and the verdict on them.

Read are the forms of MT-bench (`[The Start of Assistant A's Answer]`), tags (`<response_a>`) and headings (`Response
1:`, `### Answer B`, `[Output (a)]`); of verdicts `[[A]]`, `[[B]]`, `[[C]]` for a tie, `[[A>>B]]`, `[[Tie]]`.
"""

import re
from dataclasses import dataclass

_KIND = r"(?:assistant|response|answer|output|completion|candidate|model|reply|summary|translation)"
_STARTS = re.compile(
    r"\[\s?(?:The\s)?Start of (?P<who>[^\]\n]{0,40}?\b(?P<label>[A-Ba-b12])\b[^\]\n]{0,20})\]", re.IGNORECASE
)
_TAGS = re.compile(rf"<(?P<tag>{_KIND}[_ -]?(?P<label>a|b|1|2))>", re.IGNORECASE)
_HEADINGS = re.compile(
    rf"^[ \t]{{0,4}}(?:\#{{1,6}}[ \t]*|\*\*|\[|\()?(?:the[ \t])?{_KIND}(?:[ \t][a-z']{{1,12}})?[ \t]?"
    r"\(?(?P<label>[AB12])\)?(?:'s[ \t]\w{1,12})?(?:\*\*|\]|\))?[ \t]*(?:[:.]|\*\*|$)[ \t]*(?:\*\*)?",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER = re.compile(
    r"\n\s{0,8}(?=(?:\[|#{1,6}\s|---|===|<)|(?:which|please|now|decide|compare|judge|your (?:task|verdict)"
    r"|verdict|evaluat|based on|who|choose)\b)",
    re.IGNORECASE,
)
"""Where the second response ends, if nothing marks its end."""
_VERDICT = re.compile(r"\[\[\s{0,4}([^\[\]\n]{1,24}?)\s{0,4}\]\]")
_LETTER = re.compile(r"(?:(?:assistant|response|answer|option|model|output)\s*)?\(?([abc12])\)?", re.IGNORECASE)
_MORE = re.compile(r"([ab])\s*(>>?|<<?|=|≈|~)\s*([ab])", re.IGNORECASE)
_TIES = frozenset(("c", "tie", "draw", "equal", "neither", "both"))
_OTHER = {"A": "B", "B": "A", "1": "2", "2": "1"}


@dataclass(frozen=True)
class Pair:
    """Where two responses stand in a question."""

    first: tuple[int, int]
    second: tuple[int, int]

    def swapped(self, question: str) -> str:
        """Return the question with the responses in each other's place."""
        (a, b), (c, d) = self.first, self.second
        return question[:a] + question[c:d] + question[b:c] + question[a:b] + question[d:]


def responses_of(question: str) -> Pair | None:
    """Return the two responses of a question; None where it does not show exactly two."""
    for marks in (_STARTS, _TAGS, _HEADINGS):
        found = list(marks.finditer(question))
        labels = "".join(mark["label"] for mark in found).upper()
        if labels not in ("AB", "12"):
            continue
        first = _ended(question, found[0], found[1].start())
        second = _ended(question, found[1], len(question))
        if question[slice(*first)].strip() and question[slice(*second)].strip():
            return Pair(_trimmed(question, first), _trimmed(question, second))
    return None


def verdict_in(text: str) -> str | None:
    """Return the verdict a text ends on in double brackets: A or B, 1 or 2, C for a tie; None where it gives none."""
    for said in reversed(_VERDICT.findall(text)):
        if said.lower() in _TIES:
            return "C"
        if letter := _LETTER.fullmatch(said):
            return letter[1].upper()
        if more := _MORE.fullmatch(said):
            one, sign, other = more[1].upper(), more[2], more[3].upper()
            return one if sign[0] == ">" else other if sign[0] == "<" else "C"
    return None


def swapped_verdict(answer: str) -> str:
    """Return the verdict on two responses that corresponds to one on them in the other order; ties stay."""
    said = verdict_in(f"[[{answer}]]") or answer
    return _OTHER.get(said, said)


def _ended(question: str, mark: re.Match[str], before: int) -> tuple[int, int]:
    """Return where the response behind a mark begins and ends."""
    who = mark.groupdict().get("who")
    tag = mark.groupdict().get("tag")
    closing = rf"\[\s?(?:The\s)?End of {re.escape(who)}\]" if who else rf"</{re.escape(tag)}>" if tag else None
    end = re.compile(closing, re.IGNORECASE).search(question, mark.end(), before) if closing else None
    if end is None and before == len(question):
        end = _AFTER.search(question, mark.end())
    return mark.end(), end.start() if end else before


def _trimmed(question: str, span: tuple[int, int]) -> tuple[int, int]:
    text = question[slice(*span)]
    begin = span[0] + len(text) - len(text.lstrip())
    return begin, begin + len(text.strip())
