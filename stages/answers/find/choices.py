"""Choice letters and yes/no answers, compared as what they choose and never as letters of a formula."""

import re

from stages.answers.find.prose import MATH

_LETTERS = "A-J"
_AND = r"(?:and|or|ou|et|oder|und|y|o|e|и|или)"
_ONE = rf"[(\[<]?\s*([{_LETTERS}])\s*[)\]>]?[.:]?"
_ALONE = re.compile(rf"\s*(?:[∴⇒→]|=>)?\s*(?:option|choice|answer|(?:la|le|el|die)\s)?\s*{_ONE}\s*", re.IGNORECASE)
_FAILS = (
    r"\s+(?:is|was|are|were|would be|must be|can be|seems)\s+(?:also |both |all |clearly |definitely )?"
    r"(?:wrong|incorrect|not|false|too|impossible|out|ruled|excluded|eliminated|invalid|the wrong)\b"
    r"|\s+(?:fails?|cannot|can't)\b|\s+(?:isn't|aren't|wasn't|does not|doesn't|do not|don't)\b"
    r"|\s+(?:ist|sind|est|sont|es|está|é|è|sono|jest|zijn)\s+(?:nicht|falsch|inkorrekt|incorr\w+|fau(?:x|ss\w*)|inexacte?s?"
    r"|fals[aoie]s?|errad[ao]s?|errat[aoie]|sbagliat[aoie]|scorrett[aoie]|onjuist|niet|błędn\w+)\b"
    r"|\s+(?:n['’]|ne\s|no\s|non\s|não\s|nie\s|niet\b|nicht\b|не\s|невер\w+|неправильн\w+)"
    r"|\s*(?:项)?(?:均|都|皆|也|才)?(?:是|为)?(?:不|错|有误|违反|与题意不符|排除)"
)
"""What says that the letter before it is none to choose."""
_LEADING = re.compile(
    rf"\s*(?:(?:option|choice)\s+)?(?:\(([{_LETTERS}])\)(?!\s*[=<>+*/^])|([{_LETTERS}])\s*[).:](?!\s?[A-Z]\s*=)"
    rf"|([{_LETTERS}])(?=\s+[A-Z(])|([B-HJ])(?=\s+[^\W\d_]*[^\W\d_A-Z=])(?!\s+{_AND}\b|\s*[或和与及、]|{_FAILS})|(A)(?=\s+(?:because|since|as|for)\b))(?!{_FAILS})"
)
_LEADING_SMALL = re.compile(rf"\s*\(?([{_LETTERS.lower()}])\s*[).:](?=\s)")
_SEVERAL = re.compile(
    rf"\s*\(?[{_LETTERS}]\)?(?:\s*(?:,|、|/|&|;|\.|and|or|,\s*and|,\s*or)?\s*\(?[{_LETTERS}]\)?)*\s*\.?\s*"
)
_SMALL = re.compile(r"\(?[a-d]\)?\.?")
_CAPITAL = re.compile(r"(?:(?i:option|choice)\s+)?(?:\*\*)?\(?[A-D]\)?[.:]?(?:\*\*)?")
_NO_ARTICLE = r"(?!A\s+(?!and\b|or\b)[a-z]|I\s+(?!and\b|or\b)[a-z'])"
_RUN = rf"\(?{_NO_ARTICLE}[{_LETTERS}]\)?(?:(?:\s*[,、&/或和与及]\s*|,?\s+{_AND}\s+)\(?[{_LETTERS}]\)?)*"
_CHOICE_WORDS = (
    r"(?i:\b(?:it['’]s|that['’]s|is|be|are|was|options?|choices?|answers?|réponses?|respuestas?|respostas?|rispost[ae]"
    r"|opci(?:ón|ones)|opç(?:ão|ões)|opzion[ei]|alternativas?|antwort(?:en)?|lettre|letra|lettera|buchstabe|вариант|ответ"
    r"|pick(?:ed)?|choose|chose|select(?:ed)?|letters?|with|for|therefore|thus|hence|so|either|namely"
    r"|definitely|clearly|certainly|obviously)\b)"
    r"|(?i:\bleav(?:es|ing)(?: only| just| us with)?)(?=[\s(*]*[A-J]\)?[\s*]*(?:[.,;!]|$))"
    r"|(?i:(?:opción|alternativa|respuesta|réponse|resposta|risposta|opzione|opção|lettre|letra|lettera)"
    r"(?: (?:correct[ae]|correcta|correta|corretta|giusta|exacta?e?|juste))?"
    r" (?:es|est|é|è) (?:donc |pues |quindi |portanto )?(?:la |a |le |el |l['’])?"
    r"(?:opción |option |opção |opzione |lettre |letra |lettera )?)"
    r"|[:：→]|选|是"
)
_HOLDS = (
    r"(?=\s+(?:is|are)\s+(?:the\s+)?(?:only\s+)?(?:valid|correct|right|true|best|answer)\b"
    r"|\s+(?:ist|sind|est|sont|es|son|está|estão|é|são|è|sono|jest|là)\s+(?:richtig|korrekt|wahr|juste|exacte?|correcte?"
    r"|vraie?|correct[ao]|verdader[ao]|ciert[ao]|cert[ao]|corrett?[ao]|giust[ao]|ver[ao]|poprawn[ay]|prawidłow[ay])s?\b"
    r"(?!\s+(?:nicht|pas))|\s+(?:верен|верна|верно|верны|правилен|правильный|правильная|правильно)\b"
    r"|\s*(?:项)?(?:均|都|皆|才)?(?:是|为)?(?:正确|对)(?:的|答案|选项)?(?=\s*(?:[，,。.；;！!)）]|$))"
    r"|\s*(?:だけ|のみ)?が(?:正しい|正解)(?=(?:です)?\s*(?:[。.、]|$))|\s*(?:만|이|가)\s*(?:맞습니다|옳습니다|맞다|옳다|정답입니다)(?=\s*(?:[.。,]|$)))"
)
_STANDING = re.compile(
    rf"(?:(?:{_CHOICE_WORDS})[\s(*\"'“]*|(?=\())(?P<run>(?>{_RUN}))(?![A-Za-z0-9'_]|\s*[=<>+*/^]|{_FAILS})"
    rf"|(?<![A-Za-zÀ-ÿЀ-ӿ0-9_\\'])(?P<holds>{_RUN.replace(_NO_ARTICLE, '')}){_HOLDS}"
)
"""Letters behind a word that chooses, or in brackets; a letter anywhere else names a point, a unit or a vitamin."""
_NOT = re.compile(
    r"(?:\bif|\bwhether|\bwenn|\bob|\bsi|\bse|\bесли|如果|假如|假设|若|并非|不是|不选|排除|以为|误认为|有人说|是否|もし|만약"
    r"|\b(?:différente?s?|distint[ao]|diferente|diversa) (?:de|da|que)|\bserait|\bsería|\bseria|\bsarebbe|\bwäre"
    r"|\bnicht|\bpas|\bnon|\bnie|\bне|\bnot|\bcannot|n't|\bnever|\bnor|\bthan|\bexcept|\binstead of"
    r"|\bexcludes?|\beliminates?|\brules? out)"
    r"(?:\s*(?:be|option|choice|answer|necessarily|choose|pick|select|take|say|go with|recommend|the"
    r"|l['’]option|la|le|les|il|die|réponse|respuesta|resposta|risposta|alternativa|opción|opção|opzione|antwort|вариант|选项|選択肢))*[\s(:]*$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:vitamin|hepatitis|plan|group|type|grade|factor|protein|influenza|appendix|schedule) $", re.IGNORECASE
)
"""What a letter may belong to that then chooses nothing (`vitamin C is the answer`)."""
_DRESS = re.compile(
    r"\\(?:text)?color\s*\{[^{}]*\}|\\underline(?![a-z])|[⟦⟧$*{}]|\\(?:text|math)(?:bf|rm|it|sf)?(?![a-z])"
    r"|\\[ ,;:!]|\\q?quad(?![a-z])|\\(?:bf|rm)(?![a-z])|~"
)
_YES = frozenset(
    ["yes", "y", "true", "t", "correct", "right", "是", "对", "正确", "真", "vrai", "oui", "ja", "wahr", "sí", "sim",
     "sì", "verdadero", "verdadeiro", "vero", "да", "верно", "はい", "예", "네", "evet", "doğru", "có", "نعم", "हाँ"]
)  # fmt: skip
_NO = frozenset(
    ["no", "n", "false", "f", "incorrect", "wrong", "否", "不是", "错", "错误", "假", "faux", "non", "nein", "falsch",
     "falso", "não", "нет", "неверно", "いいえ", "아니요", "아니오", "hayır", "yanlış", "không", "لا", "नहीं"]
)  # fmt: skip
_HEADS = "yes|no|true|false|ja|nein|oui|non|sí|sì|sim|não|да|нет|evet|hayır"
_VERDICTS = re.compile(rf"\b(?:{_HEADS})\b", re.IGNORECASE)
_HEADED = re.compile(
    r"\W*(?:(?:therefore|thus|hence|so|in conclusion|conclusion|overall|finally)\b[\s,:*]+)?"
    rf"({_HEADS})\**\s*[.,;:!]\**\s",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:unless|provided|depend\w*|only (?:if|when)|not always|wenn|falls|außer|sauf|excepto|salvo|если|кроме)\b"
    r"|[.,;:!]\**\s+(?:but )?(?:only )?(?:if|si|se)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(r".*\b(?:is|are|was)\s+(?P<denied>not\s+)?(?P<said>true|false)\W*", re.IGNORECASE | re.DOTALL)


