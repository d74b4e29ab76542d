"""A reply as reasoning and answer, read from any known marks and written in one form.

What cannot be both is decided for the reasoning's end: a mark that a sentence quotes or speaks of, or that stands in
code, ends nothing while another mark could; a reply whose reasoning is open at its end has no answer.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from data.thinking.marks import ANSWERS, FAMILIES, NOT_THOUGHTS, PROTOCOLS, TURN_END, TURN_START, Family
from data.thinking.messages import protocol_of, read_messages
from data.thinking.scan import Mark, balanced, find_marks, is_tag, without_marks
from data.thinking.thinking import Thinking

THINK = FAMILIES[0]
"""The marks of the one written form."""

_ANY = Thinking()
_TURN_END = re.compile(TURN_END)
_TURN_START = re.compile(TURN_START)
_OPENING = re.compile(
    r"\s*(?P<open><(?P<tag>[A-Za-z][\w:-]{1,30})>|\[(?P<word>[A-Z][A-Z_ ]{2,30})\]|<\|(?P<token>\w{3,40})\|>)"
)
_CLOSING_LINE = re.compile(r"^[ \t]*(?P<close></(?P<tag>[A-Za-z][\w:-]{1,30})>)[ \t]*\r?$", re.MULTILINE)
_PLAIN_TAG = re.compile(NOT_THOUGHTS, re.IGNORECASE)
_CLOSING_TAGS = 20
"""So many closing tags are looked at for a caution."""


@dataclass(frozen=True)
class Turn:
    """What the model thought and what it then said, without marks."""

    reasoning: str | None
    """Null where the reply has no marks; empty where its marks hold nothing."""
    answer: str | None
    """Null where the reasoning never ended."""
    marks: str | None
    """The open mark of the reasoning or the name of the protocol; null where the reply has no marks."""


def read_turn(reply: str, thinking: Thinking = _ANY, *, opened: bool = False) -> Turn:
    """Read a reply; `opened` says that its prompt ended inside the reasoning."""
    reply = _without_turn_ends(reply)
    opened = opened or thinking.opened
    own = Family(thinking.open, thinking.close, "", "the run file") if thinking.open and thinking.close else None
    marks = find_marks(reply, own)
    first = next((mark for mark in marks if mark.stands), None)
    protocol = None if first and first.opens and not reply[: first.start].strip() else protocol_of(reply, opened)
    if protocol:
        messages, answers = read_messages(reply, protocol)
        reasoning = None if messages is None else _cleaned(messages, [])
        return Turn(reasoning, None if answers is None else _unwrapped(_joined(answers)), protocol.name)
    parts = list(_split(reply, marks, own, opened))
    families = [part.family for part in parts if part.family]
    if not families:
        return Turn(None, _unwrapped(reply), None)
    begun = next(index for index, part in enumerate(parts) if part.family)
    outside = [index for index, part in enumerate(parts) if index > begun and not part.family]
    spoken = [index for index in outside if parts[index].text.strip()]
    kept = None if parts[-1].family else (spoken or outside)[-1]
    reasoning = _cleaned([part.text for index, part in enumerate(parts) if index != kept], families)
    return Turn(reasoning, None if kept is None else _unwrapped(parts[kept].text), families[0].open)


def write_turn(reasoning: str | None, answer: str | None) -> str:
    """Write a turn in the one form that datasets have; without an answer the reasoning stays open."""
    if reasoning is None:
        return answer or ""
    text = f"{THINK.open}\n{_cleaned([reasoning], [])}"
    return text if answer is None else f"{text}\n{THINK.close}\n\n{answer}"


def opens_thought(prompt: str, thinking: Thinking = _ANY) -> bool:
    """Tell whether a rendered prompt ends inside the reasoning, so that the reply begins there."""
    tail = prompt[-400:].rstrip()
    if thinking.open and tail.endswith(thinking.open):
        return True
    if any(protocol.open and tail.endswith(protocol.open) for protocol in PROTOCOLS):
        return True
    last = find_marks(tail)[-1:]
    return bool(last) and last[0].opens and not last[0].family.prose and last[0].end == len(tail)


def undeclared_marks(reply: str, thinking: Thinking = _ANY) -> str | None:
    """Return a mark that looks like one of a thought though nobody declared it, for a caution."""
    if read_turn(reply, thinking).reasoning is not None:
        return None
    opening = _OPENING.match(reply)
    if opening and any(reply.find(close, opening.end()) >= 0 for close in _closes_of(opening)):
        return opening["open"]
    for closing in islice(_CLOSING_LINE.finditer(reply), _CLOSING_TAGS):
        before, after = reply[: closing.start()].strip(), reply[closing.end() :].strip()
        if before and after and not _PLAIN_TAG.fullmatch(closing["tag"]) and f"<{closing['tag']}" not in before:
            return closing["close"]
    return None


def _closes_of(opening: re.Match[str]) -> list[str]:
    """Return the ways to close a tag, a word in brackets or a token; none for the known marks of an answer."""
    if opening["open"] in [start for start, _, _ in ANSWERS]:
        return []
    if opening["tag"]:
        return [] if _PLAIN_TAG.fullmatch(opening["tag"]) else [f"</{opening['tag']}>"]
    if opening["word"]:
        return [f"[/{opening['word']}]", f"[END {opening['word'].removeprefix('BEGIN ')}]"]
    token = opening["token"]
    rest = re.sub(r"^(?:begin|start)_(?:of_)?", "", token, flags=re.IGNORECASE)
    return [f"<|/{token}|>", *(f"<|{end}{rest}|>" for end in ("end_", "end_of_", "END_", "END_OF_"))]


def _without_turn_ends(reply: str) -> str:
    """Take off the tokens that end a turn, however many."""
    end = len(reply.rstrip())
    stripped = end
    while match := _TURN_END.search(reply, max(0, end - 40), end):
        end = match.start()
        while end and reply[end - 1].isspace():
            end -= 1
        stripped = end
    return reply[:stripped] if stripped < len(reply.rstrip()) else reply


@dataclass(frozen=True)
class _Part:
    """A piece of a reply: a thought in the marks of its family, or (without one) what stands outside."""

    text: str
    family: Family | None


def _split(reply: str, marks: list[Mark], own: Family | None, opened: bool) -> Iterator[_Part]:
    """Cut a reply at the marks that are meant; a reply that ends in a thought ends in a part with a family."""
    ends = _Ends(marks)
    position, index, opener = 0, 0, -1
    thinks, family = opened, own
    thought = False
    while True:
        if thinks:
            end = ends.after(index, opener, family)
            if end is None:
                implied = ends.implied(reply, position, family)
                yield _Part(reply[position:implied], family or THINK)
                if implied is not None:
                    yield _Part(reply[implied:], None)
                return
            yield _Part(reply[position : marks[end].start], marks[end].family)
            position, index, thinks, thought = marks[end].end, end + 1, False, True
        while index < len(marks) and not thinks:
            mark = marks[index]
            starts = not thought and _TURN_START.fullmatch(reply, position, mark.start) is not None
            if mark.opens and _opens(mark, starts, ends.after(index + 1, -1, mark.family) is not None):
                if not starts:
                    yield _Part(reply[position : mark.start], None)
                position, opener, thinks, family = mark.end, index, True, mark.family
            elif not mark.opens and mark.stands and not mark.family.prose:
                yield _Part(reply[position : mark.start], mark.family)
                position, thought = mark.end, True
            index += 1
        if not thinks:
            yield _Part(reply[position:], None)
            return


def _opens(mark: Mark, starts: bool, closes: bool) -> bool:
    """Tell whether a mark outside of any thought begins one; `starts`: nothing stands before it in the reply."""
    if mark.family.prose:
        return starts and (closes or mark.last)
    return mark.stands and (starts or mark.first or (closes and (mark.follows_sentence or mark.last)))


class _Ends:
    """The close marks of a reply, to be found from any place in it."""

    def __init__(self, marks: list[Mark]) -> None:
        self._partners = balanced(marks)
        matched = set(self._partners.values())
        self._lists: dict[tuple[str, str], list[int]] = {}
        for index, mark in enumerate(marks):
            if mark.opens or mark.quoted:
                continue
            weak = not mark.stands
            if not weak or not mark.fenced or mark.first:
                self._add("weak" if weak else "strong", mark.family.close, index)
                if not mark.family.prose:
                    self._add("weak" if weak else "strong", "", index)
                if not weak and is_tag(mark.family) and (mark.first or mark.last):
                    self._add("tag", "", index)
                if not weak and index not in matched:
                    self._add("unmatched", "" if not mark.family.prose else mark.family.close, index)

    def after(self, index: int, opener: int, family: Family | None) -> int | None:
        """Return the index of the close mark that ends a thought whose inside begins at the mark `index`.

        A tag that its own never closes may be closed by another's: models write `<think> ... </thinking>`.
        """
        partner = self._partners.get(opener)
        if partner is not None:
            return partner
        key = family.close if family else ""
        for kind in ("strong", "weak") if family else ("unmatched", "strong", "weak"):
            places = self._lists.get((kind, key), [])
            place = bisect_left(places, index)
            if place < len(places):
                return places[place]
        tags = self._lists.get(("tag", ""), []) if family and is_tag(family) else []
        place = bisect_left(tags, index)
        return tags[place] if place < len(tags) else None

    def implied(self, reply: str, position: int, family: Family | None) -> int | None:
        """Return where an answer's own mark ends a thought that lacks its close mark."""
        endings = {one.ending for one in ((family,) if family else FAMILIES) if one.ending}
        places = [place for ending in sorted(endings) if (place := reply.find(ending, position)) >= 0]
        return min(places, default=None)

    def _add(self, kind: str, key: str, index: int) -> None:
        self._lists.setdefault((kind, key), []).append(index)


