"""Words that a sentence ends on as its answer: `so the limit does not exist`, `the capital is **Paris**`.

Nothing is taken from a question, a condition or a clause that denies, nor where words follow.
"""

import re

from stages.answers.formulas.wordings import in_signs

SENTENCE = re.compile(
    r"(?<=[.!?])\s+(?=[^\W\d_])|(?<=[.!?]\$)\s+(?=[^\W\d_])|(?<=[.!?]\$\$)\s+(?=[^\W\d_])|(?<=[。！？।])|\n"
)
_CLAUSE = re.compile(
    r"[,;:，；：]\s*|\s[-–—]\s|\b(?:so|hence|thus|therefore|consequently|then|but|and|which means(?: that)?)\s",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:not|no|never|cannot|nor|neither|nothing|none|without|except|unless|if|whether|when|where|suppose|assume|assuming|claims?"
    r"|false|wrong|incorrect|untrue|instead|rather|would|could|might|may|maybe|perhaps|seems?|unlike|than|although|though"
    r"|because|since|while|nicht|kein\w*|pas|ne|non|nie|niet|não)\b|n't\b|\bn['’]\w|(?<!\w)не(?!\w)|不|没|非|^\s*that\b",
    re.IGNORECASE,
)
"""What a clause may not say before the words it ends on."""
_UNREAL = re.compile(
    r"\b(?:if|unless|whether|suppos\w+|assum\w+|claim\w*|says?|said|thinks?|thought|false|wrong|incorrect|untrue"
    r"|would|(?:not|n't) (?:true|the case|correct)|falls|wenn|si|se|если)\b",
    re.IGNORECASE,
)
"""What a sentence may not say anywhere before them."""
_SAID = re.compile(
    r"(?P<lead>.*?)(?P<said>\b(?:no (?:real )?solutions?"
    r"|(?:all|any|every) real (?:numbers?|values?)|(?:the )?(?:empty|null) set"
    r"|(?:does not|doesn't|do not|don't) exist|DNE))",
    re.IGNORECASE | re.DOTALL,
)
_HEAD_END = re.compile(r"\s*[;:]\s+|\s[-–—]\s|,\s+(?=as\b|since\b|because\b)")
_NARROWED = re.compile(
    r"[\d\\$]|\b(?:except|unless|if|but|however|only|otherwise|other|apart|besides|when|where|for|save|still|yet)\b",
    re.IGNORECASE,
)
"""What may not follow words that head an answer: they would not be all of it."""
_NAMES_A_VALUE = re.compile(
    r"(?:^|\b(?:is|are|be|equals|has|have|there|includes?|contains|admits)\b|=)\s*$", re.IGNORECASE
)
_DRESS = re.compile(r"[*_$`]+|\\text(?:bf|it)?\s*\{|\}")
_END = " \t.!।。*_$`)"
_BOLD_END = re.compile(r"(?P<lead>.*?)\*\*(?P<said>[^*\n]+)\*\*[\s.!।。]*", re.DOTALL)
_IS = re.compile(
    r"^\W*$|(?:\b(?:so|hence|thus|therefore|is|are|was|were|be|ist|sind|est|sont|es|son|é|è|sono|это)|是|=)"
    r"(?: (?:the|an?|called|therefore|thus|simply|clearly"
    r"|indeed|then|hence|der|die|das|le|la|el|il|lo|o))*\s*$",
    re.IGNORECASE,
)
_OWNED = re.compile(r"(?<!that )(?<!which )(?<!what )(?<!who )\b(?:belongs?|goes) to\s*$", re.IGNORECASE)
_RELATED = re.compile(r"\b(?:for|of|in|on|at|among|to|from|with|by|or|and|über|für|pour|para|для)\s*$", re.IGNORECASE)
_LONGEST = 400


def closing_words(text: str) -> str | None:
    """Return the words at the end of `text` that mathematics has a sign for (`does not exist`); none for others."""
    emphasised = emphasised_words(text)
    if emphasised is not None and in_signs(emphasised):
        return emphasised
    sentence = _last_sentence(text)
    clauses = _CLAUSE.split(_DRESS.sub("", sentence).rstrip(_END).replace("’", "'")) if sentence else [""]
    match = _SAID.fullmatch(clauses[-1])
    if match is None or _UNSURE.search(match["lead"]) or _UNREAL.search(sentence or ""):
        return None
    exists = match["said"].lower().endswith(("exist", "dne"))
    return match["said"] if exists or _NAMES_A_VALUE.search(match["lead"]) else None


def leading_words(text: str) -> str | None:
    """Return words that mathematics has a sign for, where they head an answer and only a reason follows."""
    end = _HEAD_END.search(text)
    head = _DRESS.sub("", text[: end.start()]).strip() if end else ""
    return head if end and in_signs(head) and not _NARROWED.search(text, end.end()) else None


def emphasised_words(text: str) -> str | None:
    """Return the bold words without a number that `text` says something is; none where the clause may deny them.

    What mathematics has a sign for needs no `is` before it.
    """
    sentence = _last_sentence(text)
    match = _BOLD_END.fullmatch(sentence) if sentence else None
    if match is None or re.search(r"[\d\\$?]", match["said"]):
        return None
    lead = _CLAUSE.split(match["lead"])[-1]
    said = match["said"].strip(" .:")
    owned = "**" not in match["lead"] and _OWNED.search(lead)
    named = in_signs(said) is not None or _IS.search(match["lead"]) or owned
    denied = _UNSURE.search(lead) or _UNREAL.search(match["lead"]) or (_RELATED.search(lead) and not owned)
    return said if named and not denied else None


def doubtful(text: str) -> bool:
    """Tell whether words deny, condition or report what they say."""
    return bool(_UNSURE.search(text) or _UNREAL.search(text))


def _last_sentence(text: str) -> str | None:
    sentences = SENTENCE.split(text[-_LONGEST:].removeprefix("that "))
    sentences = [sentence for sentence in sentences if sentence.strip(_END)]
    return sentences[-1].strip() if sentences and not sentences[-1].rstrip(_END).endswith(("?", "？")) else None
