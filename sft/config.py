"""What a training run is: one spec, whose JSON and the digests of base and dataset are the run's identity."""

from math import gcd
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.spec import LATER, PLACE, Positive, spec
from sft.objectives.every import AnyObjective, LogLikelihood
from sft.schedules.every import AnySchedule
from sft.schedules.standard import Standard

Share = Annotated[float, Field(ge=0, lt=1)]
Direction = Literal["long_to_short", "short_to_long"]
Decay = Annotated[float, Field(ge=0, lt=1), LATER]
FLASH = ("flash_attention_2", "flash_attention_3")
"""Attention that needs a GPU, 16 bits and a package of its own, and reads rows without padding."""
EIGHT_BIT = ("adamw_8bit", "adamw_bnb_8bit")
"""Optimizers of bitsandbytes; two names of one."""
UNSHARDED = ("dora", "qlora")
"""Kinds of adapter that are not tried, or do not work, in shards."""
NOT_LINEAR = ("dora", "full")
"""Kinds of adapter whose update, half as large, is no half of it."""


@spec
class Base:
    """The model that is trained."""

    model: Annotated[str, PLACE]
    """A folder, or an id on the Hub. Its weights are its identity, not where they lie."""
    revision: Annotated[str | None, PLACE] = None
    """The commit of a model on the Hub."""


@spec
class Rows:
    """The dataset that is learned from."""

    path: Annotated[str, PLACE]
    """Folder of a version, of a run (its newest version) or of anything `datasets` loads, or an id on the Hub."""
    revision: Annotated[str | None, PLACE] = None
    """Commit or tag of a dataset on the Hub."""
    config: str | None = "mix"
    """Which config: a method's name, or `mix` for all of them."""
    split: str = "train"
    held_out: str | None = "validation"
    """The split whose loss is watched; None watches none."""


