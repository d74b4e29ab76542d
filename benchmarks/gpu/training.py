"""Trains a few steps as a user would, each time with one setting more, and looks at losses, speed and memory."""

import gc
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, DatasetDict
from torch.distributed.fsdp import FSDPModule

from benchmarks.gpu.outcome import CheckFailed, Figures, NotPossible
from benchmarks.gpu.place import Place
from data.columns import TRAINING
from data.errors import ConfigError
from data.prompts.wording import question_prompt
from data.table import from_rows
from sft.config import FLASH, Adapter, Base, Rows, Training
from sft.rows.source import NEEDED
from sft.run.machine import check_machine
from sft.run.train import train

GIB = 1 << 30
ROWS = "rows"
STEPS = "steps.json"
"""In the folder of a check: what was logged of each step, and when."""
LIKE = 0.05
"""How far the losses of the same steps may lie apart, of their size: bf16 kernels add in other orders."""


@dataclass(frozen=True)
class Scale:
    """How much is trained."""

    rows: int
    lines: int
    """Of a row's reasoning, some twelve tokens each."""
    max_tokens: int
    batch_size: int
    steps: int


ON_GPU = Scale(rows=512, lines=60, max_tokens=2048, batch_size=8, steps=20)
ON_CPU = Scale(rows=12, lines=1, max_tokens=192, batch_size=1, steps=3)


def lora(place: Place) -> Figures:
    """Train a LoRA; its adapter is what vLLM is given later."""
    return trained(place, "lora", adapter=Adapter(rank=16, alpha=32), learning_rate=1e-3)


def full(place: Place) -> Figures:
    """Train all weights; the steps that the others are held against."""
    return trained(place, "full", **whole())


def flash(place: Place) -> Figures:
    """Train all weights with the flash attention that is installed."""
    lacking: list[str] = []
    for name in FLASH:
        try:
            return trained(place, "flash", beside="full", **whole(), attn_implementation=name)
        except NotPossible as error:
            lacking.append(str(error))
    raise NotPossible("; ".join(lacking))


def fsdp(place: Place) -> Figures:
    """Train all weights with FSDP2, the one process being the whole group."""
    with sharded_modules() as names:
        figures = trained(place, "fsdp", beside="full", **whole(), fsdp=True)
    if not names:
        raise CheckFailed("no module of the model was sharded")
    return {**figures, "kinds of sharded module": ", ".join(sorted(names))}


def eight_bit(place: Place) -> Figures:
    """Train all weights with an optimizer of 8 bits a number."""
    return trained(place, "eight_bit", beside="full", **whole(), optim="adamw_8bit")


def liger(place: Place) -> Figures:
    """Train all weights with Liger's kernels."""
    return trained(place, "liger", beside="full", **whole(), use_liger_kernel=True)


def whole() -> dict[str, Any]:
    """Return the settings of a full training whose packs fill the context."""
    return {"adapter": Adapter(kind="full"), "learning_rate": 1e-4, "batching": "packed"}


def trained(place: Place, name: str, beside: str = "", **more: Any) -> Figures:
    """Train a few steps into the folder of a check.

    Args:
        place: where.
        name: the check.
        beside: a check whose losses ours must be like.
        more: settings of the run.

    Raises:
        NotPossible: a package is not installed, or there is no GPU.
        CheckFailed: the loss did not fall, or is not like that of `beside`.
    """
    config = run(place, **more)
    try:
        check_machine(config)
    except ConfigError as error:
        raise NotPossible("; ".join(error.faults)) from error
    lines: list[Mapping[str, Any]] = []
    with peak_memory(place) as peak:
        train(config, place.made_by(name), watch=lambda line: lines.append({**line, "at": time.perf_counter()}))
    steps = [line for line in lines if "loss" in line]
    (place.made_by(name) / STEPS).write_text(json.dumps(steps), "utf-8")
    first, last = steps[0]["loss"], steps[-1]["loss"]
    if not last < first:
        raise CheckFailed(f"the loss went from {first:.4g} to {last:.4g}")
    figures = {"loss": f"{first:.3g} to {last:.3g}", "tokens/s": speed(steps), **peak}
    return figures | (likeness(place, steps, beside) if beside else {})


