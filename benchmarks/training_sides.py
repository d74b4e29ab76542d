"""The two sides of `benchmarks/training.py`: our trainer and plain `trl.SFTTrainer`, each in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Literal

import pyarrow.parquet as pq

from data.columns import TRAINING
from data.table import from_rows

GIB = 1 << 30
SIDES = ("ours", "trl")
Turns = list[dict[str, str]]
ROWS, ORDERED, PREPARED = "rows", "ordered.jsonl", "tokens"
"""In a case's folder: the rows as ours reads them, as plain TRL does, and as tokens."""


@dataclass(frozen=True)
class Case:
    """What both sides train, and with what."""

    model: str
    folder: str
    """Holds the rows for either side, and what they write."""
    adapter: Literal["lora", "full"] = "lora"
    steps: int = 6
    batch_size: int = 4
    accumulate: int = 1
    batching: Literal["grouped", "plain"] = "grouped"
    precision: Literal["float32", "bf16"] = "float32"
    gradient_checkpointing: bool = False
    threads: int = 2
    rank: int = 16
    rate: float = 1e-4

    @property
    def rows(self) -> int:
        """How many rows the steps take."""
        return self.steps * self.batch_size * self.accumulate


def lay_out(case: Case, rows: Iterable[tuple[Turns, Turns]]) -> None:
    """Write the rows for ours, and for plain TRL in the order in which ours takes them."""
    from sft.models.base import load_tokenizer, stops_of
    from sft.rows.labels import Labels
    from sft.rows.prepare import Fit, prepare

    table = [
        {"trace_id": f"t{number}", "problem_id": f"p{number}", "prompt": prompt, "completion": completion}
        | {"segments": [], "added_tokens": []}
        for number, (prompt, completion) in enumerate(islice(rows, case.rows))
    ]
    if len(table) < case.rows:
        sys.exit(f"{len(table)} rows, and {case.rows} are needed; take fewer steps")
    folder, model = Path(case.folder), Path(case.model)
    (folder / ROWS).mkdir()
    fields = [field for field in TRAINING if field.name in table[0]]
    pq.write_table(from_rows(table, fields), folder / ROWS / "train.parquet")
    tokenizer = load_tokenizer(model)
    labels = Labels(tokenizer, stops_of(tokenizer, model))
    prepare(table, [], labels, Fit(1 << 20, on_unfit="refuse"), folder / PREPARED)
    lines = [json.dumps({name: table[row][name] for name in ("prompt", "completion")}) for row in order(case)]
    (folder / ORDERED).write_text("\n".join(lines), "utf-8")


def order(case: Case) -> list[int]:
    """Return the numbers of the rows as ours takes them."""
    from sft.run.one_stage import samples_of

    return [row for sample in samples_of(prepared(case), training(case)) for row in sample]


def prepared(case: Case) -> Any:
    """Return the rows as tokens of ours."""
    from sft.rows.prepare import prepared_in

    return prepared_in(Path(case.folder) / PREPARED)


def training(case: Case) -> Any:
    """Return the run of ours."""
    from sft.config import Adapter, Base, Rows, Training

    return Training(
        base=Base(model=case.model),
        dataset=Rows(path=str(Path(case.folder) / ROWS), config=None, held_out=None),
        adapter=Adapter(kind=case.adapter, rank=case.rank, alpha=2 * case.rank),
        learning_rate=case.rate,
        decay="constant",
        warmup=0,
        max_steps=case.steps,
        batch_size=case.batch_size,
        accumulate=case.accumulate,
        batching=case.batching,
        precision=case.precision,
        gradient_checkpointing=case.gradient_checkpointing,
        checkpoint_every=case.steps,
        log_every=1,
        threads=case.threads,
        max_tokens=1 << 20,
    )


def surroundings(which: str) -> dict[str, str]:
    """Return the environment of a side's process: ours has the allocator that `where: here` gives it."""
    from pipelines.train.allocator import allocator

    return {**os.environ, **(allocator() if which == "ours" else {})}


