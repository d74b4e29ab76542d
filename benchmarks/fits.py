"""What fits where: the memory of training by model size, adapter and machine, computed from shapes of public models.

    python -m benchmarks.fits                        # the tables of docs/training.md
    python -m benchmarks.fits --model FOLDER         # the same for a model of your own

Shapes are those of each model's `config.json` on the Hub. How far off the estimate is on a CPU is printed by
`python -m benchmarks.training`, beside what it measures. On GPUs nothing was measured: what drivers, communicators and
a fragmented allocator take is an assumption, named below.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from sft.objectives.trl_private import CPU_TILE

GIB = 1 << 30
RANK = 16
TILE = 4096 * 32768
"""Logits that TRL's fused head makes at once on a GPU."""
OVERHEAD = {"gpu": 1.5 * GIB, "cpu": 1.0 * GIB}
"""What a process holds before there is a model: libraries, kernels, communicators. On a GPU it is assumed."""
USABLE = {"gpu": 0.92, "cpu": 0.85}
"""Share of the memory that tensors can have: allocators waste some, and a CPU's machine runs other things too."""
FEWEST, MOST = 500, 131072
"""Tokens with which nothing is trained, and with which nobody asks for more."""
BATCH = 8192
"""Tokens of a batch in the table of shares."""
NF4 = 0.5 + 0.127 / 8
"""Bytes of a weight in 4 bits with its quantised constants (QLoRA, Dettmers et al. 2023: 0.127 bits a weight)."""
Kind = Literal["lora", "qlora", "full"]
KINDS: tuple[Kind, ...] = ("lora", "qlora", "full")


@dataclass(frozen=True)
class Shape:
    """A dense decoder with gated MLPs and grouped queries: Llama, Qwen2.5, Mistral, SmolLM2 and their kin."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    intermediate: int
    vocabulary: int
    tied: bool
    bias: bool = False
    """Whether queries, keys and values have one."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the shape that a model's `config.json` says."""
        config = json.loads((folder / "config.json").read_text("utf-8"))
        heads = config["num_attention_heads"]
        return cls(
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=heads,
            kv_heads=config.get("num_key_value_heads") or heads,
            head_size=config.get("head_dim") or config["hidden_size"] // heads,
            intermediate=config["intermediate_size"],
            vocabulary=config["vocab_size"],
            tied=bool(config.get("tie_word_embeddings")),
            bias=config["model_type"] == "qwen2",
        )

    @property
    def queries(self) -> int:
        """Numbers of a token's queries."""
        return self.heads * self.head_size

    @property
    def keys(self) -> int:
        """Numbers of a token's keys, and of its values."""
        return self.kv_heads * self.head_size

    @property
    def layer(self) -> int:
        """Weights of a layer's matrices."""
        return 2 * self.hidden * (self.queries + self.keys) + 3 * self.hidden * self.intermediate

    @property
    def ends(self) -> int:
        """Weights of embeddings and head."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """All weights."""
        rest = self.layers * (2 * self.hidden + (self.queries + 2 * self.keys if self.bias else 0)) + self.hidden
        return self.layers * self.layer + self.ends + rest

    def adapter(self, rank: int = RANK) -> int:
        """Return the weights of a LoRA on all linear modules but the head."""
        ends = 4 * self.hidden + 2 * self.queries + 2 * self.keys + 3 * (self.hidden + self.intermediate)
        return self.layers * rank * ends


MODELS: Mapping[str, Shape] = {
    "Qwen2.5-0.5B": Shape(896, 24, 14, 2, 64, 4864, 151936, tied=True, bias=True),
    "Qwen2.5-1.5B": Shape(1536, 28, 12, 2, 128, 8960, 151936, tied=True, bias=True),
    "Qwen2.5-3B": Shape(2048, 36, 16, 2, 128, 11008, 151936, tied=True, bias=True),
    "Qwen2.5-7B": Shape(3584, 28, 28, 4, 128, 18944, 152064, tied=False, bias=True),
    "Qwen2.5-14B": Shape(5120, 48, 40, 8, 128, 13824, 152064, tied=False, bias=True),
    "Qwen2.5-32B": Shape(5120, 64, 40, 8, 128, 27648, 152064, tied=False, bias=True),
    "Llama-3.1-70B": Shape(8192, 80, 64, 8, 128, 28672, 128256, tied=False),
}
"""From the `config.json` of each on the Hub (Qwen/..., meta-llama/...); a test has their published sizes."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, as far as memory is concerned."""

    kind: Kind = "lora"
    bf16: bool = True
    """Matrices in bfloat16, as on a GPU; else all is float32."""
    checkpointing: bool = False
    workers: int = 1
    sharded: bool = False
    """Shared out among the workers (FSDP2); else each holds all of it, and DDP a copy of the gradients to send."""
    tile: int = TILE
    rank: int = RANK


