"""Puts an adapter on the base: a new one, or one to go on from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils.other import AuxiliaryTrainingWrapper

from data.errors import ConfigError
from sft.adapters.added import trained_rows
from sft.config import Adapter, Training


def attach(model: Any, config: Training, new_tokens: Sequence[int], start: Path | None) -> Any:
    """Return the model ready to train; all of it where there is to be no adapter.

    Raises:
        ConfigError: the adapter names modules that the base lacks, or the head.
    """
    if config.adapter.kind == "full":
        return model
    if start is not None:
        return _whole_head(PeftModel.from_pretrained(model, str(start), is_trainable=True))
    _leave_head(model, config.adapter)
    wanted = lora(config.adapter, trained_rows(model, new_tokens))
    wanted.base_model_name_or_path, wanted.revision = config.base.model, config.base.revision
    torch.manual_seed(config.seed)
    try:
        return _whole_head(get_peft_model(model, wanted))
    except ValueError as error:
        linear = {name.rsplit(".", 1)[-1] for name, it in model.named_modules() if isinstance(it, torch.nn.Linear)}
        raise ConfigError(f"adapter.targets {config.adapter.targets}: {error}; there is {sorted(linear)}") from error


def lora(adapter: Adapter, new_rows: dict[str, list[int]] | None) -> LoraConfig:
    """Return the adapter as PEFT spells it."""
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=adapter.targets if isinstance(adapter.targets, str) else list(adapter.targets),
        use_rslora=adapter.kind == "rslora",
        use_dora=adapter.kind == "dora",
        trainable_token_indices=new_rows,
    )


def _leave_head(model: Any, adapter: Adapter) -> None:
    """Refuse an adapter on the head: TRL's loss reads the head's own weight and passes an adapter by."""
    head = next(name for name, it in model.named_modules() if it is model.get_output_embeddings())
    named = [target for target in adapter.targets if f".{head}".endswith(f".{target}")]
    if named and adapter.targets != "all-linear":
        raise ConfigError(f"adapter.targets names the head {named}, whose adapter would not be trained; leave it out")


def _whole_head(model: Any) -> Any:
    """Give the head's wrapper, where new tokens are trained, the `bias` that TRL's loss asks it for and it lacks.

    Raises:
        ConfigError: the head has one, which that wrapper would leave out.
    """
    head = model.get_output_embeddings()
    if isinstance(head, AuxiliaryTrainingWrapper):
        wrapper: Any = head
        if wrapper.original_module.bias is not None:
            raise ConfigError("this base has a bias on its head, and new tokens cannot be trained beside one")
        wrapper.bias = None
    return model