@spec
class Adapter:
    """What is trained of the base."""

    kind: Literal["lora", "rslora", "dora", "qlora", "full"] = "lora"
    """`full` trains every weight; `qlora` holds the base in 4 bits and needs bitsandbytes and a GPU."""
    rank: Positive = 16
    alpha: Positive = 32
    """An update counts alpha / rank (`rslora`: alpha / sqrt(rank))."""
    dropout: Share = 0.0
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Names of modules; all linear ones but the head learn best for their size."""


@spec
class FsdpConfig:
    """How a model is shared out among workers (FSDP2), under the names of transformers."""

    version: Literal[2] = 2
    reshard_after_forward: bool = True
    """Free a layer's weights after its forward pass and gather them again for the backward one: less memory, a third
    more traffic."""
    cpu_ram_efficient_loading: bool = False
    """The first worker of a machine alone reads the base and sends the others their shards: one copy in main memory."""


@spec
class Learning:
    """How a model is trained, whatever it is and whatever it learns from."""

    adapter: Adapter = Adapter()
    objective: AnyObjective = LogLikelihood()
    """`dpo` and `simpo` learn from pairs of a problem's rows, best after a run of `sft` (see `start`)."""
    schedule: AnySchedule = Standard()
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    """None takes 1e-4 for an adapter, a tenth of it for full training, and a twentieth of either for preferences."""
    warmup: Share = 0.05
    """Share of a stage's steps over which the learning rate rises."""
    decay: Literal["cosine", "linear", "constant"] = "cosine"
    """How the learning rate falls afterwards."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    optim: Annotated[Literal["adamw_torch", "adamw_torch_fused", "adamw_8bit", "adamw_bnb_8bit"], LATER] = (
        "adamw_torch_fused"
    )
    """AdamW by its name in transformers; the 8-bit ones (a quarter of the optimizer's memory) need bitsandbytes."""
    adam_beta1: Decay = 0.9
    adam_beta2: Decay = 0.999
    adam_epsilon: Annotated[float, Field(gt=0), LATER] = 1e-8
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    epochs: Positive = 3
    """Passes over the rows of each stage."""
    max_steps: Positive | None = None
    """Exactly so many optimizer steps a stage instead of `epochs`."""
    batch_size: Positive = 8
    """Rows (or packs) that one worker takes at once."""
    accumulate: Positive = 2
    """Batches that make one optimizer step, shared out among the workers."""
    max_tokens: Positive = 4096
    """The context: no row or pack is longer, nor a row longer than the base can place."""
    on_too_long: Literal["refuse", "drop"] = "refuse"
    """What becomes of a row over the context; none is ever cut, for a cut row teaches not to stop."""
    on_unfit: Annotated[Literal["drop", "refuse"], LATER] = "drop"
    """What becomes of a row that cannot be trained as it is: a control token in its text, a thought that does not end,
    a template that refuses it ...; those dropped are counted by reason."""
    chat_template: Annotated[str | None, PLACE] = None
    """The chat template to train and to be asked with, where that is not the base's: a file, or the name of one that
    TRL ships (`qwen3_training`); known by its text."""
    batching: Literal["plain", "grouped", "packed"] = "grouped"
    """`grouped` batches rows of like length and pads little; `packed` fills each context with whole rows."""
    precision: Literal["auto", "bf16", "float32"] = "auto"
    """`auto` is bf16 on a GPU that has it, else float32."""
    gradient_checkpointing: Annotated[bool, PLACE] = False
    """Keep fewer activations and compute them again: less memory, about a fifth slower."""
    attn_implementation: Annotated[Literal["sdpa", "eager", "flash_attention_2", "flash_attention_3"] | None, PLACE] = (
        None
    )
    """How attention is computed, by its name in transformers; None takes what transformers takes for the base."""
    use_liger_kernel: Annotated[bool, PLACE] = False
    """Liger's Triton kernels for norms, rotary embeddings and MLPs; they need liger-kernel and a GPU."""
    checkpoint_every: Positive = 100
    """Steps between checkpoints and looks at the held-out loss."""
    keep_checkpoints: Annotated[Positive, PLACE] = 2
    """Checkpoints kept beside the best one."""
    log_every: Annotated[Positive, PLACE] = 10
    fsdp: Annotated[bool, PLACE] = False
    """Share out weights, gradients and optimizer among the workers (FSDP2), for models that one GPU cannot hold; else
    each worker holds all of them (DDP). The steps are the same, up to the order of additions."""
    fsdp_config: Annotated[FsdpConfig, PLACE] = FsdpConfig()
    threads: Annotated[Positive | None, PLACE] = None
    """Threads on a CPU, None for as many as torch takes; a model of a few million weights is fastest with 1, above all
    where other work is going on."""
    workers: Annotated[Positive, PLACE] = 1
    """Processes that train together, one a GPU where there are GPUs. They share the rows of each optimizer step, so
    however many there are, the steps are the same."""

    @model_validator(mode="after")
    def _pairs_are_not_packed(self) -> Self:
        if self.objective.kind != "sft" and self.batching == "packed":
            raise ValueError(f"`batching: packed` would part the pairs of {self.objective.kind}; take grouped or plain")
        return self

    @model_validator(mode="after")
    def _workers_share_a_step(self) -> Self:
        rows = self.batch_size * self.accumulate
        fit = [count for count in range(1, rows + 1) if _shares(self.batch_size, self.accumulate, count)]
        if self.workers not in fit:
            raise ValueError(
                f"{self.workers} workers cannot share a step of {self.accumulate} batches of {self.batch_size} evenly;"
                f" take one of {fit}, or another `batch_size` or `accumulate`"
            )
        return self

    @model_validator(mode="after")
    def _shards_are_of_what_can_be_sharded(self) -> Self:
        lacking = [
            (self.adapter.kind in UNSHARDED, f"adapter.kind {self.adapter.kind}", "lora, rslora or full"),
            (self.optim in EIGHT_BIT, f"optim {self.optim}", "adamw_torch or adamw_torch_fused"),
            (self.objective.kind == "dpo", "objective dpo", "sft or simpo"),
        ]
        told = [f"`{what}` cannot (take {instead})" for missing, what, instead in lacking if missing]
        if self.fsdp and told:
            raise ValueError(f"`fsdp` shards what is trained; {', '.join(told)}, or leave `fsdp` out")
        return self

    @model_validator(mode="after")
    def _a_valve_scales_a_linear_update(self) -> Self:
        lacking = [
            (self.adapter.kind in NOT_LINEAR, f"adapter.kind {self.adapter.kind}", "lora or rslora"),
            (self.batching == "packed", "batching packed", "grouped or plain"),
            (self.objective.kind != "sft", f"objective {self.objective.kind}", "sft"),
        ]
        told = [f"`{what}` cannot (take {instead})" for found, what, instead in lacking if found]
        if self.schedule.kind == "valve" and told:
            raise ValueError(f"`schedule: valve` scales the update for each row of a batch; {', '.join(told)}")
        return self

    @property
    def worker_batches(self) -> int:
        """Batches of each worker in a step."""
        return self.accumulate // gcd(self.accumulate, self.workers)

    @property
    def worker_rows(self) -> int:
        """Rows of a worker's batch: fewer than `batch_size` where there are more workers than batches."""
        return self.batch_size * self.accumulate // (self.workers * self.worker_batches)

    @property
    def rate(self) -> float:
        """The learning rate at its height."""
        height = 1e-5 if self.adapter.kind == "full" else 1e-4
        return self.learning_rate or (height if self.objective.kind == "sft" else height / 20)


@spec
class Training(Learning):
    """A run of supervised fine-tuning."""

    base: Base
    dataset: Rows
    direction: Annotated[Direction | None, PLACE] = None
    """What the update does to chains the more it counts, for those who will scale it (CoT-Valve); told beside the
    weights, which it does not change. `schedule: valve` goes from long to short by itself."""
    start: Annotated[str | None, PLACE] = None
    """Folder of an adapter to go on from; it must have been trained on this very base."""
    patience: Positive | None = None
    """Stop a stage after so many looks without a lower held-out loss and keep the best; None never stops early."""
    seed: int = 0

    @model_validator(mode="after")
    def _patience_needs_a_held_out_split(self) -> Self:
        if self.patience is not None and self.dataset.held_out is None:
            raise ValueError("`patience` watches the held-out loss, and `dataset.held_out` is null; name a split")
        return self

    @model_validator(mode="after")
    def _a_direction_is_that_of_a_linear_update(self) -> Self:
        if self.direction is not None and self.adapter.kind in NOT_LINEAR:
            kind = f"`adapter.kind {self.adapter.kind}` cannot (take lora or rslora)"
            raise ValueError(f"`direction` is for who scales the update; {kind}, or leave `direction` out")
        if self.schedule.kind == "valve" and self.direction == "short_to_long":
            raise ValueError(
                "`schedule: valve` gives the shortest chains the whole update, so it goes from long to short; "
                "`direction: short_to_long` cannot (take long_to_short, or leave it out)"
            )
        return self

    @property
    def turns(self) -> Direction | None:
        """Which way the update turns the length the more it counts; None where nobody means to scale it."""
        return "long_to_short" if self.schedule.kind == "valve" else self.direction


def _shares(batch_size: int, accumulate: int, workers: int) -> bool:
    """Tell whether workers can take whole batches, or equal parts of a batch each."""
    return batch_size % (workers // gcd(accumulate, workers)) == 0
