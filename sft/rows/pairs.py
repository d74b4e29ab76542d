"""Pairs to prefer between: of one problem, asked the same way, a shorter right answer over a longer right one."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.columns import COT_TOKENS, PROBLEM_ID, PROMPT, TOKENIZER, TRACE_ID, VERDICT
from data.spec import digest
from data.table import Row

READS = (VERDICT, COT_TOKENS, TOKENIZER)
"""Columns that pairs are made from, beyond those of any training row."""


@dataclass(frozen=True)
class Pair:
    """Two rows with one prompt."""

    rows: Sequence[Row]
    """Those they are among."""
    chosen_at: int
    rejected_at: int

    @property
    def chosen(self) -> Row:
        """The shorter one."""
        return self.rows[self.chosen_at]

    @property
    def rejected(self) -> Row:
        """The longer one."""
        return self.rows[self.rejected_at]

    def as_trl(self) -> dict[str, object]:
        """Return the pair in TRL's form: prompt, chosen, rejected, all as turns."""
        chosen = self.chosen
        return {"prompt": chosen["prompt"], "chosen": chosen["completion"], "rejected": self.rejected["completion"]}


@dataclass(frozen=True)
class Paired:
    """The pairs, and by reason how many rows are in none."""

    pairs: Sequence[Pair]
    left_out: Mapping[str, int]


def paired(rows: Sequence[Row], *, per_problem: int, shorter_by: float) -> Paired:
    """Pair each problem's shortest right answer with its longest ones, at most `per_problem` of them.

    Lengths are compared only within one tokenizer, and answers only to one prompt.
    """
    groups: dict[tuple[str, str, str], list[tuple[int, str, int]]] = defaultdict(list)
    left: Counter[str] = Counter()
    for at, row in enumerate(rows):
        if row[VERDICT.name] != "correct" or row[COT_TOKENS.name] is None:
            left["not_correct" if row[VERDICT.name] != "correct" else "not_measured"] += 1
        else:
            key = row[PROBLEM_ID.name], digest(row[PROMPT.name]), str(row[TOKENIZER.name])
            groups[key].append((row[COT_TOKENS.name], row[TRACE_ID.name], at))
    pairs = []
    for key in sorted(groups):
        found = list(_of_one(groups[key], per_problem, shorter_by))
        used = {at for pair in found for at in pair}
        left["not_paired"] += sum(at not in used for *_, at in groups[key])
        pairs += [Pair(rows, chosen, rejected) for chosen, rejected in found]
    return Paired(pairs, {reason: count for reason, count in left.items() if count})


def _of_one(chains: Sequence[tuple[int, str, int]], per_problem: int, shorter_by: float) -> Iterator[tuple[int, int]]:
    """Yield the numbers of a shorter and a longer row; a chain is its tokens, its id and its number."""
    ranked = sorted(chains)
    least, _, shortest = ranked[0]
    for longest, _, longer in ranked[:0:-1][:per_problem]:
        if least < longest and least <= (1 - shorter_by) * longest:
            yield shortest, longer