def run(place: Place, **more: Any) -> Training:
    """Return a run on the rows of this place, written first where they are not there."""
    scale = ON_GPU if place.on_gpu else ON_CPU
    if not (place.folder / ROWS).is_dir():
        write_rows(place.folder / ROWS, scale)
    settings: dict[str, Any] = {
        "base": Base(model=str(place.model)),
        "dataset": Rows(path=str(place.folder / ROWS), config=None, held_out=None),
        "precision": "bf16",
        "max_tokens": scale.max_tokens,
        "batch_size": scale.batch_size,
        "accumulate": 1,
        "max_steps": scale.steps,
        "warmup": 0.0,
        "log_every": 1,
        "threads": None if place.on_gpu else 1,
    }
    return Training(**settings | more)


def sums(count: int, lines: int) -> list[dict[str, Any]]:
    """Return rows of sums told at length."""
    rows = []
    for number in range(count):
        left, right = number % 10, number // 10 + 1
        question = f"What is {left} + {right}?"
        cot = "\n".join(f"{left} + {right} is {left + right}, and {step} is told." for step in range(lines))
        rows.append(
            {
                "problem_id": f"p{number:04d}",
                "trace_id": f"t{number:04d}",
                "prompt": [{"role": "user", "content": question_prompt(question)}],
                "completion": [
                    {
                        "role": "assistant",
                        "content": f"<think>\n{cot}\n</think>\nThe answer is \\boxed{{{left + right}}}.",
                    }
                ],
                "segments": [],
                "added_tokens": [],
            }
        )
    return rows


def write_rows(folder: Path, scale: Scale) -> None:
    """Write the rows as a dataset that `datasets` loads."""
    names = {column.name for column in NEEDED}
    table = from_rows(sums(scale.rows, scale.lines), [column for column in TRAINING if column.name in names])
    DatasetDict({"train": Dataset(table)}).save_to_disk(str(folder))


def speed(steps: Sequence[Mapping[str, Any]]) -> float:
    """Return tokens a second, padding included, of all steps but the first."""
    first, last = steps[0], steps[-1]
    return float((last["num_tokens"] - first["num_tokens"]) / (last["at"] - first["at"]))


def likeness(place: Place, steps: Sequence[Mapping[str, Any]], beside: str) -> Figures:
    """Return how far losses are from those of another check, and the ratio of the speeds."""
    kept = place.made_by(beside) / STEPS
    if not kept.is_file():
        return {"compared": f"with nothing, as {beside!r} left no steps"}
    theirs = json.loads(kept.read_text("utf-8"))
    apart = max(abs(ours["loss"] / other["loss"] - 1) for ours, other in zip(steps, theirs, strict=True))
    if not apart <= LIKE:
        raise CheckFailed(f"the losses of the same steps lie {apart:.1%} apart from those of {beside!r}")
    return {"losses apart, %": 100 * apart, f"speed beside {beside!r}": speed(steps) / speed(theirs)}


@contextmanager
def peak_memory(place: Place) -> Iterator[dict[str, Any]]:
    """Give figures that hold, afterwards, the most memory of the GPU that tensors of this process took."""
    figures: dict[str, Any] = {}
    gc.collect()
    if place.on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    yield figures
    if place.on_gpu:
        figures["peak memory, GiB"] = torch.cuda.max_memory_allocated() / GIB


@contextmanager
def sharded_modules() -> Iterator[set[str]]:
    """Collect what kinds of module FSDP2 manages while they are computed."""
    names: set[str] = set()

    def look(module: torch.nn.Module, given: Any) -> None:
        if isinstance(module, FSDPModule):
            names.add(type(module).__name__.removeprefix("FSDP"))

    hook = torch.nn.modules.module.register_module_forward_pre_hook(look)
    try:
        yield names
    finally:
        hook.remove()
