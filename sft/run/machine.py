"""What a run asks of the machine that it may lack: packages and GPUs; all that is lacking is named at once."""

from collections.abc import Iterator
from importlib.util import find_spec

import torch
from torch import distributed
from transformers.utils.import_utils import (
    is_flash_attn_2_available,
    is_flash_attn_3_available,
    is_liger_kernel_available,
)

from data.errors import ConfigError
from sft.config import EIGHT_BIT, FLASH, Learning
from sft.models.base import uses_bf16


def check_machine(config: Learning) -> None:
    """Refuse a run that this machine cannot do, before its rows are read.

    Raises:
        ConfigError: a package or a GPU is lacking, or the precision does not fit.
    """
    if lacking := [*_lacking(config)]:
        raise ConfigError(*lacking)


def _lacking(config: Learning) -> Iterator[str]:
    gpu = torch.cuda.is_available()
    if config.optim in EIGHT_BIT and not find_spec("bitsandbytes"):
        yield (
            f"optim {config.optim}: bitsandbytes is not installed (pip install bitsandbytes); take adamw_torch_fused"
        )
    if config.attn_implementation in FLASH:
        yield from _lacking_for_flash(config, config.attn_implementation or "")
    if config.fsdp and not distributed.is_available():
        yield "fsdp: this build of torch has no torch.distributed; leave it out"
    if config.use_liger_kernel:
        lacking = [] if is_liger_kernel_available() else ["liger-kernel is not installed (pip install liger-kernel)"]
        lacking += [] if gpu else ["there is no GPU"]
        if lacking:
            yield f"use_liger_kernel: {' and '.join(lacking)}; leave it out"


def _lacking_for_flash(config: Learning, name: str) -> Iterator[str]:
    # Without its package, transformers would fetch kernels from the Hub in its place.
    third = name == "flash_attention_3"
    there = is_flash_attn_3_available() if third else is_flash_attn_2_available()
    package = "flash-attn-3" if third else "flash-attn"
    lacking = [] if there else [f"{package} is not installed, or not for this GPU"]
    lacking += [] if torch.cuda.is_available() else ["there is no GPU"]
    lacking += [] if uses_bf16(config) else ["it needs `precision: bf16`"]
    if lacking:
        yield f"attn_implementation {name}: {', '.join(lacking)}; take sdpa, or leave it out"
