"""Where the marks of a reply stand, and which of them are only spoken of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from data.thinking.marks import FAMILIES, Family

_TAG = re.compile(r"</?[A-Za-z]+>")
_QUOTES = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "「": "」"}
_CODE_ENDS = re.compile(r"[^\n`]{0,200}`")
_LINE_ENDS = re.compile(r"[ \t\r]*(?:\n|\Z)")
_NOUN_FOLLOWS = re.compile(r"[ \t](?:tag|token|mark|marker|element|delimiter|block|section)s?\b")
_MENTIONED = re.compile(
    r"\b(?:the|a|an|this|that|with|by|as|of|in|use|using|write|writes|wrote|called|named|between|inside|literal|after"
    r"|before|until|closing|opening|tag|token|and|or|say|says)[ \t]+\Z",
    re.IGNORECASE,
)
_BREAKS_OFF = re.compile(r"[ \t,;.)]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark in a reply."""

    start: int
    end: int
    family: Family
    opens: bool
    first: bool
    """Nothing but blanks and other marks stand before it on its line."""
    last: bool
    """Nothing but blanks stand behind it on its line."""
    follows_sentence: bool
    """What stands before it ends in a full stop or the like."""
    fenced: bool
    """It stands in a block of code."""
    mentioned: bool
    """The sentence round it speaks of it, though it is not quoted."""
    quoted: bool
    """It stands in quotes or in inline code, or is half of a pair within a sentence."""

    @property
    def stands(self) -> bool:
        """Whether nothing speaks against its being meant."""
        return not (self.quoted or self.fenced or self.mentioned)


def find_marks(reply: str, own: Family | None = None) -> list[Mark]:
    """Return the marks of every family, and of `own`, in the order in which they stand."""
    pattern, families = _pattern(own)
    marks: list[Mark] = []
    position, ticks, fences, blank = 0, 0, 0, True
    for match in pattern.finditer(reply):
        assert match.lastindex is not None  # every alternative is a group
        family, opens = families[match.lastindex - 1]
        before = reply[position : match.start()]
        line = before.rpartition("\n")[2]
        new_line = len(line) < len(before)
        ticks = line.count("`") + (0 if new_line else ticks)
        fences += before.count("```")
        blank = not line.strip() and (new_line or blank or position > 0)
        quote, ahead = reply[match.start() - 1 : match.start()], reply[match.end() : match.end() + 1]
        inline = ticks % 2 == 1 and _CODE_ENDS.match(reply, match.end()) is not None
        last = _LINE_ENDS.match(reply, match.end()) is not None
        spoken = _MENTIONED.search(line[-20:]) is not None and _BREAKS_OFF.match(ahead) is not None
        marks.append(
            Mark(
                match.start(),
                match.end(),
                family,
                opens,
                first=blank,
                last=last,
                follows_sentence=line.rstrip()[-1:] in tuple(".!?…。！？:") if line.strip() else False,
                fenced=fences % 2 == 1,
                mentioned=(spoken and not last) or _NOUN_FOLLOWS.match(reply, match.end()) is not None,
                quoted=inline or (quote in _QUOTES and ahead == _QUOTES[quote]),
            )
        )
        position = match.end()
    return _quote_pairs(reply, marks)


def balanced(marks: Sequence[Mark]) -> dict[int, int]:
    """Return, for the index of each open mark that has one, the index of the close mark that balances it."""
    partners: dict[int, int] = {}
    waiting: dict[str, list[int]] = {}
    for index, mark in enumerate(marks):
        if not mark.stands:
            continue
        stack = waiting.setdefault(mark.family.close, [])
        if mark.opens:
            stack.append(index)
        elif stack:
            partners[stack.pop()] = index
    return partners


def is_tag(family: Family) -> bool:
    """Tell whether the marks of a family are tags such as `<think>`."""
    return _TAG.fullmatch(family.open) is not None


def without_marks(text: str, families: tuple[Family, ...]) -> str:
    """Take the marks of some families out of a text, also those that the taking out brings together."""
    pattern = re.compile("|".join(_regex(mark) for family in families for mark in (family.open, family.close)))
    for between in ("", " "):
        text = pattern.sub(between, text)
    return text


def _quote_pairs(reply: str, marks: list[Mark]) -> list[Mark]:
    """Mark as quoted each pair within one line of prose: `he wrote <think>draft</think> there`."""
    for index in range(len(marks) - 1):
        mark, following = marks[index], marks[index + 1]
        pair = mark.opens and not following.opens and mark.family.close == following.family.close
        within = not mark.first and not mark.follows_sentence
        if pair and within and "\n" not in reply[mark.end : following.start]:
            marks[index] = replace(mark, quoted=True)
            marks[index + 1] = replace(following, quoted=True)
    return marks


def _regex(mark: str) -> str:
    """Return a pattern whose first piece is one literal character; tags may be written in any case."""
    text = re.escape(mark[1:]).replace(r"\*", r"[^\s<>]{1,40}")
    return re.escape(mark[0]) + (f"(?i:{text})" if _TAG.fullmatch(mark) else text)


@lru_cache(maxsize=64)
def _pattern(own: Family | None) -> tuple[re.Pattern[str], list[tuple[Family, bool]]]:
    """Return a pattern with a group for each mark, and what each group is.

    The marks are sorted by their first character, so that the search skips to one of these.
    """
    all_families = (*([own] if own else []), *FAMILIES)
    marks = [(family.open if opens else family.close, family, opens) for family in all_families for opens in (1, 0)]
    firsts = list(dict.fromkeys(mark[0] for mark, _, _ in marks))
    marks.sort(key=lambda one: firsts.index(one[0][0]))
    texts = []
    for first in firsts:
        rests = (_regex(mark).removeprefix(re.escape(first)) for mark, _, _ in marks if mark[0] == first)
        texts.append(re.escape(first) + "(?:" + "|".join(f"({rest})" for rest in rests) + ")")
    return re.compile("|".join(texts)), [(family, bool(opens)) for _, family, opens in marks]