@dataclass(frozen=True)
class Memory:
    """Bytes of one worker."""

    weights: float
    """Of base and adapter, with the bfloat16 copies that autocast makes of weights that are trained."""
    gradients: float
    optimizer: float
    shared: float
    """What is gathered for a while where a model is sharded, or what DDP sends from."""
    head: float
    """The fused head: a tile of logits and, where the head is trained, its gradient."""
    token: float
    """Activations for each token of a batch, padding too."""
    logits: float
    """For each token, what a head would hold that is not fused: logits and their gradient, in float32 too."""

    @property
    def fixed(self) -> float:
        """What does not depend on the batch."""
        return self.weights + self.gradients + self.optimizer + self.shared + self.head

    def total(self, tokens: int) -> float:
        """Return the peak of a step with so many tokens in a batch, but for what the process holds anyway."""
        return self.fixed + self.token * tokens


def memory(shape: Shape, recipe: Recipe) -> Memory:
    """Return what a worker holds."""
    full, number = recipe.kind == "full", 2 if recipe.bf16 else 4
    trained = shape.parameters if full else shape.adapter(recipe.rank)
    matrices = shape.layers * shape.layer
    held = {"full": 0.0, "lora": number * shape.parameters, "qlora": NF4 * matrices + 2 * (shape.parameters - matrices)}
    weights = held[recipe.kind] + 4 * trained
    if full and recipe.bf16 and not recipe.sharded:
        weights += 2 * matrices
    parts = recipe.workers if recipe.sharded else 1
    shared = 0.0 if recipe.workers == 1 else 4.0 * trained
    if recipe.sharded:
        # Two layers and the ends are whole at once, and so are the gradients of one and of the ends.
        shared = number * (2 * shape.layer + shape.ends) + full * 4 * (shape.layer + shape.ends)
    layer = kept(shape, recipe)
    boundary = shape.hidden * (4 if full else number)
    activations = shape.layers * boundary + 2 * layer if recipe.checkpointing else shape.layers * layer
    return Memory(
        weights=weights / parts,
        gradients=4 * trained / parts,
        optimizer=8 * trained / parts,
        shared=shared,
        head=recipe.tile * number + full * 4 * shape.vocabulary * shape.hidden,
        token=activations + 12 * shape.hidden,
        logits=shape.vocabulary * (2 * number + 8),
    )


def kept(shape: Shape, recipe: Recipe) -> float:
    """Return the bytes that a layer keeps of a token for its backward pass.

    Each is a tensor that autograd keeps of transformers' Llama with scaled-dot-product attention, as `python -m
    benchmarks.training --where` finds them: the inputs of two norms and of the matrices, queries and the attention's
    output, keys and values once and repeated for each head, and four of the MLP. Under bfloat16 norms are computed in
    float32, and each matrix keeps a cast of its input; norms that are trained keep what they scale.
    """
    full, number = recipe.kind == "full", 2 if recipe.bf16 else 4
    norms = 4 * 2 * shape.hidden * (2 if full else 1)
    inputs = number * shape.hidden * (5 if recipe.bf16 else 2)
    if not full:
        inputs += number * (7 * recipe.rank + recipe.bf16 * shape.queries)
    return norms + inputs + number * (4 * shape.queries + 2 * shape.keys + 4 * shape.intermediate)


