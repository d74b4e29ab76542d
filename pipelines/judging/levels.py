"""The rows of a dataset with levels, and the long chain that each level is measured by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.dataset.manifest import Manifest, read_manifest
from data.dataset.newest import newest_version
from data.dataset.shards import read_split
from data.errors import InputError
from data.table import Row
from pipelines.judging.run_file import Judging
from stages.rewriting.rewrite_prompts import level_of
from stages.tokens import load_tokenizer, tokenizer_of


@dataclass(frozen=True)
class Levels:
    """What there is to judge."""

    manifest: Manifest
    train: Sequence[Row]
    by_problem: Mapping[str, Sequence[Row]]
    """Rows that have a level, of all splits."""
    long: Mapping[str, int]
    """Tokens of each problem's long chain, as the base counts them."""

    def reached(self, problem: str, cot_tokens: int) -> int:
        """Return the level of a reply that reasons so long; 0 for less than the first."""
        return level_of(1 - cot_tokens / self.long[problem]) or 0


def read_levels(asked: Judging) -> Levels:
    """Return the rows that a judging is about.

    Raises:
        InputError: no row has a level, or a problem lacks its long chain.
    """
    rows = asked.training.dataset
    version = newest_version(Path(rows.path))
    manifest = read_manifest(version)
    config = manifest.configs.get(str(rows.config), {})
    tables = {name: list(read_split(version / str(rows.config) / name)) for name, split in config.items() if split.rows}
    found = {name: [row for table in of for row in table.to_pylist()] for name, of in tables.items()}
    every = [row for of in found.values() for row in of]
    by_problem: dict[str, list[Row]] = defaultdict(list)
    for row in every:
        if row["control_kind"] == "level":
            by_problem[row["problem_id"]].append(row)
    if not by_problem or not found.get(rows.split):
        raise InputError(
            f"{version}, config {rows.config!r}: no rows with a level to judge; build c3ot with `levels: 6`"
        )
    chains = {row["problem_id"]: row["cot"] for row in every if row["control_kind"] == "none" and row["cot"]}
    if lacking := sorted(by_problem.keys() - chains.keys()):
        raise InputError(f"{version}: {len(lacking):,} problems have levels and no long chain: {lacking[:3]}")
    tokenizer = load_tokenizer(tokenizer_of(asked.engine.model, asked.engine.revision))
    tokens = tokenizer.count(list(chains.values()))
    return Levels(manifest, found[rows.split], by_problem, dict(zip(chains, tokens, strict=True)))
