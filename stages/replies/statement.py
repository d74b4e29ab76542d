"""The sentence that states an answer in a box, in the language of the reply, with the answer in its plain spelling."""

import re

from stages.answers.equivalence import normal
from stages.answers.find.choices import letters

SENTENCES = {
    "en": "The final answer is:",
    "zh": "最终答案是：",
    "ja": "最終的な答えは次のとおりです：",
    "ko": "최종 답은 다음과 같습니다:",
    "ru": "Окончательный ответ:",
    "ar": "الإجابة النهائية هي:",
    "hi": "अंतिम उत्तर है:",
    "th": "คำตอบสุดท้ายคือ:",
    "es": "La respuesta final es:",
    "fr": "La réponse finale est :",
    "de": "Die endgültige Antwort lautet:",
    "pt": "A resposta final é:",
    "it": "La risposta finale è:",
}
"""How a language leads an answer in; English (as Xia et al. 2025 end every chain) for any that is not here."""
_SCRIPTS = {
    "ja": "\u3041-\u30ff",
    "ko": "\uac00-\ud7a3",
    "zh": "\u4e00-\u9fff",
    "ru": "\u0400-\u04ff",
    "ar": "\u0600-\u06ff",
    "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f",
}
"""Languages that are known by their letters, the first that fits: Japanese has Chinese signs beside its own."""
_LETTERS = {language: re.compile(f"[{signs}]") for language, signs in _SCRIPTS.items()}
_LATIN = re.compile(r"[a-zà-ÿ]+")
_WORDS = {
    "en": "the of and is to in that so each has are we",
    "es": "el los las que por es son cada entonces tiene y del",
    "fr": "le les des est et que donc il elle chaque une dans",
    "de": "der die das und ist sind ein eine wir also von hat",
    "pt": "os das que são cada então tem um uma não do em",
    "it": "il gli che è sono ogni quindi ha di della per un",
}
_WORD_SETS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_READ = 4_000
"""So many characters tell the language of a text."""
_SHARE = 0.2
"""Of a text's letters, those of a script that make the text its language's: formulas and names bring Latin ones."""
_LEAD = 2
"""So many more common words than English has must another language have: a name or two are no language."""
_UNIT = re.compile(r"(-?[\d.,/]*\d) ?([A-Za-z][A-Za-z ./]{0,40})")


def statement(answer: str | None, kind: str | None = None, told: str = "") -> str:
    """Return the sentence that states an answer of this kind in the language of what was `told` before it."""
    return f"{SENTENCES[language_of(told)]} $\\boxed{{{boxed(answer or '', kind)}}}$"


def boxed(answer: str, kind: str | None = None) -> str:
    """Return an answer as it is put in a box: in the spelling of a vote, a choice as its letter, words as text."""
    plain = normal(answer, kind).replace("\u2212", "-")
    named = letters(plain, loose=True) if kind == "choice" else None
    if named:
        return ", ".join(sorted(named))
    unit = _UNIT.fullmatch(plain)
    return f"{unit[1]}\\text{{ {unit[2]}}}" if unit else plain


def language_of(text: str) -> str:
    """Return the language of a text as one of `SENTENCES`; English where it tells none."""
    head = text[:_READ]
    letters_there = sum(sign.isalpha() for sign in head)
    for language, script in _LETTERS.items():
        if letters_there and len(script.findall(head)) > _SHARE * letters_there:
            return language
    words = _LATIN.findall(head.lower())
    counts = {language: sum(word in own for word in words) for language, own in _WORD_SETS.items()}
    best = max(counts, key=lambda language: (counts[language], language == "en"))
    return best if counts[best] >= counts["en"] + _LEAD else "en"
