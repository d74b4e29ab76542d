"""Make the pocket scorer: `python -m makers.pocket_scorer.train --work-dir DIR` (run again to go on)."""

import argparse
import logging
import time
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

from makers.pocket.checkpoint import Progress, load, save
from makers.pocket_scorer.pairs import Batches

SEED = 11
POSITIONS = 512
log = logging.getLogger(__name__)


def main() -> None:
    """Train from the last checkpoint, if any, to the last step, and write the scorer."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    tokenizer = AutoTokenizer.from_pretrained("data/pocket")
    model = build(tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    progress = load(options.work_dir, model, [optimizer])
    train(model, tokenizer, optimizer, progress, options)
    digest = export(model, tokenizer, options.output)
    log.info("%d steps, %.0f s; sha256 %s", progress.step, progress.seconds, digest)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work-dir", type=Path, required=True, help="holds the checkpoint; outside the repository")
    parser.add_argument("--output", type=Path, default=Path("data/pocket_scorer"))
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--rows", type=int, default=16, help="rows a step")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--checkpoint-every", type=int, default=200)
    return parser.parse_args()


def build(tokenizer: Any) -> Any:
    """Return a fresh classifier for the tokenizer: 160 wide, 4 layers, 1.3 million parameters."""
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=160,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=5,
        max_position_embeddings=POSITIONS,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        id2label={0: "leave_out", 1: "keep"},
        label2id={"leave_out": 0, "keep": 1},
        pad_token_id=tokenizer.pad_token_id,
    )
    return BertForTokenClassification(config)


def train(
    model: Any, tokenizer: Any, optimizer: torch.optim.Optimizer, progress: Progress, options: argparse.Namespace
) -> None:
    """Do the steps that are left, with a checkpoint now and then."""
    batches = Batches(tokenizer, SEED, options.rows, POSITIONS - 2)
    loader = torch.utils.data.DataLoader(
        batches, batch_size=None, sampler=range(progress.step, options.steps), num_workers=1
    )
    began, losses = time.monotonic(), list[float]()
    for ids, labels in loader:
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min((progress.step + 1) / 100, 1 - progress.step / options.steps)
        loss = model(input_ids=ids, attention_mask=(ids != tokenizer.pad_token_id).long(), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
        progress.step += 1
        progress.tokens += int((labels >= 0).sum())
        if progress.step % options.checkpoint_every == 0 or progress.step == options.steps:
            progress.seconds, began = progress.seconds + time.monotonic() - began, time.monotonic()
            log.info("step %d, loss %.4f", progress.step, sum(losses) / len(losses))
            progress.log.append({"step": progress.step, "loss": sum(losses) / len(losses)})
            losses.clear()
            save(options.work_dir, model, [optimizer], progress)


def export(model: Any, tokenizer: Any, folder: Path) -> str:
    """Write model and tokenizer to `folder` in bfloat16; return the SHA-256 of the weights."""
    deepcopy(model).to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    return sha256((folder / "model.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
