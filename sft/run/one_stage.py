"""Trains one stage: its rows in their order, from a model to a checkpoint, going on where it was left."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl.trainer.sft_config import SFTConfig

from sft.config import FLASH, Training
from sft.models.base import uses_bf16
from sft.models.sharded import check_shardable, fsdp_arguments
from sft.models.trained import TrainingStopped
from sft.objectives.preferring import PreferringTrainer
from sft.objectives.valved import ValvedTrainer
from sft.objectives.weighted import WeightedTrainer
from sft.rows.collate import Collator
from sft.rows.order import Sample, ordered
from sft.rows.prepare import Prepared
from sft.run import checkpoint
from sft.run.going import Going
from sft.run.keeper import Keeper
from sft.run.metrics import MetricLines

METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class StageFolder:
    """Where a stage is kept, what it is called, and what its chances come from."""

    folder: Path
    name: str
    seed: int


def train_stage(model: Any, rows: Prepared, place: StageFolder, going: Going) -> Keeper:
    """Train until the stage is done and return its keeper, which knows the checkpoint to take.

    Raises:
        TrainingStopped: it was wished; the last step is kept.
    """
    config, team = going.job.config, going.team
    check_shardable(model, going.job.new_tokens, config)
    place.folder.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(
        place.folder, config, watched=bool(rows.held_out), seed=place.seed, team=team, stopping=going.stopping
    )
    samples = samples_of(rows, config)
    steps = -(-len(samples) // (config.batch_size * config.accumulate))
    done = checkpoint.step_of(keeper.resumed) if keeper.resumed else 0
    if done >= steps or keeper.progress.stopped:
        return keeper
    lines = [MetricLines(place.folder / METRICS, place.name, done, going.watch)] if team.is_first else []
    trainer = _trainer(model, going.job.tokenizer, rows, samples, config, place, [keeper, *lines])
    if trainer.accelerator.num_processes != team.size:
        raise RuntimeError(f"{team.size} processes train, and accelerate knows of {trainer.accelerator.num_processes}")
    trainer.remove_callback(PrinterCallback)
    keeper.trainer = trainer
    trainer.train(resume_from_checkpoint=str(keeper.resumed) if keeper.resumed else None)
    if keeper.left:
        raise TrainingStopped
    return keeper


def samples_of(rows: Prepared, config: Training) -> list[Sample]:
    """Return what is trained in the order in which it is."""
    a_step = config.batch_size * config.accumulate
    units = ordered(
        rows.lengths,
        batching=config.batching,
        batch_size=config.batch_size,
        max_tokens=config.max_tokens,
        epochs=config.epochs,
        samples=None if config.max_steps is None else config.max_steps * a_step,
        seed=config.seed,
    )
    return [rows.rows(found) for found in units]


def shared_out(samples: Sequence[Sample], config: Training) -> Dataset:
    """Return the samples, with more that do not count where the last batches would not go round all workers."""
    short = -len(samples) % (config.worker_rows * config.workers) if config.workers > 1 else 0
    counts = [True] * len(samples) + [False] * short
    return Dataset.from_dict({"rows": [*samples, *[samples[0]] * short], "counts": counts})


def collator(rows: Prepared, tokenizer: Any, config: Training) -> Collator:
    """Return what makes samples a batch as the objective reads it."""
    packed = config.batching == "packed"
    return Collator(
        rows.tokens,
        tokenizer.pad_token_id,
        packed,
        numbered=config.objective.kind != "sft",
        padding_free=packed and config.attn_implementation in FLASH,
    )


def arguments(config: Training, folder: Path) -> dict[str, Any]:
    """Return what every trainer of TRL is told; it saves nothing itself, and feeds TensorBoard."""
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": config.worker_rows,
        "per_device_eval_batch_size": config.worker_rows,
        "gradient_accumulation_steps": config.worker_batches,
        "ddp_find_unused_parameters": False,
        "ddp_broadcast_buffers": False,
        "learning_rate": config.rate,
        "lr_scheduler_type": config.decay if config.decay != "constant" else "constant_with_warmup",
        "warmup_steps": config.warmup,
        "weight_decay": config.weight_decay,
        "optim": config.optim,
        "adam_beta1": config.adam_beta1,
        "adam_beta2": config.adam_beta2,
        "adam_epsilon": config.adam_epsilon,
        "max_grad_norm": config.max_grad_norm,
        "num_train_epochs": 1,  # all epochs are laid out in the samples
        "train_sampling_strategy": "sequential",
        "logging_steps": config.log_every,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "eval_strategy": "no",  # the keeper asks for it
        "report_to": "tensorboard",
        "disable_tqdm": True,
        "bf16": uses_bf16(config),
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "gradient_checkpointing": config.gradient_checkpointing,
        "use_liger_kernel": config.use_liger_kernel,
        "remove_unused_columns": False,
        "seed": config.seed,
        **fsdp_arguments(config),
    }


def _trainer(
    model: Any,
    tokenizer: Any,
    rows: Prepared,
    samples: Sequence[Sample],
    config: Training,
    place: StageFolder,
    callbacks: Sequence[TrainerCallback],
) -> Any:
    watched = [rows.rows([unit]) for unit in rows.held_out_units]
    settings: dict[str, Any] = {
        "model": model,
        "args": SFTConfig(
            **arguments(config, place.folder),
            max_length=None,  # nothing is cut: rows over the context never come so far
            dataset_kwargs={"skip_prepare_dataset": True},
            router_aux_loss_coef=0.0,
        ),
        "data_collator": collator(rows, tokenizer, config),
        "train_dataset": shared_out(samples, config),
        "eval_dataset": shared_out(watched, config) if watched else None,
        "processing_class": tokenizer,
        "callbacks": list(callbacks),
    }
    if config.objective.kind == "sft":
        return WeightedTrainer(**settings) if rows.tokens.betas is None else ValvedTrainer(**settings)
    trainer = PreferringTrainer(config.objective, **settings)
    if config.objective.kind == "dpo":
        trainer.refer(len(rows.tokens), 2 * config.worker_rows)
    return trainer
