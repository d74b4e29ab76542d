"""Choose so many problems of a step's rows: the same share of every difficulty, or those with the shortest chains."""

from collections import defaultdict
from pathlib import Path
from typing import Literal

from data.columns import DIFFICULTY, PROBLEM_ID, REPLY_TOKENS
from data.spec import Positive, digest, spec
from data.store import Artifact, write_json
from data.table import values
from pipelines.plan.step import Means, Writes

WITHIN = "within.json"

CapBy = Literal["difficulty", "shortest"]


@spec
class Caps(Writes):
    """Write the ids of `most` problems; of all where there are no more.

    With `difficulty` each difficulty has its share, to the nearest problem, of which these are drawn by hash, so that
    easy problems are no likelier to stay; with `shortest` the problems with the shortest rows stay, mostly easy ones.
    """

    most: Positive
    by: CapBy = "difficulty"
    seed: int = 0

    def write(self, folder: Path, means: Means) -> None:
        shortest: dict[str, int] = {}
        strata: dict[str, str] = {}
        for table in (table for need in means.needs for table in Artifact(need).tables()):
            columns = (values(table, field) for field in (PROBLEM_ID, DIFFICULTY, REPLY_TOKENS))
            for problem, difficulty, tokens in zip(*columns, strict=True):
                shortest[problem] = min(tokens, shortest.get(problem, tokens))
                strata[problem] = difficulty or ""
        write_json(folder / WITHIN, sorted(self._chosen(shortest, strata)))

    def _chosen(self, shortest: dict[str, int], strata: dict[str, str]) -> list[str]:
        if self.by == "shortest":
            return sorted(shortest, key=lambda problem: (shortest[problem], problem))[: self.most]
        groups: dict[str, list[str]] = defaultdict(list)
        for problem in sorted(strata, key=lambda problem: digest(["cap", self.seed, problem])):
            groups[strata[problem]].append(problem)
        sizes = shares({stratum: len(group) for stratum, group in groups.items()}, self.most)
        return [problem for stratum, group in groups.items() for problem in group[: sizes[stratum]]]


def shares(sizes: dict[str, int], most: int) -> dict[str, int]:
    """Return how many of each group stay: its share of `most`, the largest remainders first to be rounded up."""
    whole = sum(sizes.values())
    if whole <= most:
        return sizes
    kept = {name: size * most // whole for name, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda name: (-(sizes[name] * most % whole), name))
    for name in by_remainder[: most - sum(kept.values())]:
        kept[name] += 1
    return kept