def _cleaned(texts: list[str], families: list[Family]) -> str:
    """Join thoughts and take out the marks of their families and of the written form, and others round all of it."""
    text = _trimmed(without_marks(_joined(texts), tuple(dict.fromkeys([THINK, *families]))))
    for other in FAMILIES:
        if not other.prose and text.startswith(other.open) and text.endswith(other.close):
            text = _trimmed(text[len(other.open) : len(text) - len(other.close)])
    return text


def _joined(texts: list[str]) -> str:
    return "\n\n".join(text for text in map(_trimmed, texts) if text)


def _unwrapped(text: str) -> str:
    """Trim an answer and take off the marks that stand round all of it."""
    text = _trimmed(text).removeprefix("assistantfinal")
    for open_mark, close_mark, _ in ANSWERS:
        start, stop = len(open_mark), len(text) - len(close_mark)
        opens = text[:start].lower() == open_mark.lower()
        closes = stop >= 0 and text[stop:].lower() == close_mark.lower()
        within = text[start if opens else 0 : stop if closes else len(text)]
        if (opens or closes) and not any(mark in within for mark in (open_mark, close_mark)):
            text = _trimmed(within)
    return text


def _trimmed(text: str) -> str:
    """Take blank lines off both ends, and blanks; the first line keeps its indent where it begins a line."""
    stripped = text.strip()
    lead = text[: len(text) - len(text.lstrip())]
    indent = lead.rpartition("\n")[2] if "\n" in lead and stripped else ""
    return indent.replace("\r", "") + stripped
