"""An adapter folded into its base: one whole checkpoint that anything loads, with no PEFT beside it.

PEFT does the arithmetic, one layer at a time in float32 (LoRA and rsLoRA: W + s B A; DoRA: Liu et al. 2024), and each
layer goes back to its own precision. So the base is held once, in that precision, and one layer more. Where the adapter
leaves the head other than the embedding, a tied base becomes an untied model.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils.other import ModulesToSaveWrapper
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from data.errors import ArtifactError, ConfigError
from data.store import read_json
from sft.adapters.mixed import adapter_settings, adapter_source, adapter_weights, lacking
from sft.config import Base
from sft.models.card import made_card
from sft.models.origin import base_digest, base_of, check_base, find
from sft.models.recipe import Precision
from sft.models.trained import RECORD
from sft.models.whole import GENERATION, aside, check_absent, close, copy_settings, copy_tokenizer, has_tokenizer

SHARD = "2GB"
"""The most that one file of the result holds."""
TOKENS = ".token_adapter.trainable_tokens_delta"
ENDS = tuple(f".{name}.weight" for name in ("embed_tokens", "lm_head", "base_layer", "wte", "embed_in", "embed_out"))
UNFOLDABLE = {
    "alora_invocation_tokens": "it is switched on by tokens, which weights alone cannot say",
    "arrow_config": "it routes tokens, which weights alone cannot say",
    "layer_replication": "it repeats layers of the base",
    "megatron_config": "it is for Megatron",
}
"""Settings of PEFT under which no plain checkpoint does what base and adapter do together."""


def fold(adapter: Path, output: Path, *, base: Base | None = None, dtype: Precision | None = None) -> Path:
    """Write the model that base and adapter are together, and return its folder.

    Args:
        adapter: a LoRA, rsLoRA or DoRA; with added tokens and whole modules, where it has them.
        output: a folder that is not there yet; appears whole.
        base: None takes the one that the adapter names.
        dtype: of the result; None keeps the base's, in which an update is rounded as the weights are.

    Raises:
        ArtifactError: the adapter is none that can be folded, or not one of this base; everything wrong is named.
        ConfigError: the base is not there, or not named.
    """
    check_absent(output)
    if faults := lacking(adapter) or list(_unfoldable(adapter, adapter_settings(adapter))):
        raise ArtifactError(*faults)
    base = base or _named(adapter)
    folder = find(base)
    digest = base_digest(folder)
    check_base(adapter, digest)
    if "quantization_config" in read_json(folder / "config.json"):
        raise ArtifactError(f"{folder}: its weights are quantised; fold into the model that it was quantised from")
    whole, tied = _folded(folder, adapter, None if dtype is None else getattr(torch, dtype))
    with aside(output) as building:
        kept = str(whole.dtype).removeprefix("torch.")
        size = whole.get_input_embeddings().num_embeddings
        whole.generation_config = GenerationConfig()  # the base's file is copied: here it would be checked and changed
        whole.save_pretrained(building, max_shard_size=SHARD)
        (building / GENERATION).unlink(missing_ok=True)
        copy_settings(folder, building, {"tie_word_embeddings": tied, "vocab_size": size}, kept)
        copy_tokenizer(adapter, building, fallback=folder)
        made = {"adapter": adapter_source(adapter), "base": {"model": base.model, "digest": digest}, "dtype": kept}
        close(building, _record(adapter, base, digest) | {"folded": made}, _page(base, digest, adapter, made, tied))
    return output


def _folded(folder: Path, adapter: Path, dtype: torch.dtype | None) -> tuple[Any, bool]:
    """Return the folded model, and whether its head is its embedding."""
    try:
        base: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype="auto", use_safetensors=True, trust_remote_code=False
        )
        _make_room(base, adapter)
        embedding, head = base.get_input_embeddings(), base.get_output_embeddings()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Found missing adapter keys")  # looked for below, and refused
            warnings.filterwarnings("ignore", "Model (with|has) `tie_word_embeddings=True`")  # parted below
            model = PeftModel.from_pretrained(base, str(adapter))
            _widen(model, adapter)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        told = " ".join(str(error).split())[:300]
        raise ArtifactError(f"{adapter}: cannot be put on {folder}: {told}; give the base it was trained on") from error
    if strangers := _strangers(model, adapter):
        raise ArtifactError(
            f"{adapter}: {len(strangers)} tensors are in its file or asked for by its settings, but not both, the "
            f"first {strangers[0]}; give the base it was trained on ({folder} is another), or save it anew"
        )
    tied = head is not None and head.weight is embedding.weight
    if tied:  # PEFT would write into the shared weight what is meant for one end of the two
        head.weight = torch.nn.Parameter(embedding.weight.detach().clone(), requires_grad=False)
    whole = _merged(model, dtype)
    embedding, head = whole.get_input_embeddings(), whole.get_output_embeddings()
    if tied := tied and torch.equal(embedding.weight, head.weight):
        head.weight = embedding.weight
    return whole, tied


def _merged(model: Any, dtype: torch.dtype | None) -> Any:
    """Return the base with every layer of the adapter in its weights."""
    layers: list[Any] = [module for module in model.modules() if isinstance(module, BaseTunerLayer)]
    for layer in layers:
        plain = layer.get_base_layer()
        was = next(plain.parameters()).dtype
        layer.float()
        try:
            layer.merge(safe_merge=True)
        except ValueError as error:
            raise ArtifactError(f"the adapter's update is not finite ({error}); train it again") from error
        plain.to(dtype or was)
    for wrapper in _whole_modules(model):
        wrapper.modules_to_save.to(dtype or next(wrapper.original_module.parameters()).dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All adapters are already merged")
        warnings.filterwarnings("ignore", "Input and output embeddings are no longer tied")
        whole = model.merge_and_unload()
    return whole if dtype is None else whole.to(dtype)


def _whole_modules(model: Any) -> list[ModulesToSaveWrapper]:
    return [module for module in model.modules() if isinstance(module, ModulesToSaveWrapper)]


def _widen(model: Any, adapter: Path) -> None:
    """Read the modules that were trained whole as they were saved: PEFT has read them in the base's precision."""
    if wrappers := _whole_modules(model):
        for wrapper in wrappers:
            wrapper.modules_to_save.float()
        set_peft_model_state_dict(model, dict(adapter_weights(adapter)))


