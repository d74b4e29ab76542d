"""Rows made tokens: as many a second as plain `datasets.map` makes, and the private memory of who trains on them.

Run `python -m benchmarks.training_rows --rows 20000 --tokens 4096`. The rows are made-up sums as long as wished; the
tokenizer is the real model's of the tests (`make real`), else `--model` names another folder. Both sides render the
same chat template and make the same tokens in one process each. They take turns all along the way, so that what else
goes on strikes both, and the ratio is theirs in one run: of every `--every` rows, `datasets.map` makes the first
`--sample`, then ours makes them all, and of both the time for these is compared.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, disable_progress_bars, load_from_disk
from transformers import AutoTokenizer

from data.columns import TRAINING
from data.table import from_rows
from sft.models.base import stops_of
from sft.rows.labels import Labels
from sft.rows.lazy import LazyRows, Picked, TableRows
from sft.rows.prepare import Fit, prepare, prepared_in

GIB = 1 << 30
REAL = Path(".cache/real/SmolLM2-135M-Instruct")


def main() -> None:
    """Print one line of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--tokens", type=int, default=4096, help="about so many in a row")
    parser.add_argument("--model", type=Path, default=REAL)
    parser.add_argument("--every", type=int, default=1024, help="rows, a multiple of 128, which ours takes at once")
    parser.add_argument("--sample", type=int, default=1024, help="how many of these both make, likewise")
    parser.add_argument("--in-order", action="store_true", help="leave out rows that are picked in any order")
    options = parser.parse_args()
    tokenizer: Any = AutoTokenizer.from_pretrained(options.model)
    disable_progress_bars()
    with TemporaryDirectory() as place:
        folder = Path(place)
        write_rows(folder / "rows", options.rows, options.tokens, tokenizer)
        labels = Labels(tokenizer, stops_of(tokenizer, options.model))
        rows = TableRows(load_from_disk(str(folder / "rows")).with_format("arrow")[:])
        turns = Turns(options.every, options.sample)
        with Plain(folder / "rows", options.model) as plain:
            ours = made(rows, folder / "tokens", labels, turns, plain)
        print(f"{options.rows:,} rows, {ours.tokens:,} tokens, of which both make {plain.tokens:,}")
        print(f"datasets.map: {plain.tokens / plain.seconds:,.0f} tokens/s; ", end="")
        print(f"ours: {plain.tokens / ours.seconds:,.0f}; ratio {plain.seconds / ours.seconds:.2f}")
        print(f"private memory beyond the start: while tokens are made {ours.memory / GIB:.2f} GiB, ", end="")
        print(f"while all rows are read in random order {read_all(folder / 'tokens') / GIB:.2f} GiB")
        if not options.in_order:
            # As a schedule picks them that orders a problem's rows by length.
            order = Picked(rows, Random(0).sample(range(len(rows)), len(rows)))
            picked = made(order, folder / "picked", labels, turns)
            assert ours.tokens == picked.tokens
            print(f"picked in any order, afterwards: ratio {plain.seconds / picked.seconds:.2f}, ", end="")
            print(f"{picked.memory / GIB:.2f} GiB")


