"""How reasoning words what it can do without: checks of what is found already, and filler."""

import re

_ASIDES = (
    "but|and|so|now|ok|okay|hmm|hm|alright|right|well|wait|just|finally|also|great|good|perfect|yes|sure|interesting"
    "|certainly|of course|first"
)
_SAID_FIRST = rf"(?:(?:{_ASIDES})\b[,.!: ]*)*"
_LEAD = rf"\W*{_SAID_FIRST}"
_LET = r"let(?:['’]s| me| us)(?: just| quickly| also| now| go back and| try to)? "

_CHECKS = (
    rf"{_LET}(?:double.?check|re-?check|check|verify|re-?verify|make sure|confirm|go over|test|recap)",
    r"to (?:double.?check|verify|check|be sure|confirm|make sure)",
    r"double.?check",
    r"(?:a |as a |quick |sanity )*check(?:ing)?\b",
    r"verif(?:y|ying|ication)\b",
    r"one last look",
    r"once more",
    r"I(?: am|['’]m) (?:still )?not (?:quite |entirely |so )?sure",
    r"alternatively\b",
    r"another way",
    r"am I sure",
    r"is (?:this|that) right",
)
CHECK = re.compile(rf"{_LEAD}(?:{'|'.join(_CHECKS)})|\W*wait\b", re.IGNORECASE)
"""Begins a check, or a second thought."""

_GOAL = r"(?:in order )?to (?:determine|find|solve|calculate|figure|answer|compute)\b"
_PLAN = (
    r"(?:steps?|break (?:it|down|this|the)|follow|step.by.step|as follows"
    r"|need to (?:find|determine|calculate|understand|consider|know))"
)
_FILLERS = (
    r"let me (?:be careful|think|see|follow this|start|begin|work (?:this|it) out|break)\b.*",
    r"let(?:['’]s| us) (?:think|see|start|begin|go|break|follow|work|solve|proceed|do this)\b.*",
    r"let(?:['’]s| us) calculate (?:each|this|it)\b.*",
    r"this step is easy to get wrong.*",
    r"so far,? so good.*",
    r"that (?:makes sense|seems right|looks (?:right|good)).*",
    r"I (?:need|have|want|should) to be careful.*",
    r"(?:I|we) (?:need|have) to (?:understand|think about) .*",
    rf"{_GOAL}.*\b{_PLAN}.*",
    r"here(?:['’]s| is) (?:how|the|a)\b.*",
    r"we can (?:follow|break|solve|proceed).*",
)
_FILLER = re.compile(rf"{_SAID_FIRST}(?:{'|'.join(_FILLERS)})?", re.IGNORECASE)
_CORE = re.compile(r"\w(?:.*\w)?", re.DOTALL)
"""A sentence without the signs round it, of which there may be thousands."""
_MOST_WORDS = 40
_WORDS = re.compile(r"\w+")


def is_filler(text: str) -> bool:
    """Tell whether a sentence without any work in it only announces, plans or cheers."""
    core = _CORE.search(text)
    return core is None or (len(_WORDS.findall(text)) <= _MOST_WORDS and bool(_FILLER.fullmatch(core[0])))
