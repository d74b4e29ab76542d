"""The rows of a dataset with levels, who is trained on which of them, and the long chain each level is measured by."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from data.dataset.manifest import read_manifest
from data.dataset.newest import newest_version
from data.dataset.shards import read_split
from data.errors import InputError
from data.table import Row
from pipelines.judging.run_file import Judging
from sft.config import Rows
from stages.rewriting.adapt import fold_of
from stages.rewriting.rewrite_prompts import level_of
from stages.tokens import load_tokenizer, tokenizer_of


@dataclass(frozen=True)
class Levels:
    """What there is to judge."""

    taught: Mapping[str, Sequence[Row]]
    """By problem: its rows that have a level and may be learned from."""
    by_problem: Mapping[str, Sequence[Row]]
    """By problem: its rows that have a level, of all splits."""
    long: Mapping[str, int]
    """Tokens of each problem's long chain, as the base counts them."""

    def reached(self, problem: str, cot_tokens: int) -> int:
        """Return the level of a reply that reasons so long; 0 for less than the first."""
        return level_of(1 - cot_tokens / self.long[problem]) or 0


@dataclass(frozen=True)
class Pupil:
    """A model that is trained on one level's rows of all folds but one, and asked the problems of that."""

    fold: int
    seed: int
    level: float

    @property
    def name(self) -> str:
        """Return what its steps are called."""
        return f"fold-{self.fold}-seed-{self.seed}-level-{self.level:g}"


def dataset_digest(rows: Rows) -> str:
    """Return the digest of the version that these rows are of."""
    return read_manifest(newest_version(Path(rows.path))).digest


def leveled(rows: Rows, *, train: bool = False) -> dict[str, list[Row]]:
    """Return the rows that have a level, by problem: of all splits, or of the one that is trained on."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(rows, train=train):
        if row["control_kind"] == "level":
            found[row["problem_id"]].append(row)
    return found


def read_levels(asked: Judging) -> Levels:
    """Return the rows that a judging is about.

    Raises:
        InputError: no row has a level, or a problem lacks its long chain.
    """
    rows = asked.training.dataset
    taught, by_problem = leveled(rows, train=True), leveled(rows)
    if not by_problem or not any(True for _ in _rows(rows, train=True)):
        raise InputError(
            f"{newest_version(Path(rows.path))}, config {rows.config!r}: no rows with a level to judge; build c3ot "
            "with `levels: 6`"
        )
    chains = {row["problem_id"]: row["cot"] for row in _rows(rows) if row["control_kind"] == "none" and row["cot"]}
    if lacking := sorted(by_problem.keys() - chains.keys()):
        raise InputError(f"{rows.path}: {len(lacking):,} problems have levels and no long chain: {lacking[:3]}")
    tokenizer = load_tokenizer(tokenizer_of(asked.engine.model, asked.engine.revision))
    tokens = tokenizer.count(list(chains.values()))
    return Levels(taught, by_problem, dict(zip(chains, tokens, strict=True)))


def pupils(asked: Judging, levels: Levels) -> list[Pupil]:
    """Return every model that is trained: at each level that its fold has rows of, and other folds too."""
    found = []
    for fold, seed in product(range(asked.folds), range(asked.seeds)):
        own, other = set[float](), set[float]()
        for problem, rows in levels.by_problem.items():
            if fold_of(problem, asked.seed, asked.folds) == fold:
                own |= {row["control_value"] for row in rows}
        for problem, rows in levels.taught.items():
            if fold_of(problem, asked.seed, asked.folds) != fold:
                other |= {row["control_value"] for row in rows}
        found += [Pupil(fold, seed, level) for level in sorted(own & other)]
    return found


def _rows(rows: Rows, *, train: bool = False) -> Iterator[Row]:
    version = newest_version(Path(rows.path))
    config = str(rows.config)
    splits = read_manifest(version).configs.get(config, {})
    for name, split in splits.items():
        if split.rows and (not train or name == rows.split):
            for table in read_split(version / config / name):
                yield from table.to_pylist()