def letters(text: str, *, loose: bool = False) -> frozenset[str] | None:
    """Return the choice letters that `text` names; with `loose`, also those that a sentence chooses."""
    bare = _DRESS.sub(" ", text).strip()
    alone = _ALONE.fullmatch(bare)
    if alone:
        return frozenset(alone[1].upper())
    if _SEVERAL.fullmatch(bare):
        several = re.findall(rf"[{_LETTERS}]", bare)
        return frozenset(several) if len(several) == len(set(several)) else None
    leading = _LEADING.match(bare) or (_LEADING_SMALL.match(bare) if loose else None)
    if leading:
        return frozenset(next(group for group in leading.groups() if group).upper())
    return _chosen(text) if loose else None


def small_choice(gold: str, answer: str) -> bool:
    """Tell whether a gold `a` is a choice: a capital letter alone, in no formula, answers it."""
    return bool(_SMALL.fullmatch(gold.strip()) and _CAPITAL.fullmatch(answer.strip()))


def _chosen(text: str) -> frozenset[str] | None:
    """Return the letters that the last choosing words of a sentence choose; letters inside formulas choose nothing."""
    bare = _DRESS.sub(" ", MATH.sub(_lone_letters, text))
    runs = [(run.start(run.lastgroup or 0), run[run.lastgroup or 0]) for run in _STANDING.finditer(bare)]
    chosen = [run for start, run in runs if not _NOT.search(bare[:start]) and not _NAMED.search(bare[:start])]
    return frozenset(re.findall(rf"\b[{_LETTERS}]\b", chosen[-1])) if chosen else None


def _lone_letters(formula: re.Match[str]) -> str:
    inside = next(part for part in formula.groups() if part)
    return f" {inside} " if letters(inside) else " "


def truth(text: str) -> bool | None:
    """Return what a yes or no says, alone, at the head of a sentence or at its end; none when the text is neither."""
    text = _DRESS.sub(" ", text)
    headed, ending = _HEADED.match(text), _ENDING.fullmatch(text)
    agreed = len({word.casefold() in _YES for word in _VERDICTS.findall(text)}) == 1
    if ending and agreed:
        return (ending["said"].lower() == "true") != bool(ending["denied"])
    if headed and agreed and not _CONDITION.search(text):
        text = headed[1]
    word = re.sub(r"[.!,\s]", "", text).casefold()
    return True if word in _YES else False if word in _NO else None
