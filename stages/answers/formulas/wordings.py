r"""Answers in words that mathematics has a sign for: `no solution` is `\emptyset`, `all real numbers` `\mathbb{R}`."""

import re

EMPTY, REALS, NOWHERE, UNKNOWN = r"\emptyset", r"\mathbb{R}", "DNE", "undetermined"
"""What the words come to; `DNE` stands for what does not exist, and is no set."""

_SUBJECT = r"(?:(?:the|this) (?:equation|system|inequality|problem)s? (?:has|have) |there (?:is|are|exists?) )?"
_WORDINGS = {
    EMPTY: rf"{_SUBJECT}no (?:real )?solutions?(?: exists?)?|none|(?:the )?(?:empty|null) set|无解|没有解|空集"
    r"|(?:es gibt )?keine (?:reelle )?lösung(?:en)?|(?:aucune|pas de) solution|(?:sin|ninguna|no tiene) solución",
    REALS: r"(?:[a-z] (?:can be|is|may be) )?(?:all|any|every) real(?: (?:numbers?|values?)(?: of)?)?(?: [a-z])?"
    r"|all reals"
    r"|(?:the set of )?(?:all )?(?:the )?real numbers|reals|the set of (?:all )?reals"
    r"|(?:全体|所有|任意|一切)实数|alle reellen zahlen|tous les (?:nombres )?réels|todos los (?:números )?reales",
    NOWHERE: r"(?:(?:the |this |that )?(?:one-sided |two-sided )?"
    r"(?:limit|derivative|integral|maximum|minimum|inverse|value|it) )?"
    r"(?:(?:does not|doesn't|do not|don't) exist|dne|d\.n\.e\.?)|不存在|existiert nicht|n'existe pas|no existe",
    UNKNOWN: r"(?:(?:the|this|it) )?(?:(?:answer|value|result) )?(?:cannot|can't) be (?:determined|found|decided)"
    r"|(?:there is )?not enough (?:information|data)(?: given)?|(?:there is )?insufficient (?:information|data)"
    r"|(?:it is )?impossible to (?:determine|tell)|undetermined|无法确定",
}
_READERS = {sign: re.compile(wording, re.IGNORECASE) for sign, wording in _WORDINGS.items()}
_LONGEST = 60


def in_signs(text: str) -> str | None:
    """Return what a whole answer in words comes to; none for any other answer."""
    words = " ".join(text.replace("⟦", " ").replace("⟧", " ").split()).rstrip(". ")
    if not words or len(words) > _LONGEST:
        return None
    return next((sign for sign, reader in _READERS.items() if reader.fullmatch(words)), None)
