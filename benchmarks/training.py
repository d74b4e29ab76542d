"""Tokens a second and peak memory of our trainer beside plain `trl.SFTTrainer`: same rows, model, settings, precision.

    python -m benchmarks.training                              # a LoRA of the tests' real model on rows of sums
    python -m benchmarks.training --adapter full --rounds 3
    python -m benchmarks.training --gsm8k                      # real chains of thought, which lie beside the project
    python -m benchmarks.training --rows FILE.jsonl --model FOLDER
    python -m benchmarks.training --where                      # what holds the memory of one step

FILE has in each line a JSON object with `prompt` and `completion`, lists of turns. Plain TRL is given them in the order
in which ours takes them, so both make the same batches. Each round is a fresh process for each side, one after the
other and in alternating order. Losses and trained tokens are compared.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.fits import Recipe, Shape, memory
from benchmarks.real_traces import plain
from benchmarks.training_memory import show
from benchmarks.training_sides import GIB, SIDES, Case, Turns, in_process, lay_out, side
from sft.objectives.trl_private import CPU_TILE

REAL = ".cache/real/SmolLM2-135M-Instruct"
Result = Mapping[str, Any]


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=REAL)
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument("--rows", type=Path, help="a file of rows; sums are made else")
    rows.add_argument("--gsm8k", action="store_true", help="real chains of thought")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--where", action="store_true", help="what holds the memory of one step, of both sides")
    parser.add_argument("--only", nargs="*", choices=SIDES, help="with --where: one side")
    parser.add_argument("--adapter", choices=("lora", "full"), default="lora")
    parser.add_argument("--batching", choices=("grouped", "plain"), default="grouped")
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    numbers = ("steps", "batch_size", "accumulate", "threads")
    for name in numbers:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Case, name))
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        which, case, result = options.side
        Path(result).write_text(json.dumps(side(which, Case(**json.loads(case)))), "utf-8")
        return
    names = ("model", "adapter", "batching", "precision", "gradient_checkpointing", *numbers)
    with TemporaryDirectory() as folder:
        case = Case(folder=folder, **{name: getattr(options, name) for name in names})
        lay_out(case, rows_of(options.rows, options.gsm8k))
        if options.where:
            show(case, options.only or SIDES)
        else:
            compare(case, options.rounds)


def rows_of(file: Path | None, gsm8k: bool) -> Iterator[tuple[Turns, Turns]]:
    """Yield prompts and completions."""
    if file is not None:
        with file.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield row["prompt"], row["completion"]
        return
    for question, reply in ((trace.question, trace.reply) for trace in plain()) if gsm8k else sums():
        yield [{"role": "user", "content": question}], [{"role": "assistant", "content": reply}]


def sums() -> Iterator[tuple[str, str]]:
    """Yield sums of several numbers and how they are added, about as long as questions and answers of GSM8K."""
    rng = Random(0)
    while True:
        numbers = [rng.randrange(100, 1000) for _ in range(rng.randrange(6, 16))]
        lines, total = list[str](), numbers[0]
        for number in numbers[1:]:
            lines.append(f"Next I add {number}: {total} + {number} = {total + number}.")
            total += number
        listed = ", ".join(map(str, numbers[:-1]))
        question = f"A shop sold {listed} and {numbers[-1]} apples on days that followed one another. How many in all?"
        yield question, "\n".join(["I add them one at a time.", *lines, f"The answer is \\boxed{{{total}}}."])


def compare(case: Case, rounds: int) -> None:
    """Print each round, the ratios' medians and ranges, and whether both trained the same."""
    print(f"{Path(case.model).name}, {case.adapter}, {case.precision}, {case.steps} steps of {case.rows // case.steps}")
    pairs = list[Mapping[str, Result]]()
    for number in range(rounds):
        pair = {
            which: in_process("benchmarks.training", which, case, "--side")
            for which in SIDES[:: 1 if number % 2 == 0 else -1]
        }
        told = "; ".join(f"{name} {_told(pair[name])}" for name in SIDES)
        far = apart(pair["ours"], pair["trl"])
        print(f"round {number + 1}: {told}; losses differ by {far:.1e} at most", flush=True)
        pairs.append(pair)
    results = pairs[0]["ours"]
    lengths = [len(ids) for ids, _ in results["rows"]]
    print(f"rows: {len(lengths)} of {min(lengths)} to {max(lengths)} tokens, {sum(lengths):,} in all")
    print(f"tokens/s, ours by TRL's: {spread([_speed(pair) for pair in pairs])}")
    print(f"peak memory, ours by TRL's: {spread([pair['ours']['peak'] / pair['trl']['peak'] for pair in pairs])}")
    over = [_over(pair["ours"]) / _over(pair["trl"]) for pair in pairs]
    print(f"peak beyond what the process held before training: {spread(over)}")
    estimated, measured = estimate(case, results["rows"]), median(_over(pair["ours"]) for pair in pairs)
    print(f"benchmarks.fits says {estimated / GIB:.2f} GiB, {estimated / measured:.2f} of what was measured")
    print(same_tokens(results["rows"], pairs[0]["trl"]["rows"]))


def _told(result: Result) -> str:
    peak = f"peak {result['peak'] / GIB:.2f} GiB, {_over(result) / GIB:.2f} beyond the start"
    return f"{result['tokens_a_second']:,.0f} tokens/s, {peak}"


def _over(result: Result) -> float:
    return float(result["peak"] - result["before"])


def _speed(pair: Mapping[str, Result]) -> float:
    return float(pair["ours"]["tokens_a_second"] / pair["trl"]["tokens_a_second"])


def spread(ratios: Sequence[float]) -> str:
    """Return the median and the range."""
    return f"median {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def apart(ours: Result, theirs: Result) -> float:
    """Return the largest difference of two losses of one step, as a share of the loss."""
    pairs = zip(ours["losses"], theirs["losses"], strict=True)
    return float(max(abs(one - other) / other for one, other in pairs))


def same_tokens(ours: Sequence[Any], theirs: Sequence[Any]) -> str:
    """Return whether the rows of both sides are the same ids, of which the same are trained, or how they differ."""
    if ours == theirs:
        return f"the same tokens: {sum(len(ids) for ids, _ in ours):,}, {sum(len(ids) for _, ids in ours):,} trained"
    behind = Counter[str]()
    for mine, other in zip(ours, theirs, strict=True):
        more = {
            tuple(long[len(short) :]) if long[: len(short)] == short else None
            for short, long in zip(mine, other, strict=True)
        }
        behind["other ids" if None in more else f"the same and {more} behind"] += 1
    return f"TRL's rows beside those of ours: {dict(behind)}"


def estimate(case: Case, rows: Sequence[Any]) -> float:
    """Return what `benchmarks.fits` says of the largest batch."""
    tile = CPU_TILE[0] * CPU_TILE[1]
    recipe = Recipe(case.adapter, case.precision == "bf16", case.gradient_checkpointing, tile=tile, rank=case.rank)
    lengths = [len(ids) for ids, _ in rows]
    batches = [lengths[begin : begin + case.batch_size] for begin in range(0, len(lengths), case.batch_size)]
    tokens = max(max(batch) * len(batch) for batch in batches)
    return memory(Shape.read(Path(case.model)), recipe).total(tokens)


if __name__ == "__main__":
    main()