def _make_room(base: Any, adapter: Path) -> None:
    """Give the base a row for each token that the adapter's tokenizer has and it lacks, as AutoPeftModel does."""
    if not has_tokenizer(adapter):
        return
    tokens = len(AutoTokenizer.from_pretrained(adapter, trust_remote_code=False))
    if tokens > base.get_input_embeddings().num_embeddings:
        base.resize_token_embeddings(tokens, mean_resizing=False)


def _strangers(model: Any, adapter: Path) -> list[str]:
    """Return which tensors only one of them has: the adapter's file, or the model under the adapter's settings."""
    wanted = get_peft_model_state_dict(model, save_embedding_layers=False).keys()
    there = adapter_weights(adapter)
    # Where the ends have grown PEFT saves them whole beside the adapter and reads them into the base, and it saves what
    # tied ends share under both names.
    shared = [there[name] for name in wanted & there.keys() if name.endswith(TOKENS)]
    extra = {
        name
        for name in there.keys() - wanted
        if not name.endswith(ENDS)
        and not (name.endswith(TOKENS) and any(torch.equal(there[name], tensor) for tensor in shared))
    }
    return sorted(extra | (wanted - there.keys()))


def _named(adapter: Path) -> Base:
    """Return the base that an adapter says it is for.

    Raises:
        ConfigError: it says none.
    """
    said = base_of(adapter)
    config = adapter_settings(adapter)
    model = said["model"] if said else config.get("base_model_name_or_path")
    if not model:
        raise ConfigError(f"{adapter}: does not say which base it is for; name it (--base)")
    return Base(model=str(model), revision=(said or config).get("revision"))


def _unfoldable(adapter: Path, config: Mapping[str, Any]) -> Iterator[str]:
    """Say why an adapter cannot be folded."""
    if config.get("peft_type") != "LORA":
        yield f"{adapter}: peft_type is {config.get('peft_type')!r}; only LoRA, rsLoRA and DoRA fold into weights"
    for key, reason in UNFOLDABLE.items():
        if config.get(key):
            yield f"{adapter}: trained with {key}: {reason}; serve base and adapter beside each other"


def _record(adapter: Path, base: Base, digest: str) -> dict[str, Any]:
    """Return what of the adapter's record holds for the folded model, whose update does not scale any more."""
    path = adapter / RECORD
    record = dict(read_json(path)) if path.is_file() else {}
    kept = {key: value for key, value in record.items() if key not in ("weights", "update")}
    return kept | {"base": {"model": base.model, "revision": base.revision, "digest": digest}}


def _page(base: Base, digest: str, adapter: Path, made: Mapping[str, Any], tied: bool) -> str:
    return made_card(
        f"{Path(base.model).name} with {adapter.resolve().name} folded in",
        "An adapter's update added to the weights of its base: a whole model, with no adapter to load.",
        library="transformers",
        sources=[
            {"what": "base", "model": base.model, "revision": base.revision, "digest": digest},
            made["adapter"],
        ],
        settings={"dtype": made["dtype"], "head": "is the embedding" if tied else "has weights of its own"},
    )
