"""A model whose weights, gradients and optimizer are shared out among the workers: FSDP2, through accelerate.

accelerate calls `fully_shard` for each layer where there are GPUs, and passes its plugin by on CPUs. Here processes on
CPUs are made to take the same way, so that what the tests train is what GPUs train. On disk nothing is sharded:
checkpoints hold whole tensors, so a run goes on with more workers, fewer, or none sharded, and plain libraries load it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from accelerate.utils.fsdp_utils import _find_final_norm
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor

from data.errors import ConfigError
from sft.config import Learning

LOADED_ONCE = ("ACCELERATE_USE_FSDP", "FSDP_CPU_RAM_EFFICIENT_LOADING")
"""What transformers looks at in the environment when it reads weights."""


@dataclass(frozen=True)
class Whole:
    """What is sharded, put together again on the CPU of the process that keeps it; empty for the others."""

    weights: Mapping[str, torch.Tensor]
    """Those that are trained, by their names in the model."""
    optimizer: Mapping[int, Mapping[str, Any]]
    """The optimizer's state, as its `state_dict` has it."""


def fsdp_arguments(config: Learning) -> dict[str, Any]:
    """Return what a trainer of transformers is told, for it to shard."""
    if not config.fsdp:
        return {}
    asked = config.fsdp_config
    return {
        "fsdp": True,
        "fsdp_config": {
            "version": asked.version,
            "reshard_after_forward": asked.reshard_after_forward,
            "cpu_ram_efficient_loading": asked.cpu_ram_efficient_loading,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        },
    }


@contextmanager
def loaded_once(config: Learning) -> Iterator[None]:
    """Let the first worker of a machine alone read weights, where a run asks for it; the others' come when sharded."""
    before = {name: os.environ.get(name) for name in LOADED_ONCE}
    if config.fsdp and config.fsdp_config.cpu_ram_efficient_loading:
        os.environ.update(dict.fromkeys(LOADED_ONCE, "true"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def let_cpus_shard(accelerator: Any, plugin_settings: Mapping[str, Any] | None) -> bool:
    """Make processes on CPUs shard as those on GPUs do, where a run asks for it; tell whether they do."""
    if plugin_settings is None or accelerator.distributed_type != DistributedType.MULTI_CPU:
        return False
    plugin = FullyShardedDataParallelPlugin(**plugin_settings)
    if accelerator.mixed_precision != "no":
        plugin.set_mixed_precision(accelerator.mixed_precision)
    accelerator.state.distributed_type = DistributedType.FSDP
    accelerator.state.fsdp_plugin = plugin
    return True


def check_shardable(model: Any, new_tokens: Sequence[int], config: Learning) -> None:
    """Refuse what would fail in shards, or be trained wrongly.

    Raises:
        ConfigError: an adapter with tokens of its own, or a head that accelerate would not keep whole for the loss.
    """
    if not config.fsdp:
        return
    if new_tokens and config.adapter.kind != "full":
        raise ConfigError(
            f"fsdp: the rows have {len(new_tokens)} tokens that the base lacks, and an adapter that trains them cannot "
            "be sharded; take `adapter.kind: full`, leave `fsdp` out, or leave `added_tokens` out of the rows"
        )
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    if config.adapter.kind == "full" and not tied and _find_final_norm(model) is None:
        # TRL's loss reads the head's weight past its module; it is whole there only in a group with the last norm.
        raise ConfigError(
            f"fsdp: {type(model).__name__} has no norm beside its layers, without which the head's gradient would not "
            "be summed over the workers; leave `fsdp` out, or train an adapter"
        )


def is_sharded(model: Any) -> bool:
    """Tell whether each process holds a shard of the model alone."""
    return isinstance(model, FSDPModule)


def put_together(model: Any, optimizer: Any, *, keep: bool) -> Whole:
    """Return what is trained and the optimizer's state as if nothing were sharded; every process must ask at once.

    Args:
        keep: whether this process is the one that keeps it.
    """
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()  # after a look at the held-out loss some are whole still
    seen: dict[int, torch.Tensor] = {}
    weights: dict[str, torch.Tensor] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if parameter.requires_grad:
            if id(parameter) not in seen:  # tied weights are one
                seen[id(parameter)] = _whole(parameter, keep)
            weights[name] = seen[id(parameter)]
    state = {
        number: {key: _whole(value, keep) for key, value in entry.items()}
        for number, entry in optimizer.state_dict()["state"].items()
    }
    return Whole(weights, state) if keep else Whole({}, {})


def shard_state(optimizer: Any, state: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return an optimizer's whole state as the shards of this process, where its parameters are sharded."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {
        number: {key: _shard(value, parameters[number]) for key, value in entry.items()}
        for number, entry in state.items()
    }


def local(tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Return what this process holds of each tensor."""
    return [tensor.to_local() if isinstance(tensor, DTensor) else tensor for tensor in tensors]


def _whole(value: Any, keep: bool) -> Any:
    with torch.no_grad():
        whole = value.full_tensor() if isinstance(value, DTensor) else value
    if not keep:
        return None
    return whole.detach().cpu() if isinstance(whole, torch.Tensor) else whole


def _shard(value: Any, parameter: torch.Tensor) -> Any:
    if not (isinstance(parameter, DTensor) and isinstance(value, torch.Tensor) and value.shape == parameter.shape):
        return value
    # Each process has read the whole tensor itself, so that none needs to be sent.
    whole = value.to(parameter.device)
    return distribute_tensor(whole, parameter.device_mesh, parameter.placements, src_data_rank=None)
