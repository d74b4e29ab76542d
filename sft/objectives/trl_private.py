"""Everything private to TRL, transformers and accelerate that training here leans on, under names of our own.

A release may move any of it without a word, so TRL is pinned to a minor version, and a trainer that lacks one of these
names says which before its first step, and so does a test.
"""

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from typing import Any

import torch
from transformers import Trainer
from trl.kernels import chunked_logprob
from trl.trainer import utils as fused_head
from trl.trainer.sft_trainer import SFTTrainer
from trl.trainer.utils import FusedCausalLMOutput, add_fused_lm_head

from sft.models.sharded import let_cpus_shard

METHODS = {
    "create_accelerator_and_postprocess": ["self"],
    "_get_num_items_in_batch": ["self", "batch_samples", "device"],
    "_load_from_checkpoint": ["self", "resume_from_checkpoint", "model"],
    "_prepare_inputs": ["self", "inputs"],
    "_send_telemetry": ["self"],
}
"""Methods of the trainer that are overridden or called, with what they take."""
ATTRIBUTES = ("_metrics", "_total_train_tokens", "is_fsdp_enabled")
"""What a trainer keeps from the start: figures by mode, how many tokens were read, whether it shards."""
IN_TRAINING = ("_tr_loss", "_globalstep_last_logged")
"""What a trainer keeps once it trains: the loss since the last line of the log, and the step of that line."""
ANSWERED = ("log_probs", "is_top1")
"""What the fused head says of each token."""
HEAD = {chunked_logprob: ("TOKEN_CHUNK_SIZE",), fused_head: ("_CHUNKED_LOGPROB_CHUNK_SIZE", "_use_triton")}
"""What the fused head reads when it is called: the tokens and words of a tile of logits, and whether padding and
prompts are left out."""
CPU_TILE = (256, 4096)
"""Tokens and words of a tile that stays in a cache: it is read and written some twenty times (TRL: 4,096, 32,768)."""


@dataclass(frozen=True)
class Answered:
    """What a model says of each token but the first: how likely it was, and whether it was the likeliest."""

    log_probs: torch.Tensor
    is_top1: torch.Tensor


class PrivateTrainer(SFTTrainer):
    """TRL's trainer with a public name for each private thing that is used of it."""

    loss_is_scaled_for_ga = True  # type: ignore[assignment]  # trl says None, transformers bool

    def __init__(self, **settings: Any) -> None:
        with warnings.catch_warnings():
            # TRL 1.16 announces that it will drop Liger in 2.0; whoever asked for it cannot act on that here.
            warnings.filterwarnings("ignore", message="`use_liger_kernel=True` is deprecated", category=FutureWarning)
            super().__init__(**settings)
        if gone := moved(self):
            raise RuntimeError(f"trl {version('trl')}, transformers {version('transformers')}: {'; '.join(gone)}")
        if self.accelerator.device.type == "cpu":
            tile_for_cpus()

    def answered(self, model: Any, inputs: Mapping[str, Any]) -> Answered:
        """Return what the model says of a batch, without ever holding the logits of all tokens."""
        outputs = model(**inputs, use_cache=False, fused_lm_head=True)
        return Answered(outputs.log_probs, outputs.is_top1)

    def on_device(self, batch: Any) -> Any:
        """Return a batch where the model is."""
        return self._prepare_inputs(batch)

    def step_items(self, batches: Sequence[Any]) -> torch.Tensor:
        """Return what the loss of one optimizer step is divided by, of this process's batches."""
        raise NotImplementedError

    def _get_num_items_in_batch(self, batch_samples: Sequence[Any], device: torch.device) -> torch.Tensor:
        """Return what the loss of one optimizer step is divided by, of all processes."""
        items = self.step_items(batch_samples).to(device)
        return self.accelerator.gather(items).sum() if self.args.world_size > 1 else items

    def noted(self, mode: str) -> dict[str, list[float]]:
        """Return what is noted for the next line of the log; what is put there is told as its mean."""
        kept: dict[str, list[float]] = self._metrics[mode]
        return kept

    def note_tokens(self, count: int) -> None:
        """Count tokens that all processes have read."""
        self._total_train_tokens += count
        self._metrics["train"]["num_tokens"] = [self._total_train_tokens]

    def log_position(self) -> tuple[int, float, int]:
        """Return the step of the last line of the log, and the loss since and the tokens in all of this process."""
        return self._globalstep_last_logged, self._tr_loss.item(), self._total_train_tokens

    def go_on_from(self, step: int, loss: float, tokens: int) -> None:
        """Reckon the next line of the log from there."""
        self._globalstep_last_logged = step
        self._tr_loss += loss
        self._total_train_tokens = tokens

    def create_accelerator_and_postprocess(self) -> None:
        """Make the accelerator, which shards on CPUs too."""
        super().create_accelerator_and_postprocess()
        self.is_fsdp_enabled |= let_cpus_shard(self.accelerator, self.args.fsdp_plugin_args)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Load weights, but those of a sharded model, which was made from the checkpoint before it was sharded."""
        if not self.is_fsdp_enabled:
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _send_telemetry(self) -> None:
        """Tell nobody."""


@cache
def _source(kind: type[Trainer]) -> str:
    """Return how a trainer and those that it is made of are written; reading that takes a second."""
    return "".join(inspect.getsource(one) for one in kind.__mro__ if issubclass(one, Trainer))


def tile_for_cpus() -> None:
    """Have the fused head score trained tokens alone on CPUs too, as on GPUs, in tiles of a size that suits them."""
    chunked_logprob.TOKEN_CHUNK_SIZE, fused_head._CHUNKED_LOGPROB_CHUNK_SIZE = CPU_TILE
    on_gpus = chunked_logprob._use_triton
    fused_head._use_triton = lambda device: device.type == "cpu" or on_gpus(device)  # type: ignore[attr-defined]


def moved(trainer: Any, kind: type[Trainer] = SFTTrainer) -> list[str]:
    """Return what is no more where it was, a sentence each, for a trainer that has been made."""
    names = [*METHODS, "loss_is_scaled_for_ga"]
    gone = [f"the trainer has no `{name}` any more" for name in names if not hasattr(kind, name)]
    for name, takes in METHODS.items():
        given = list(inspect.signature(getattr(kind, name)).parameters) if hasattr(kind, name) else takes
        if given != takes:
            gone.append(f"`{name}` of the trainer takes {given} now, and took {takes}")
    gone += [f"a trainer keeps no `{name}` any more" for name in ATTRIBUTES if not hasattr(trainer, name)]
    source = _source(kind)  # type: ignore[arg-type]  # the class has a hash; mypy looks at its instances'
    gone += [
        f"a trainer that trains sets no `{name}` any more" for name in IN_TRAINING if f"self.{name} =" not in source
    ]
    if "outputs" not in inspect.signature(add_fused_lm_head).parameters:
        gone.append("`add_fused_lm_head` takes no `outputs` any more")
    parts = [(module, name) for module, names in HEAD.items() for name in names]
    gone += [f"{module.__name__} has no `{name}` any more" for module, name in parts if not hasattr(module, name)]
    said = {field.name for field in fields(FusedCausalLMOutput)}
    return gone + [f"the fused head says no `{name}` any more" for name in ANSWERED if name not in said]
