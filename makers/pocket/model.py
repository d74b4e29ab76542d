"""The pocket model's shape, and how it is written for others to load."""

from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

POSITIONS = 2048


def build(tokenizer: Any, seed: int) -> Any:
    """Return a fresh model for the tokenizer: 192 wide, 4 layers, heads of 32 (the least that vLLM serves on CPU)."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=192,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def export(model: Any, tokenizer: Any, folder: Path) -> str:
    """Write model, tokenizer and chat template to `folder` in bfloat16; return the SHA-256 of the weights."""
    written = deepcopy(model).to("cpu", torch.bfloat16)
    written.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    written.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sha256((folder / "model.safetensors").read_bytes()).hexdigest()
