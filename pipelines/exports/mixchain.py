"""A dataset version as the table CoT-Valve publishes: a problem a row, its chains side by side, the shortest first.

mixchain/<version>-<config>/train.parquet ...   question, target, and solution_k, solution_k_token, correct_k for each
                                                value of the control, k = 0 the shortest on average
mixchain/<version>-<config>/mixchain.json       which value each k is, the tokenizer, how long chains are, how many are
                                                out of order, and what is left out; written last

Ma et al. 2025, table 9 and the layout of their MixChain datasets on the Hub: `target` is the final answer there too;
their `answer`, a solution of the source's own, is what no row here has.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa

from data.errors import InputError
from pipelines.exports.beside import config_rows, write_beside

ABOUT = "mixchain.json"
MOST = 32
"""Values that a table has room for; every one is three columns."""
READ = ["problem_id", "trace_id", "question", "gold", "reply", "cot_tokens", "control_kind", "control_value"]
Chain = Mapping[str, Any]
Chains = dict[float, Chain]


@dataclass
class Split:
    """The chains of a split's problems by the value of their control."""

    problems: dict[str, Chains] = field(default_factory=lambda: defaultdict(dict))
    without_value: int = 0
    """Rows that no control has made."""
    repeated: int = 0
    """Rows of a value that the problem has a chain of already; the one with the lowest trace id stands."""


def write_mixchain(version: Path, config: str, folder: Path, *, complete: bool) -> Path:
    """Write the table of a dataset version under `folder` and return where it lies; what lies there is replaced.

    Args:
        complete: leave out problems that lack a right chain at some value, and count them; else the place of such a
            chain is null, its tokens 0 and `correct_k` false.

    Raises:
        InputError: the version is damaged or lacks the config, or its rows are not those of several values.
    """
    manifest, splits = config_rows(version, config, READ)
    found = {split: _split(rows) for split, rows in splits.items()}
    values = _shortest_first(list(found.values()))
    kinds = {row["control_kind"] for rows in splits.values() for row in rows if row["control_value"] is not None}
    if not 2 <= len(values) <= MOST or len(kinds) != 1:
        raise InputError(
            f"{version}, config {config!r}: its rows have {len(values)} value(s) of the controls {sorted(kinds)}; a "
            f"MixChain has chains at 2 to {MOST} values of one; build with cot_valve or another method with a control"
        )
    tables = {split: _table(it, values, complete) for split, it in found.items()}
    if not any(table.num_rows for table in tables.values()):
        raise InputError(f"{version}, config {config!r}: no problem has a right chain at each of {values}; take --all")
    counts = {split: _counts(it, values) | {"rows": tables[split].num_rows} for split, it in found.items()}
    about = {
        "control_kind": kinds.pop(),
        "values": values,
        "monotone": values in (sorted(values), sorted(values, reverse=True)),
    }
    about |= {"tokenizer": manifest.about.tokenizer, "splits": counts}
    return write_beside(folder / f"{manifest.version}-{config}", tables, ABOUT, about)


def _split(rows: Sequence[Chain]) -> Split:
    split = Split()
    for row in sorted(rows, key=lambda row: (row["problem_id"], row["trace_id"])):
        chains, value = split.problems[row["problem_id"]], row["control_value"]
        if value is None:
            split.without_value += 1
        elif value in chains:
            split.repeated += 1
        else:
            chains[value] = row
    return split


def _shortest_first(splits: Sequence[Split]) -> list[float]:
    """Return the values, that of the chains that are the shortest on average first.

    Of problems with a chain at every value, where there are any: a value at which hard problems fail has chains of the
    others alone, and looks shorter than it is.
    """
    problems = [chains for split in splits for chains in split.problems.values()]
    values = {value for chains in problems for value in chains}
    complete = [chains for chains in problems if len(chains) == len(values)]
    lengths = {
        value: fmean(chains[value]["cot_tokens"] for chains in complete or problems if value in chains)
        for value in values
    }
    return sorted(lengths, key=lambda value: (lengths[value], value))


def _table(split: Split, values: Sequence[float], complete: bool) -> pa.Table:
    kept = [it for it in split.problems.values() if it and (len(it) == len(values) or not complete)]
    kinds = (("solution_{}", pa.string()), ("solution_{}_token", pa.int64()), ("correct_{}", pa.bool_()))
    chains = [(name.format(k), kind) for k in range(len(values)) for name, kind in kinds]
    schema = pa.schema([("question", pa.string()), ("target", pa.string()), *chains])
    return pa.Table.from_pylist([_row(it, values) for it in kept], schema)


def _row(chains: Chains, values: Sequence[float]) -> dict[str, Any]:
    first = next(iter(chains.values()))
    row = {"question": first["question"], "target": first["gold"]}
    for k, value in enumerate(values):
        chain = chains.get(value)
        row[f"solution_{k}"] = chain and chain["reply"]
        row[f"solution_{k}_token"] = chain["cot_tokens"] if chain else 0
        row[f"correct_{k}"] = chain is not None
    return row


def _counts(split: Split, values: Sequence[float]) -> dict[str, Any]:
    """Return what can be counted of a split; a problem is out of order where a shorter place has a longer chain."""
    complete = [chains for chains in split.problems.values() if len(chains) == len(values)]
    lengths = [[chains[value]["cot_tokens"] for value in values] for chains in complete]
    return {
        "problems": len(split.problems),
        "complete": len(complete),
        "mean_tokens": [fmean(column) for column in zip(*lengths, strict=True)],
        "out_of_order": sum(any(longer < shorter for shorter, longer in pairwise(own)) for own in lengths),
        "without_value": split.without_value,
        "repeated": split.repeated,
    }