def in_process(module: str, which: str, case: Case, *before: str) -> dict[str, Any]:
    """Return what a module says of a side, run in a fresh process that is given the case and where to write."""
    with TemporaryDirectory(dir=case.folder) as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", module, *before, which, json.dumps(asdict(case)), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings(which))
        if done.returncode:
            sys.exit(f"{which}: {done.stderr[-3000:]}")
        return dict(json.loads(result.read_text("utf-8")))


def import_both() -> None:
    """Import what either side does, so that both have it before their memory is looked at."""
    import peft  # noqa: F401
    import trl.trainer.sft_trainer  # noqa: F401

    import sft.run.train  # noqa: F401


def side(which: str, case: Case) -> Mapping[str, Any]:
    """Train as one of the sides does; return what was trained, its losses, the speed and the memory.

    Steps between the first, which warms up, and the last, which writes a checkpoint, are timed.
    """
    import_both()
    before, ticks = resident(), list[float]()
    losses, rows = (ours if which == "ours" else plain_trl)(case, lambda: ticks.append(time.perf_counter()))
    a_step = case.batch_size * case.accumulate
    timed = sum(len(ids) for ids, _ in rows[a_step:-a_step])
    return {
        "tokens_a_second": timed / (ticks[case.steps - 2] - ticks[0]),
        "peak": peak(),
        "before": before,
        "losses": losses,
        "rows": rows,
    }


def ours(case: Case, tick: Any) -> tuple[list[float], list[tuple[list[int], list[int]]]]:
    """Train by ours; return the loss of each step, and of each row its ids and those of them that are trained."""
    from sft.run.train import train

    losses = list[float]()

    def watch(line: Mapping[str, Any]) -> None:
        if "loss" in line:
            tick()
            losses.append(line["loss"])

    train(training(case), Path(mkdtemp(dir=case.folder)), watch=watch)
    tokens = prepared(case).tokens
    rows = [(tokens[row][0].tolist(), tokens[row][0][tokens[row][1] > 0].tolist()) for row in order(case)]
    return losses, rows


def plain_trl(case: Case, tick: Any) -> tuple[list[float], list[tuple[list[int], list[int]]]]:
    """Train by plain TRL; return the same."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    losses = list[float]()

    class Watch(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, **there: Any) -> None:
            if "loss" in there["logs"]:
                tick()
                losses.append(there["logs"]["loss"])

    torch.set_num_threads(case.threads)
    dtype = torch.float32 if case.adapter == "full" or case.precision == "float32" else torch.bfloat16
    lines = (Path(case.folder) / ORDERED).read_text("utf-8").splitlines()
    model: Any = AutoModelForCausalLM.from_pretrained(case.model, dtype=dtype)
    if case.adapter == "lora":
        adapter = LoraConfig(task_type="CAUSAL_LM", r=case.rank, lora_alpha=2 * case.rank, target_modules="all-linear")
        torch.manual_seed(0)  # as ours does, so that both begin at the same weights
        model = get_peft_model(model, adapter)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=mkdtemp(dir=case.folder),
            max_length=None,
            per_device_train_batch_size=case.batch_size,
            gradient_accumulation_steps=case.accumulate,
            train_sampling_strategy="sequential",
            learning_rate=case.rate,
            lr_scheduler_type="constant",
            max_steps=case.steps,
            bf16=case.precision == "bf16",
            gradient_checkpointing=case.gradient_checkpointing,
            use_cpu=not torch.cuda.is_available(),
            dataloader_pin_memory=torch.cuda.is_available(),
            save_steps=case.steps,
            logging_steps=1,
            report_to="tensorboard",
            disable_tqdm=True,
        ),
        train_dataset=Dataset.from_list([json.loads(line) for line in lines]),
        callbacks=[Watch()],
    )
    trainer.train()
    return losses, [row for batch in trainer.get_train_dataloader() for row in _rows(batch)]


def peak() -> int:
    """Return the most memory that this process has held, in bytes."""
    return _status("VmHWM")


def resident() -> int:
    """Return the memory that this process holds, in bytes."""
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _rows(batch: Any) -> Sequence[tuple[list[int], list[int]]]:
    together = zip(batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True)
    return [(ids[mask > 0].tolist(), labels[labels >= 0].tolist()) for ids, labels, mask in together]
