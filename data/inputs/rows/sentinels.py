"""Golds that say that there is none: nothing could ever be right, so nothing is asked.

Sources: `proof` and `notfound` (NuminaMath-1.5), `[proof]` and `N/A` (OpenMathReasoning's extraction), `see solution`
(Olympiad scrapes), `no answer` and kin (extractors that wrote their failure into the column). Words that can be an
answer, such as `none`, `no solution` and `unknown`, are not among them.
"""

import re
from collections.abc import Collection

SENTINELS = frozenset(
    (
        "proof", "proved", "proven", "proof problem", "prove", "qed", "q e d", "to prove", "see proof", "see the proof",
        "notfound", "not found", "answer not found", "no answer found", "not_found", "noanswer", "no answer",
        "no answer given", "no final answer", "see solution", "see the solution", "see explanation", "see above",
        "see below", "na", "n/a", "nan", "null", "not available", "not applicable", "not provided", "not given",
        "none given", "none provided", "missing", "missing answer", "todo", "tbd", "placeholder", "omitted",
        "answer omitted", "invalid", "error", "no_answer", "no ground truth", "dummy",
    )
)  # fmt: skip
_DRESS = re.compile(r"\\(?:text|textbf|mathrm|boxed|mbox)\b|[^\w/ \\]+|\\")
_MARKS = re.compile(r"[\s?.*_#$\\{}()\[\]-]*")


def is_sentinel(gold: str, sentinels: Collection[str] | None = None) -> bool:
    """Tell whether a gold says that there is none, whatever its case, marks and LaTeX dress."""
    if sentinels is not None:
        return gold.strip().casefold() in {sentinel.strip().casefold() for sentinel in sentinels}
    if not gold.strip():
        return False
    words = " ".join(_DRESS.sub(" ", gold).casefold().split())
    return _MARKS.fullmatch(gold) is not None or words in SENTINELS
