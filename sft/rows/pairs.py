"""Pairs to prefer between: of one problem, asked the same way, a shorter right answer over a longer right one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.columns import COT_TOKENS, PROBLEM_ID, PROMPT, TOKENIZER, TRACE_ID, VERDICT
from data.table import Row

READS = (VERDICT, COT_TOKENS, TOKENIZER)
"""Columns that pairs are made from, beyond those of any training row."""


@dataclass(frozen=True)
class Pair:
    """Two rows with one prompt."""

    chosen: Row
    rejected: Row

    def as_trl(self) -> dict[str, object]:
        """Return the pair in TRL's form: prompt, chosen, rejected, all as turns."""
        rows = self.chosen, self.rejected
        return {"prompt": rows[0]["prompt"], "chosen": rows[0]["completion"], "rejected": rows[1]["completion"]}


@dataclass(frozen=True)
class Paired:
    """The pairs, and by reason how many rows are in none."""

    pairs: Sequence[Pair]
    left_out: Mapping[str, int]


def paired(rows: Iterable[Row], *, per_problem: int, shorter_by: float) -> Paired:
    """Pair each problem's shortest right answer with its longest ones, at most `per_problem` of them.

    Lengths are compared only within one tokenizer, and answers only to one prompt.
    """
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    left: Counter[str] = Counter()
    for row in rows:
        if row[VERDICT.name] != "correct" or row[COT_TOKENS.name] is None:
            left["not_correct" if row[VERDICT.name] != "correct" else "not_measured"] += 1
        else:
            groups[row[PROBLEM_ID.name], repr(row[PROMPT.name]), str(row[TOKENIZER.name])].append(row)
    pairs = []
    for key in sorted(groups):
        found = list(_of_one(groups[key], per_problem, shorter_by))
        used = {row[TRACE_ID.name] for pair in found for row in (pair.chosen, pair.rejected)}
        left["not_paired"] += sum(row[TRACE_ID.name] not in used for row in groups[key])
        pairs += found
    return Paired(pairs, {reason: count for reason, count in left.items() if count})


def from_traces(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield traces as rows to pair: what was sent is the prompt, the reply the completion."""
    for row in rows:
        turn = {"role": "assistant", "content": row["reply"]}
        yield {**row, "prompt": row["messages"], "completion": [turn], "segments": [], "added_tokens": []}


def _of_one(rows: Sequence[Row], per_problem: int, shorter_by: float) -> Iterator[Pair]:
    ranked = sorted(rows, key=lambda row: (row[COT_TOKENS.name], row[TRACE_ID.name]))
    shortest = ranked[0]
    for longer in ranked[:0:-1][:per_problem]:
        longest, least = longer[COT_TOKENS.name], shortest[COT_TOKENS.name]
        if least < longest and least <= (1 - shorter_by) * longest:
            yield Pair(shortest, longer)