def write_rows(folder: Path, count: int, tokens: int, tokenizer: Any) -> None:
    """Write a dataset of rows, a shard of them at a time."""
    line = "{a} + {b} = {c}, and with that we go on to the next of the sums.\n"
    each = len(tokenizer(line.format(a=123, b=456, c=579))["input_ids"])
    rng = Random(0)

    def shard(begin: int) -> pa.Table:
        rows = []
        for at in range(begin, min(begin + 500, count)):
            pairs = [(rng.randrange(1000), rng.randrange(1000)) for _ in range(tokens // each)]
            cot = "".join(line.format(a=a, b=b, c=a + b) for a, b in pairs)
            said = f"<think>\n{cot.strip()}\n</think>\n\nThe answer is \\boxed{{{pairs[-1][0] + pairs[-1][1]}}}."
            prompt = [{"role": "user", "content": f"What do the sums of list {at} come to?"}]
            turn = {"role": "assistant", "content": said}
            rows.append({"trace_id": f"t{at}", "problem_id": f"p{at}", "prompt": prompt, "completion": [turn]})
        fields = {field.name: field for field in TRAINING}
        return from_rows(rows, [fields[name] for name in ("trace_id", "problem_id", "prompt", "completion")])

    Dataset.from_generator(lambda: (row for at in range(0, count, 500) for row in shard(at).to_pylist())).save_to_disk(
        str(folder)
    )


@dataclass(frozen=True)
class Turns:
    """Which rows both sides make: of `every`, the first `sample`."""

    every: int
    sample: int


class Plain:
    """`datasets.map` in a process beside this one, a few rows at a time."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.seconds, self.tokens = 0.0, 0
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), _open, (folder, model))

    def __enter__(self) -> "Plain":
        self._pool.submit(_mapped, 0, 1).result()  # both begin warm
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown()

    def turn(self, begin: int, count: int) -> None:
        """Let it make so many rows from here on."""
        seconds, tokens = self._pool.submit(_mapped, begin, begin + count).result()
        self.seconds += seconds
        self.tokens += tokens


_OPENED: dict[str, Any] = {}
"""Rows and tokenizer of the process beside this one."""


def _open(folder: Path, model: Path) -> None:
    disable_progress_bars()
    _OPENED.update(rows=load_from_disk(str(folder)), tokenizer=AutoTokenizer.from_pretrained(model))


def _mapped(begin: int, end: int) -> tuple[float, int]:
    """Return the seconds that `datasets.map` takes for prompt and completion as ids, and how many they are."""
    rows, tokenizer = _OPENED["rows"], _OPENED["tokenizer"]

    def ids(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        prompts = [
            tokenizer.apply_chat_template(p, tokenize=False, add_generation_prompt=True) for p in batch["prompt"]
        ]
        wholes = [
            prompt + turns[0]["content"] + tokenizer.eos_token
            for prompt, turns in zip(prompts, batch["completion"], strict=True)
        ]
        given = tokenizer(prompts, add_special_tokens=False)["input_ids"]
        whole = tokenizer(wholes, add_special_tokens=False)["input_ids"]
        masks = [[0] * len(g) + [1] * (len(w) - len(g)) for g, w in zip(given, whole, strict=True)]
        return {"input_ids": whole, "completion_mask": masks}

    some = rows.select(range(begin, min(end, len(rows))))
    begun = time.perf_counter()
    tokens = some.map(ids, batched=True, batch_size=128, remove_columns=rows.column_names, load_from_cache_file=False)
    seconds = time.perf_counter() - begun
    count = sum(pc.sum(pc.list_value_length(chunk)).as_py() for chunk in tokens.data.column("input_ids").chunks)
    tokens.cleanup_cache_files()
    return seconds, count


@dataclass(frozen=True)
class Made:
    """What it took to make rows tokens."""

    seconds: float
    """For the rows that both sides make."""
    tokens: int
    """Of all rows."""
    memory: int
    """The most private memory meanwhile, beyond what there was before."""


def made(rows: LazyRows, tokens: Path, labels: Labels, turns: Turns, plain: Plain | None = None) -> Made:
    """Make rows tokens, and let the other side have its turns."""
    before, most, seconds, begun = private(), 0, 0.0, 0.0

    class Watched(Picked):
        def __iter__(self) -> Any:
            nonlocal most, seconds, begun
            for number, row in enumerate(self.of):
                if number % 256 == 0:
                    most = max(most, private() - before)
                place = number % turns.every
                if place == turns.sample or (number and place == 0 and turns.sample == turns.every):
                    seconds += time.perf_counter() - begun
                if place == 0:
                    if plain is not None:
                        plain.turn(number, turns.sample)
                    begun = time.perf_counter()
                yield row

    prepared = prepare(Watched(rows, range(len(rows))), [], labels, Fit(1 << 20), tokens)
    if (len(rows) - 1) % turns.every < turns.sample:
        seconds += time.perf_counter() - begun
    assert not prepared.dropped, prepared.dropped
    return Made(seconds, int(prepared.tokens.lengths.sum()), most)


def read_all(folder: Path) -> int:
    """Return the private memory that reading every row in random order adds, as a collator reads them."""
    before = private()
    prepared = prepared_in(folder)
    assert prepared is not None
    most, order = 0, np.random.default_rng(0).permutation(len(prepared.tokens))
    for number, row in enumerate(order.tolist()):
        ids, weights = prepared.tokens[row]
        assert len(ids) == len(weights)
        if number % 500 == 0:
            most = max(most, private() - before)
    return most


def private() -> int:
    """Return the memory that this process shares with none (USS), in bytes."""
    return int(psutil.Process().memory_full_info().uss)


if __name__ == "__main__":
    main()
