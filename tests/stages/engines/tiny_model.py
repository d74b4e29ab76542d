"""A model of a few thousand random weights with a tokenizer of single characters: it babbles, but fast."""

import json
import string
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

LONGEST = 512
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def tiny_tokenizer() -> Any:
    """Return a tokenizer that has one token for each printable ASCII character."""
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False)
    characters = string.ascii_letters + string.digits + string.punctuation + " \n"
    known = {pieces.pre_tokenize_str(character)[0][0]: n for n, character in enumerate(characters)}
    tokenizer = Tokenizer(models.BPE(vocab=known, merges=[]))
    tokenizer.pre_tokenizer = pieces
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens=["<think>", "</think>"],
    )
    wrapped.chat_template = TEMPLATE
    return wrapped


def save_tiny_model(folder: Path, template: str = TEMPLATE) -> None:
    """Save model and tokenizer as `Local` takes them."""
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    _tiny_llama(tokenizer).save_pretrained(folder)


def save_tiny_adapter(folder: Path, seed: int, rank: int = 8) -> None:
    """Save a LoRA adapter of random weights."""
    # torch and peft take seconds to import, and most tests want the tokenizer only.
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    settings = LoraConfig(r=rank, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(_tiny_llama(tiny_tokenizer()), settings).save_pretrained(str(folder))
    saved = folder / "adapter_config.json"
    saved.write_text(json.dumps(json.loads(saved.read_text("utf-8")) | {"base_model_name_or_path": None}))


def _tiny_llama(tokenizer: Any) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=64,
                intermediate_size=128,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                max_position_embeddings=LONGEST,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                initializer_range=0.1,
            )
        )
