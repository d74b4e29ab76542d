"""Each row is trained with a share of the update, the shorter its chain the more of it (CoT-Valve++, Ma et al. 2025).

Kept: beta is 1 - (m - shortest) / (longest - shortest) for a chain of m tokens among its problem's, and the row is
trained at the base's weights plus beta times the update, so that the update, scaled by alpha, turns the length.
Lost: a problem's longest chain. At beta 0 the update is out of the forward pass, and the chain would teach nothing
while it thins the mean of a step; it is counted instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import COT_TOKENS, PROBLEM_ID, TOKENIZER
from data.spec import spec
from data.table import Row
from sft.rows.lazy import Picked
from sft.schedules.stage import BETA, Planned, Tools, TrainingStage

AT_BETA_0 = "at_beta_0"
"""Why a problem's longest chains are left out."""


@spec
class Valve:
    """One stage; each row says how much of the update it is trained with."""

    kind: Literal["valve"] = "valve"
    beta_of_equals: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Beta where a problem's chains are all of one length, or there is but one; 0 leaves them out."""

    @property
    def reads(self) -> Sequence[pa.Field]:
        """The length of a chain, and what counted it."""
        return (COT_TOKENS, TOKENIZER)

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the one stage; each of its rows holds its beta, above 0."""
        if unmeasured := sum(row[COT_TOKENS.name] is None for row in rows):
            return Planned([], faults=[f"schedule: {unmeasured:,} rows have no cot_tokens to tell their beta by"])
        told = [(row[PROBLEM_ID.name], row[COT_TOKENS.name], row[TOKENIZER.name]) for row in rows]
        groups = _by_problem(told)
        faults = _faults(groups)
        spans = {problem: _span(found) for problem, found in groups.items()}
        betas = [self._beta(tokens, *spans[problem]) for problem, tokens, _ in told]
        kept = Picked(rows, [at for at, beta in enumerate(betas) if beta > 0], lambda at, row: {**row, BETA: betas[at]})
        if rows and not kept:
            faults.append("schedule: no row has a beta above 0, so none would be trained; raise `beta_of_equals`")
        left = len(rows) - len(kept)
        return Planned([TrainingStage("valve", kept)], {AT_BETA_0: left} if left else {}, faults)

    def _beta(self, tokens: int, shortest: int, longest: int) -> float:
        return self.beta_of_equals if shortest == longest else 1 - (tokens - shortest) / (longest - shortest)


Chain = tuple[int, str]
"""How many tokens it has, and what counted them."""


def _by_problem(told: Iterable[tuple[str, int, str]]) -> Mapping[str, Sequence[Chain]]:
    groups: dict[str, list[Chain]] = defaultdict(list)
    for problem, tokens, tokenizer in told:
        groups[problem].append((tokens, tokenizer))
    return groups


def _span(chains: Sequence[Chain]) -> tuple[int, int]:
    """Return the shortest and the longest of a problem's chains."""
    return min(chains)[0], max(chains)[0]


def _faults(groups: Mapping[str, Sequence[Chain]]) -> list[str]:
    mixed = [problem for problem, chains in groups.items() if len({tokenizer for _, tokenizer in chains}) > 1]
    told = "have chains counted by several tokenizers, whose lengths do not compare"
    return [f"schedule: {len(mixed):,} problems {told}: {', '.join(mixed[:3])} ..."] if mixed else []
