r"""One spelling for the many ways an answer is written: LaTeX dress off, Unicode signs as commands, wrappers gone.

Words (`\text{...}` and its like) come out between the marks `⟦` and `⟧`, so that they never mix with a formula.
"""

import re
import unicodedata

from stages.answers.formulas.names import IN_TEXT
from stages.answers.formulas.wordings import in_signs

OPEN_TEXT, CLOSE_TEXT = "⟦", "⟧"
REMAINDER = f"{OPEN_TEXT}remainder{CLOSE_TEXT}"
"""What stands between a quotient and its remainder."""

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUBSCRIPT_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5"} | {
    "⅘": "4/5",
    "⅙": "1/6",
    "⅚": "5/6",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
}
_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "÷": "/", "∕": "/", "⁄": "/", "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ", "∈": r"\in ",
    "∪": r"\cup ", "∩": r"\cap ", "±": r"\pm ", "∓": r"\mp ", "∞": r"\infty ", "√": r"\sqrt ", "≈": r"\approx ",
    "°": r"^\circ ", "′": "'", "’": "'", "∅": r"\emptyset ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ",
    "⌉": r"\rceil ", "、": ",", "；": ";", "，": ",", "。": "", "।": "", "：": ":", "∶": ":", "ℝ": r"\mathbb{R}",
    "…": r"\ldots ",
    "π": r"\pi ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ", "λ": r"\lambda ",
    "μ": r"\mu ", "σ": r"\sigma ", "φ": r"\varphi ", "ω": r"\omega ", "ρ": r"\rho ", "τ": r"\tau ",
}  # fmt: skip
_ESCAPED_TWICE = re.compile(
    r"(?<!\\)\\\\(?=(?:[dt]?frac|sqrt|left|right|boxed|begin|end|leq?|geq?|neq?|pi|infty|cup|cdot|times|text|in|pm)(?![a-z]))"
)
_ROW_BREAK = re.compile(r"\\\\\*?\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\]|\\\\\*|\\(?:tabularnewline|newline)(?![A-Za-z])")
r"""A row break with its space (`\\[2mm]`), which is dress."""
_RULES = re.compile(r"\\hline(?![A-Za-z])")
_COMMANDS = [
    (re.compile(r"\\(?:left|right|[bB]igg?[lr]?|middle)(?![A-Za-z])(?:\s*\.(?!\d))?"), ""),
    (re.compile(r"\\(?:displaystyle|textstyle|limits|nolimits|hfill|centering|phantom\{[^{}]*\})(?![A-Za-z])"), ""),
    (re.compile(r"\\(?:text|page)?color(?:box)?\s*(?:\[[^\[\]]*\])?\s*\{[^{}]*\}|\\underline(?=\s*\{)"), ""),
    (re.compile(r"\\(?:tiny|small|large|Large|LARGE|huge|Huge|normalsize|bf|rm|it|boldmath)(?![A-Za-z])"), ""),
    (re.compile(r"\\[dtc]frac(?![A-Za-z])"), r"\\frac"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\{:\}|\\colon(?![A-Za-z])"), ":"),
    (re.compile(r"\\!"), ""),
    (re.compile(r"(?<=\d)\\[,;: ](?=\d{3}(?!\d))|(?<=\d)[\u2009\u202f\u00a0](?=\d{3}(?!\d))"), "\u2009"),
    (re.compile(r"(?<!\\)\\(?:[,;:> ]|q?quad(?![A-Za-z])|hspace\{[^{}]*\}|thinspace(?![A-Za-z]))"), " "),
    (re.compile(r"~|[\u2009\u202f\u00a0](?!\d)"), " "),
    (re.compile(r"\{([^{}]*)\\over(?![a-z])([^{}]*)\}"), r"\\frac{\1}{\2}"),
    (re.compile(r"\(?\s*\\p?mod\s*\{?\s*(\w+)\s*\}?\s*\)?|\((?:\\text\{)?mod\}?\s*(\w+)\)"), r" \\bmod \1\2"),
    (re.compile(r"\\(?:leqslant|leq)(?![A-Za-z])"), r"\\le "),
    (re.compile(r"\\(?:geqslant|geq)(?![A-Za-z])"), r"\\ge "),
    (re.compile(r"\\neq(?![A-Za-z])|\\not\s*="), r"\\ne "),
    (re.compile(r"(?<=[)\]])\s*U\s*(?=[(\[])"), r"\\cup "),
    (re.compile(r"\\(?:lt)(?![A-Za-z])"), "<"),
    (re.compile(r"\\(?:gt)(?![A-Za-z])"), ">"),
    (re.compile(r"\\(?:lbrace|\{)"), r"\\{"),
    (re.compile(r"\\(?:rbrace)"), r"\\}"),
    (re.compile(r"\\(?:langle)(?![A-Za-z])"), "("),
    (re.compile(r"\\(?:rangle)(?![A-Za-z])"), ")"),
    (re.compile(r"\\(?:lbrack)(?![A-Za-z])"), "["),
    (re.compile(r"\\(?:rbrack)(?![A-Za-z])"), "]"),
    (re.compile(r"\\(?:[lr]?vert)(?![A-Za-z])"), "|"),
    (re.compile(r"\\dot\s*\{([A-Za-z])\}"), r"\1'"),
    (re.compile(r"\\ddot\s*\{([A-Za-z])\}"), r"\1''"),
    (re.compile(r"\\([ij])math(?![A-Za-z])"), r"\1"),
    (re.compile(r"\\(?:hat|bar|tilde)\s*(?:\{\s*([A-Za-z])\s*\}|([A-Za-z])(?![A-Za-z]))"), r"\1\2"),
    (re.compile(r"\\%"), "%"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?|\\degree(?![A-Za-z])"), r"^\\circ "),
    (re.compile(r"\\(?:dot|cdots|dots|ldots|dotsc)(?=\s*(?:[,;.]|$))|(?<!\.)\.{3}(?!\.)"), r"\\ldots "),
]
_STYLE = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|boldsymbol|bm|operatorname\*?|ce|vec|overline|overrightarrow)\s*"
    r"\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_TEXT = re.compile(r"\\(?:text|textbf|textit|textrm|textnormal|textsf|mbox|hbox|emph)\s*\{([^{}]*)\}")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_MATH_MARKS = re.compile(r"\\[()\[\]]|(?<!\\)\$")
_MATH_MARKS_IN_ROWS = re.compile(r"(?<!\\)(?:\\[()\[\]]|\$)")
r"""Where there are row breaks, `\\(` is one of them and a bracket."""
_QUOTES = frozenset(('""', "“”", "''", "‘’", "«»"))
_NUMBERED = re.compile(r"(?<![A-Za-z\\0-9.}_])(?<!\d )([A-DF-HJ-Za-df-hj-z])(\d+)(?![A-Za-z\d^(.,])")
"""A letter with a number behind it (`C1`, `x2`), a name and no product."""
_PRODUCT = re.compile(r"[A-Za-z](?!1$)\d+")
"""Alone, `k2` may well be one."""
_BLANKS = re.compile(r"[ \t\n]{2,}")
_REPEATING = re.compile(r"\.(\d*)\\(?:overline|bar|dot)\s*\{(\d+)\}")
_DOLLARS = re.compile(r"(?<!\\)\$(?=\s*\d)")
_EMPHASIS = re.compile(r"^([*_])(?=[\w\\-])([^*_\n]*\w)\1$")
"""One star or stroke on either side, as markdown slants."""
_POWER_STARS = re.compile(r"(?<=[\w)}])\*\*(?=[\w({\\-])")
_ORDINAL = re.compile(rf"(?<=\d)\s*\^?\s*\{{?\s*{OPEN_TEXT}?(?:th|st|nd|rd){CLOSE_TEXT}?\s*\}}?(?![A-Za-z])")
_JOINING = re.compile(r"\s*,?\s*(?:and|or|und|et)\s*", re.IGNORECASE)
_QUOTIENT = re.compile(
    rf"(\d+)\s*,?\s*{OPEN_TEXT}?\s*(?:R|\br\b|rem\.?|(?:with )?(?:a )?remainder(?: of)?|余)\s*{CLOSE_TEXT}?\s*(\d+)"
)
"""What a division with a remainder comes to (`8 R 3`, `8 with a remainder of 3`)."""
_MATRIX_GLUED = re.compile(r"\\(begin|end)\s*\{?\s*([pbBvV]?)matrix\s*\}?")


def tidy(answer: str) -> str:
    """Return `answer` in one spelling, ready to be read as a number, a formula, a structure or words."""
    text = "".join(_SIGNS.get(char, char) for char in answer)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^{" + run.group().translate(_SUPERSCRIPTS) + "}", text)
    text = _SUBSCRIPT_RUN.sub(lambda run: "_{" + run.group().translate(_SUBSCRIPTS) + "}", text)
    text = "".join(r"\frac{{{}}}{{{}}}".format(*_VULGAR[char].split("/")) if char in _VULGAR else char for char in text)
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    if not text.isascii():
        text = "".join(_SIGNS.get(char, char) for char in text)
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    text = _RULES.sub(" ", _ROW_BREAK.sub(r"\\\\ ", text)) if "\\begin" in text else text
    text = _REPEATING.sub(r".\1(\2)", text)
    if text.replace("\\$", "").count("$") % 2:
        text = _DOLLARS.sub(r"\\$", text)
    text = _ESCAPED_TWICE.sub(r"\\", text)
    for pattern, plain in _COMMANDS:
        text = pattern.sub(plain, text)
    text = _MATRIX_GLUED.sub(r"\\\1{\2matrix}", text)
    text = _STYLE.sub(_style, _TEXT.sub(_words, text))
    text = _ORDINAL.sub("", strip_wrappers(text)).lstrip("= ").removesuffix("\\\\")
    if OPEN_TEXT not in text and not _PRODUCT.fullmatch(text):
        text = _NUMBERED.sub(r"\1_{\2}", text)
    quotient = _QUOTIENT.fullmatch(text)
    if quotient:
        return f"{quotient[1]} {REMAINDER} {quotient[2]}"
    return in_signs(text) or text


def strip_wrappers(text: str) -> str:
    """Return `text` without what stands round a formula: dollars, boxes, bold marks, a closing stop."""
    text = _POWER_STARS.sub("^", (_MATH_MARKS_IN_ROWS if "\\begin" in text else _MATH_MARKS).sub(" ", text))
    text = _BLANKS.sub(" ", text.replace("**", " ").replace("`", " ")).strip()
    text = _EMPHASIS.sub(r"\2", text.rstrip(",;: \n\t").lstrip(",;: \n\t"))
    text = text[1:-1].strip() if len(text) > 2 and text[0] + text[-1] in _QUOTES and text.count(text[0]) <= 2 else text
    text = text[:-1].rstrip(",;: \n\t") if text.endswith(".") and not text.endswith("..") else text
    while _BOX.match(text) and text.endswith("}"):
        text = _BOX.sub("", text, count=1)[:-1].strip()
    return text


def _words(match: re.Match[str]) -> str:
    inner = match[1].strip()
    if (len(inner) == 1 and inner.isalpha()) or not inner or not re.search(r"[^\W\d_]", inner) or inner in IN_TEXT:
        return f" {inner} "
    if _JOINING.fullmatch(match[1]):
        return " or " if inner.strip(", ").lower() == "or" else " and "
    return f"{OPEN_TEXT}{inner}{CLOSE_TEXT}"


def _style(match: re.Match[str]) -> str:
    inner = match[1].strip()
    if len(inner) <= 2 or inner in IN_TEXT or not inner.isalpha():
        return f" {inner} " if len(inner) != 1 else inner
    return f"{OPEN_TEXT}{inner}{CLOSE_TEXT}"