@dataclass(frozen=True)
class Site:
    """A place to train at."""

    name: str
    device: Literal["gpu", "cpu"]
    gibibytes: int
    """Of each worker."""
    workers: int = 1
    sharded: bool = False

    def recipe(self, kind: Kind, checkpointing: bool) -> Recipe | None:
        """Return how a kind of training is done here; None where it is refused."""
        if kind == "qlora" and (self.device == "cpu" or self.sharded):
            return None
        tile = TILE if self.device == "gpu" else CPU_TILE[0] * CPU_TILE[1]
        return Recipe(kind, self.device == "gpu", checkpointing, self.workers, self.sharded, tile)

    def tokens(self, shape: Shape, recipe: Recipe) -> int:
        """Return the most tokens that a worker's batch can have."""
        needs = memory(shape, recipe)
        return int((self.gibibytes * GIB * USABLE[self.device] - OVERHEAD[self.device] - needs.fixed) / needs.token)


SITES = (
    Site("24 GB", "gpu", 24),
    Site("80 GB", "gpu", 80),
    Site("8 x 80 GB, DDP", "gpu", 80, workers=8),
    Site("8 x 80 GB, FSDP2", "gpu", 80, workers=8, sharded=True),
    Site("CPU, 16 GB", "cpu", 16),
    Site("CPU, 64 GB", "cpu", 64),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="the folder of another model")
    options = parser.parse_args()
    models = {options.model.name: Shape.read(options.model)} if options.model else MODELS
    print("\n".join([*room(models), "", *shares(models)]))


def room(models: Mapping[str, Shape]) -> list[str]:
    """Return the table of the most tokens in a worker's batch, without and with gradient checkpointing."""
    lines = [f"| | | {' | '.join(site.name for site in SITES)} |", f"|---|---|{'---:|' * len(SITES)}"]
    for name, shape in models.items():
        for kind in KINDS:
            cells = [f"**{name}**" if kind == KINDS[0] else "", kind, *(cell(shape, kind, site) for site in SITES)]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def cell(shape: Shape, kind: Kind, site: Site) -> str:
    """Return the tokens without and with checkpointing."""
    recipes = [site.recipe(kind, checkpointing) for checkpointing in (False, True)]
    sizes = ["" if recipe is None else rounded(site.tokens(shape, recipe)) for recipe in recipes]
    return "refused" if sizes == ["", ""] else "no" if sizes == ["no", "no"] else " / ".join(sizes)


def rounded(tokens: int) -> str:
    """Return a number of tokens as people say it, never more than it is."""
    if tokens < FEWEST:
        return "no"
    if tokens >= MOST:
        return f"{MOST // 1024}k"
    return f"{tokens // 1000}k" if tokens >= 10000 else f"{tokens // 100 / 10:g}k"


def shares(models: Mapping[str, Shape]) -> list[str]:
    """Return the table of what holds the memory on a GPU, in GiB."""
    lines = [
        f"| | | weights | gradients | optimizer | head | activations of {BATCH:,} tokens | with checkpointing "
        "| logits, were the head not fused |",
        f"|---|---|{'---:|' * 7}",
    ]
    for name, shape in models.items():
        for kind in KINDS:
            needs, less = memory(shape, Recipe(kind)), memory(shape, Recipe(kind, checkpointing=True))
            sizes = [needs.weights, needs.gradients, needs.optimizer, needs.head]
            sizes += [BATCH * one for one in (needs.token, less.token, needs.logits)]
            told = " | ".join(f"{size / GIB:.1f}" for size in sizes)
            lines.append(f"| {f'**{name}**' if kind == KINDS[0] else ''} | {kind} | {told} |")
    return lines


if __name__ == "__main__":
    main()
