"""Scoring a file of answers: a verdict for every row, and the table that says where they go wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stages.answers.check import CHECKER_VERSION, check_answer
from stages.answers.find.gold import gold_answer, gold_fault
from stages.answers.kinds import infer_kind, known_kind

BARE_FORMS = frozenset(("answer", "bare"))
"""The values of `pred_form` that say a prediction is an answer and nothing else; any other is a whole reply."""
_LONGEST_SHOWN = 200


def score_rows(rows: Iterable[Mapping[str, object]]) -> Iterator[dict[str, object]]:
    """Yield, for each row with `gold` and `prediction`, its verdict, in the order of the rows.

    `pred_form` (`reply` or `answer`), `kind`, `finish_reason` and `expected` are used where a row has them; a
    prediction may also stand in `prediction_parts`, a list of (text, times).
    """
    for row in rows:
        gold = _text(row.get("gold"))
        kind = known_kind(_text(row.get("kind")))
        verdict = check_answer(
            _prediction(row),
            gold,
            kind=kind,
            finish_reason=_text(row.get("finish_reason")) or "stop",
            bare=_text(row.get("pred_form")) in BARE_FORMS,
        )
        result: dict[str, object] = {
            "verdict": verdict.verdict,
            "reason": verdict.reason,
            "rule": verdict.rule,
            "extracted": verdict.extracted,
            "extraction": verdict.extraction,
            "kind": kind or (infer_kind(gold_answer(gold)) if gold and gold.strip() else "text"),
            "checker": CHECKER_VERSION,
            "gold": gold,
            "gold_fault": gold_fault(gold),
        }
        yield result | ({"expected": row["expected"]} if isinstance(row.get("expected"), bool) else {})


@dataclass
class Confusion:
    """How verdicts stand against what was expected, by kind and by rule."""

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    """For each kind or rule: right, false_accept, false_reject, left_open; or, with nothing expected, the verdicts."""
    to_look_at: list[tuple[int, str]] = field(default_factory=list)
    """Number of each row (from 0) that went wrong, and how: false_accept, false_reject or left_open."""
    suspect_golds: list[tuple[str, str]] = field(default_factory=list)
    """Golds that are empty, a sentinel, hold several boxes, or that nothing ever matched, with that reason."""


def confusion(results: Iterable[Mapping[str, object]], *, fewest_tries: int = 4) -> Confusion:
    """Return the confusion of scored rows; a gold tried `fewest_tries` times and never matched is suspect."""
    table = Confusion()
    tried: Counter[str] = Counter()
    matched: set[str] = set()
    for number, result in enumerate(results):
        gold = str(result.get("gold"))
        outcome = _outcome(result)
        table.rows += 1
        table.verdicts[str(result["verdict"])] += 1
        table.reasons.update([str(result["reason"])] if result["reason"] else [])
        table.by_kind.setdefault(str(result["kind"]), Counter())[outcome] += 1
        table.by_rule.setdefault(str(result["rule"]) or "none", Counter())[outcome] += 1
        if outcome in ("false_accept", "false_reject", "left_open"):
            table.to_look_at.append((number, outcome))
        if result.get("gold_fault") and gold not in tried:
            table.suspect_golds.append((gold[:_LONGEST_SHOWN], str(result["gold_fault"])))
        tried[gold] += 1
        if result["verdict"] == "correct":
            matched.add(gold)
    never = [gold for gold, times in tried.items() if times >= fewest_tries and gold not in matched]
    table.suspect_golds.extend((gold[:_LONGEST_SHOWN], "never_matched") for gold in never)
    return table


def _outcome(result: Mapping[str, object]) -> str:
    """Return how a row went; a verdict left open on a wrong answer is right, as it is never taken for correct."""
    verdict, expected = str(result["verdict"]), result.get("expected")
    if not isinstance(expected, bool):
        return verdict
    if verdict == "correct":
        return "right" if expected else "false_accept"
    if not expected:
        return "right"
    return "left_open" if verdict == "undecided" else "false_reject"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _prediction(row: Mapping[str, object]) -> str:
    parts = row.get("prediction_parts")
    if isinstance(parts, Sequence) and not isinstance(parts, str):
        return "".join(str(text) * int(times) for text, times in parts)
    return _text(row.get("prediction")) or ""
