"""Adapt each problem's compression to what a model still solves (Kang et al. 2024, their third variant).

Candidates are tried from the highest compression down. The problems are split into folds; a model trained on four folds
answers those of the fifth, with three seeds; a problem stays at the first level at which one answer is right. This file
holds all of that but the training: the folds, the choice, and the stage that keeps the chosen rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import (
    CONTROL_KIND,
    CONTROL_VALUE,
    COT_TOKENS,
    DROPPED,
    FROM_TOKENS,
    PROBLEM_ID,
)
from data.disk import file_digest
from data.errors import ConfigError, InputError
from data.spec import PLACE, Positive, digest, parse, spec
from data.table import drop, values, with_column
from stages.stage import Stage

FOLDS = 5


@spec
class Judgement:
    """What a model that was trained at one level answered to a problem it had not seen."""

    problem_id: str
    level: Annotated[int, Field(ge=1)]
    """The level its training rows had; a higher one is shorter."""
    seed: int
    """Of the training."""
    held_out: Annotated[int, Field(ge=0)]
    """The fold it was not trained on."""
    right: bool
    """Its answer is, and its reasoning is as short as the level."""


def fold_of(problem_id: str, seed: int, folds: int = FOLDS) -> int:
    """Return the fold of a problem, a hash of the two: the same on every machine, in every order."""
    return int(digest(["fold", seed, problem_id])[:12], 16) % folds


def highest_right(levels: Sequence[int], right: Mapping[int, Sequence[bool]]) -> int | None:
    """Return the highest of `levels` at which any answer was right; None where there is none."""
    return next((level for level in sorted(levels, reverse=True) if any(right.get(level, ()))), None)


def read_judgements(path: Path) -> Iterator[Judgement]:
    """Yield judgements from JSON lines.

    Raises:
        InputError: a line is none, with its number.
    """
    if not path.is_file():
        raise InputError(f"judgements {path}: there is no such file")
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield parse(Judgement, line, where=f"{path}, line {number}")
            except ConfigError as error:
                raise InputError(*error.faults) from error


def right_by_level(judgements: Iterable[Judgement], seed: int, folds: int) -> dict[str, dict[int, list[bool]]]:
    """Return the answers of every problem by level.

    Raises:
        InputError: a problem was answered by a model that had trained on it, or twice by the same model.
    """
    found: dict[str, dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    seen: set[tuple[str, int, int]] = set()
    for one in judgements:
        own, key = fold_of(one.problem_id, seed, folds), (one.problem_id, one.level, one.seed)
        if one.held_out != own:
            raise InputError(
                f"judgements: problem {one.problem_id} lies in fold {own}, and the model that answered it at level "
                f"{one.level} held out fold {one.held_out}: it had seen the problem"
            )
        if key in seen:
            raise InputError(f"judgements: problem {one.problem_id}, level {one.level}, seed {one.seed} is there twice")
        seen.add(key)
        found[one.problem_id][one.level].append(one.right)
    return {problem: dict(levels) for problem, levels in found.items()}


@spec
class KeepHighestRight(Stage):
    """Keep of each problem the long row and the one of the highest level that was answered right.

    The kept one's control becomes the share it removes, so that it is trained under the short condition of a pair.
    The other levels leave as `not_chosen`; a problem without a judgement leaves as `not_judged`; one that was never
    answered right leaves as `never_right` or stays at its lowest level.
    """

    reads = (PROBLEM_ID, CONTROL_KIND, CONTROL_VALUE, COT_TOKENS, FROM_TOKENS)
    writes = (CONTROL_KIND, CONTROL_VALUE, DROPPED)

    judgements: Annotated[str, PLACE]
    """JSON-lines file of `Judgement`s; what it holds bears identity, not its path."""
    seed: int = 0
    """Of the folds."""
    folds: Positive = FOLDS
    never_right: Literal["lowest", "drop"] = "lowest"

    def uses(self) -> Mapping[str, str]:
        path = Path(self.judgements)
        if not path.is_file():
            raise InputError(f"judgements {path}: there is no such file")
        return {"judgements": f"judgements@{file_digest(path)[:12]}"}

    def __call__(self, rows: pa.Table) -> pa.Table:
        right = right_by_level(read_judgements(Path(self.judgements)), self.seed, self.folds)
        own: dict[str, list[int]] = defaultdict(list)
        columns = (values(rows, field) for field in (PROBLEM_ID, CONTROL_KIND, CONTROL_VALUE))
        triples = list(zip(*columns, strict=True))
        for problem, kind, level in triples:
            own[problem] += [int(level)] if kind == "level" else []
        chosen = {problem: self._chosen(levels, right.get(problem)) for problem, levels in own.items()}
        return drop(_as_pairs(rows), [_reason(kind, level, chosen[problem]) for problem, kind, level in triples])

    def _chosen(self, levels: Sequence[int], right: Mapping[int, Sequence[bool]] | None) -> int | str:
        """Return the level that is kept, or why the problem leaves."""
        if right is None or not levels:
            return "not_judged"
        highest = highest_right(levels, right)
        if highest is not None:
            return highest
        return min(levels) if self.never_right == "lowest" else "never_right"


def _reason(kind: str, level: float | None, chosen: int | str) -> str | None:
    if isinstance(chosen, str):
        return chosen
    return "not_chosen" if kind == "level" and level != chosen else None


def _as_pairs(rows: pa.Table) -> pa.Table:
    """Return the rows with the share they remove in place of their level."""
    columns = (values(rows, field) for field in (CONTROL_KIND, CONTROL_VALUE, COT_TOKENS, FROM_TOKENS))
    told = [
        ("ratio_removed", (whole - tokens) / whole) if kind == "level" else (kind, value)
        for kind, value, tokens, whole in zip(*columns, strict=True)
    ]
    rows = with_column(rows, CONTROL_KIND, [kind for kind, _ in told])
    return with_column(rows, CONTROL_VALUE, [value for _, value in told])
