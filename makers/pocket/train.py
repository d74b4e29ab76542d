"""Make the pocket model: `python -m makers.pocket.train --work-dir DIR`. Run it again to go on after a break."""

import argparse
import logging
import os
import time
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import AutoTokenizer

from makers.pocket.checkpoint import Progress, load, save
from makers.pocket.gradients import Gradients
from makers.pocket.lessons import lesson
from makers.pocket.model import build, export
from makers.pocket.rows import Batches
from makers.pocket.tokenizer import train_tokenizer

SEED = 7
VOCABULARY = 1152
TOKENIZER_LESSONS = 6000
WARMUP_STEPS = 100
Batch = tuple[torch.Tensor, torch.Tensor]
log = logging.getLogger(__name__)


def main() -> None:
    """Train from the last checkpoint, if any, to the last step, and write the model."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    tokenizer = make_tokenizer(options.work_dir / "tokenizer")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = build(tokenizer, SEED).to(device)
    optimizers = make_optimizers(model, options)
    progress = load(options.work_dir, model, optimizers)
    train(model, tokenizer, optimizers, progress, options)
    digest = export(model, tokenizer, options.output)
    size = (options.output / "model.safetensors").stat().st_size
    log.info(
        "%d steps, %d tokens, %.0f s; %d bytes, sha256 %s",
        progress.step,
        progress.tokens,
        progress.seconds,
        size,
        digest,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work-dir", type=Path, required=True, help="holds the checkpoint; keep it outside the repository"
    )
    parser.add_argument("--output", type=Path, default=Path("data/pocket"))
    parser.add_argument("--steps", type=int, default=5200)
    parser.add_argument("--until", type=int, help="stop after this step, to go on another time")
    parser.add_argument("--rows", type=int, default=10, help="rows a step")
    parser.add_argument("--row-length", type=int, default=768)
    parser.add_argument(
        "--matrix-rate", type=float, default=0.02, help="Muon's learning rate, for the layers' matrices"
    )
    parser.add_argument("--rate", type=float, default=3e-3, help="AdamW's learning rate, for the rest")
    parser.add_argument("--checkpoint-every", type=int, default=250)
    return parser.parse_args()


def make_tokenizer(folder: Path) -> Any:
    """Return the tokenizer kept in `folder`, made from the first lessons when there is none."""
    if not (folder / "tokenizer.json").exists():
        rng = Random(SEED)
        lessons = (lesson(rng, len) for _ in range(TOKENIZER_LESSONS))
        texts = [message["content"] for messages in lessons for message in messages]
        train_tokenizer(texts, VOCABULARY).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def make_optimizers(model: Any, options: argparse.Namespace) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW for embedding and norms."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    rest = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    muon = torch.optim.Muon(matrices, lr=options.matrix_rate, weight_decay=0.0, momentum=0.95)
    return [muon, torch.optim.AdamW(rest, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0)]


def train(
    model: Any, tokenizer: Any, optimizers: list[torch.optim.Optimizer], progress: Progress, options: argparse.Namespace
) -> None:
    """Do the steps that are left, with a checkpoint now and then."""
    last = min(options.until or options.steps, options.steps)
    batches = Batches(tokenizer, SEED, options.rows, options.row_length)
    loader = torch.utils.data.DataLoader(batches, batch_size=None, sampler=range(progress.step, last), num_workers=1)
    rates = [optimizer.param_groups[0]["lr"] for optimizer in (make_optimizers(model, options))]
    losses, began = list[float](), time.monotonic()
    gradients = Gradients(model, 1 if model.device.type == "cuda" else len(os.sched_getaffinity(0)))
    for batch in loader:
        schedule(optimizers, rates, progress.step, options.steps)
        losses.append(step(model, gradients, optimizers, batch))
        progress.step += 1
        progress.tokens += int((batch[0] != tokenizer.pad_token_id).sum())
        if progress.step % 50 == 0 or progress.step == last:
            progress.seconds, began = progress.seconds + time.monotonic() - began, time.monotonic()
            entry = {"step": progress.step, "tokens": progress.tokens, "loss": sum(losses) / len(losses)}
            log.info("step %(step)d, %(tokens)d tokens, loss %(loss).4f", entry)
            progress.log.append(entry)
            losses.clear()
        if progress.step % options.checkpoint_every == 0 or progress.step == last:
            save(options.work_dir, model, optimizers, progress)


def schedule(optimizers: list[torch.optim.Optimizer], rates: list[float], step: int, steps: int) -> None:
    """Set the learning rates: a short warm-up, then falling in a straight line to zero."""
    share = min((step + 1) / WARMUP_STEPS, 1 - step / steps)
    for optimizer, rate in zip(optimizers, rates, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = rate * share


def step(model: Any, gradients: Gradients, optimizers: list[torch.optim.Optimizer], batch: Batch) -> float:
    """Do one step and return its loss a reply token."""
    loss = gradients(*(tensor.to(model.device) for tensor in batch))
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return loss


if __name__ == "__main__":
    main()
