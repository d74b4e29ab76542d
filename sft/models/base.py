"""Loads the base model and its tokenizer, to be trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from data.errors import ConfigError
from data.store import read_json
from sft.config import Learning, Training
from sft.models.sharded import loaded_once


def load_tokenizer(folder: Path) -> Any:
    """Return a tokenizer that tells where each token lies in the text and has a chat template, an end and a pad token.

    Raises:
        ConfigError: it has none.
    """
    with _told(folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    faults = []
    if not tokenizer.is_fast:
        faults.append(f"{folder}: its tokenizer does not tell where tokens lie in the text; it needs a tokenizer.json")
    if not tokenizer.chat_template:
        faults.append(f"{folder}: its tokenizer has no chat template; training needs the one that is used to ask it")
    if tokenizer.eos_token is None:
        faults.append(
            f"{folder}: its tokenizer has no end-of-sequence token, by which a model learns to stop; name one"
        )
    if faults:
        raise ConfigError(*faults)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def stops_of(tokenizer: Any, folder: Path) -> frozenset[str]:
    """Return the tokens at which a base stops: its tokenizer's end, and those its generation is set to."""
    path = folder / "generation_config.json"
    ids = (read_json(path) if path.is_file() else {}).get("eos_token_id") or []
    named = tokenizer.convert_ids_to_tokens(ids if isinstance(ids, list) else [ids])
    return frozenset({tokenizer.eos_token, *(token for token in named if token is not None)})


def load_model(folder: Path, config: Training) -> Any:
    """Return the base in the precision that it is trained in.

    Raises:
        ConfigError: it is no language model that transformers knows without code from elsewhere.
    """
    quantized = _four_bits() if config.adapter.kind == "qlora" else None
    attention = {} if config.attn_implementation is None else {"attn_implementation": config.attn_implementation}
    with _told(folder), loaded_once(config):
        return AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=torch.float32 if config.adapter.kind == "full" or not uses_bf16(config) else torch.bfloat16,
            use_safetensors=True,
            trust_remote_code=False,
            quantization_config=quantized,
            **attention,
        )


def positions(folder: Path) -> int | None:
    """Return how many tokens the base can tell apart by their place; None where it does not say."""
    config = read_json(folder / "config.json")
    found: int | None = (config.get("text_config") or config).get("max_position_embeddings")
    return found


def uses_bf16(config: Learning) -> bool:
    """Tell whether matrices are multiplied in bfloat16."""
    if config.precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return config.precision == "bf16"


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say of what could not be loaded where it lies."""
    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        raise ConfigError(f"base {folder}: cannot be loaded: {' '.join(str(error).split())[:300]}") from error


def _four_bits() -> Any:
    lacking = [] if find_spec("bitsandbytes") else ["bitsandbytes is not installed (pip install bitsandbytes)"]
    lacking += [] if torch.cuda.is_available() else ["there is no GPU"]
    if lacking:
        raise ConfigError(f"adapter.kind qlora: {' and '.join(lacking)}; take lora")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
