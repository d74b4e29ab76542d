"""Rows made tokens: as many a second as plain `datasets.map` makes, and the private memory of who trains on them.

Run `python -m benchmarks.training_rows --rows 20000 --tokens 4096`. The rows are made-up sums as long as wished; the
tokenizer is the real model's of the tests (`make real`), else `--model` names another folder. Both sides render the
same chat template and make the same tokens in one process; the ratio is theirs in one run.
"""

import argparse
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
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
    options = parser.parse_args()
    tokenizer: Any = AutoTokenizer.from_pretrained(options.model)
    disable_progress_bars()
    with TemporaryDirectory() as place:
        folder = Path(place)
        write_rows(folder / "rows", options.rows, options.tokens, tokenizer)
        plain = mapped(folder / "rows", tokenizer)
        labels = Labels(tokenizer, stops_of(tokenizer, options.model))
        rows = TableRows(load_from_disk(str(folder / "rows")).with_format("arrow")[:])
        ours = made(rows, folder / "tokens", labels)
        # As a schedule picks them that orders a problem's rows by length.
        picked = made(Picked(rows, Random(0).sample(range(len(rows)), len(rows))), folder / "picked", labels)
        for other in (plain, picked):
            assert other[1] == ours[1], f"{other[1]:,} tokens on one side, {ours[1]:,} on the other"
        print(f"{options.rows:,} rows, {ours[1]:,} tokens")
        print(f"datasets.map: {plain[1] / plain[0]:,.0f} tokens/s; ours: {ours[1] / ours[0]:,.0f}; ", end="")
        print(f"ratio {plain[0] / ours[0]:.2f}; picked in any order {ours[1] / picked[0]:,.0f}, ", end="")
        print(f"ratio {plain[0] / picked[0]:.2f}")
        print(f"private memory beyond the start: while tokens are made {ours[2] / GIB:.2f} GiB, ", end="")
        print(f"of rows in any order {picked[2] / GIB:.2f} GiB, ", end="")
        print(f"while all rows are read in random order {read_all(folder / 'tokens') / GIB:.2f} GiB")


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


def mapped(folder: Path, tokenizer: Any) -> tuple[float, int]:
    """Return the seconds that `datasets.map` takes for prompt and completion as ids, and how many they are."""

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

    rows = load_from_disk(str(folder))
    begun = time.perf_counter()
    made = rows.map(ids, batched=True, batch_size=128, remove_columns=rows.column_names, load_from_cache_file=False)
    seconds = time.perf_counter() - begun
    return seconds, sum(len(row) for row in made["input_ids"])


def made(rows: LazyRows, tokens: Path, labels: Labels) -> tuple[float, int, int]:
    """Return the seconds that ours take, how many tokens they are, and the most private memory meanwhile."""
    before, most = private(), 0

    class Watched(Picked):
        def __iter__(self) -> Any:
            nonlocal most
            for number, row in enumerate(self.of):
                if number % 256 == 0:
                    most = max(most, private() - before)
                yield row

    begun = time.perf_counter()
    prepared = prepare(Watched(rows, range(len(rows))), [], labels, Fit(1 << 20), tokens)
    seconds = time.perf_counter() - begun
    assert not prepared.dropped, prepared.dropped
    return seconds, int(prepared.tokens.lengths.sum()), most


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
