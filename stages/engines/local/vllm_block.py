"""The `vllm` block of a local engine: settings that go to vLLM as they are, what is ours refused by name."""

import ast
import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from data.json_object import JsonObject
from stages.engines.weights import model_revision

_NO_CODE = "it names code to import, and nothing of a model's is run"
_NO_FORMAT = "weights are read from safetensors alone, as other formats may hold code"
_OWN_TOKENIZER = "the model's own tokenizer and chat template are used"

SET_ELSEWHERE = {
    "model": "`model`",
    "model_weights": "`model`",
    "served_model_name": "`model`: the name in the rows is that of its folder, or its id on the Hub",
    "revision": "`revision`",
    "code_revision": _NO_CODE,
    "tokenizer": _OWN_TOKENIZER,
    "tokenizer_revision": "`revision`",
    "tokenizer_mode": _OWN_TOKENIZER,
    "skip_tokenizer_init": _OWN_TOKENIZER,
    "dtype": "`dtype`",
    "max_model_len": "`max_model_len`",
    "seed": "`seed`",
    "max_num_seqs": "`concurrency`",
    "tensor_parallel_size": "`tensor_parallel_size`",
    "gpu_memory_utilization": "`gpu_memory_utilization`",
    "enforce_eager": "`eager`",
    "enable_lora": "`max_loras`",
    "max_loras": "`max_loras`",
    "max_lora_rank": "`max_lora_rank`",
    "trust_remote_code": _NO_CODE,
    "load_format": _NO_FORMAT,
    "model_loader_extra_config": _NO_FORMAT,
    "model_class_overrides": _NO_CODE,
    "logits_processors": _NO_CODE,
    "scheduler_cls": _NO_CODE,
    "worker_cls": _NO_CODE,
    "worker_extension_cls": _NO_CODE,
    "io_processor_plugin": _NO_CODE,
    "reasoning_parser_plugin": _NO_CODE,
    "kv_transfer_config": _NO_CODE,
    "ec_transfer_config": _NO_CODE,
    "runner": "the engine writes text",
    "convert": "the engine writes text",
    "pooler_config": "the engine writes text",
    "hf_token": "put it in the environment variable HF_TOKEN, as secrets are in no file",
    "spec_method": "`speculative_config`",
    "spec_model": "`speculative_config`",
    "spec_tokens": "`speculative_config`",
    "generation_config": "`sampling`: every request says all of it",
    "override_generation_config": "`sampling`: every request says all of it",
    "disable_log_stats": "its log is kept by varicot",
    "use_tqdm_on_load": "its log is kept by varicot",
    "log_config_file": "its log is kept by varicot",
    "stream_interval": "varicot looks at a reply every few tokens",
}
"""Arguments of vLLM that are ours, and where a run file says them, or why it cannot."""

NOWHERE = frozenset(
    ["auto_map", "code_revision", "custom_class", "hf_token", "load_format", "module_path", "trust_remote_code"]
)
"""Names that are refused inside a setting too: code, other formats, secrets."""

_PLACES = """
async_scheduling block_size compilation_config cpu_offload_gb cpu_offload_params cudagraph_capture_sizes
cudagraph_metrics data_parallel_address data_parallel_backend data_parallel_external_lb data_parallel_hybrid_lb
data_parallel_multi_port_external_lb data_parallel_rank data_parallel_rpc_port data_parallel_size
data_parallel_size_local data_parallel_start_rank disable_custom_all_reduce distributed_executor_backend
distributed_timeout_seconds download_dir enable_chunked_prefill enable_eplb enable_expert_parallel
enable_prefix_caching eplb_config expert_placement_strategy kv_cache_memory_bytes kv_offloading_backend
kv_offloading_size long_prefill_token_threshold master_addr master_port max_cpu_loras max_cudagraph_capture_size
max_num_batched_tokens max_num_scheduled_tokens max_parallel_loading_workers moe_backend nnodes node_rank
num_gpu_blocks_override offload_backend offload_group_size offload_num_in_group offload_params offload_prefetch_step
optimization_level performance_mode pipeline_parallel_size prefill_context_parallel_size prefix_caching_hash_algo
scheduling_policy shutdown_timeout
"""
PLACES = frozenset(_PLACES.split())
"""Settings that say where or how fast: they bear no identity. Any other one does, known here or not."""

PARALLEL = ("pipeline_parallel_size", "data_parallel_size", "prefill_context_parallel_size")
"""What the GPUs of an engine are multiplied by, beside `tensor_parallel_size`."""


NGRAM = ("ngram", "[ngram]")
"""Names that vLLM takes for drafting without a model."""


def gpus_of(block: Mapping[str, Any]) -> int:
    """Return by how much the block multiplies the GPUs that hold the model."""
    whole = 1
    for name in PARALLEL:
        whole *= int(block.get(name) or 1)
    return whole


def reply_settings(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the block changes replies; a model that drafts is known by its weights, wherever it lies.

    Raises:
        ConfigError: there is no such drafting model, or it is not pinned to a commit.
    """
    kept = {name: value for name, value in block.items() if name not in PLACES}
    drafts = kept.get("speculative_config")
    if isinstance(drafts, Mapping) and drafts.get("model", "ngram") not in NGRAM:
        weights = model_revision(drafts["model"], drafts.get("revision"))
        kept["speculative_config"] = {**drafts, "model": weights}
    return kept


def _checked(block: JsonObject) -> JsonObject:
    faults = [*_refused(block), *_unknown(block), *_drafting(block.get("speculative_config"))]
    for name in PARALLEL:
        if name in block and (type(block[name]) is not int or block[name] < 1):
            faults.append(f"{name} is a whole number, at least 1")
    if faults:
        raise ValueError("; ".join(faults))
    return block


def _refused(block: JsonObject) -> Iterator[str]:
    for name in sorted(block.keys() & SET_ELSEWHERE.keys()):
        where = SET_ELSEWHERE[name]
        yield f"{name} is not set here: {'say ' if where.startswith('`') else ''}{where}"
    for name, value in block.items():
        for inner in sorted(set(_names(value)) & NOWHERE):
            yield f"{name}.{inner} is refused: no code of a model's, no other format than safetensors, no secret"


def _names(value: Any) -> Iterator[str]:
    """Yield every name inside a setting, and every text: `method: custom_class` is one."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)
    elif isinstance(value, str):
        yield value


def _drafting(drafts: Any) -> Iterator[str]:
    if not isinstance(drafts, Mapping | None):
        yield "speculative_config is a mapping, such as {method: ngram, num_speculative_tokens: 4}"
    elif drafts is not None:
        model = drafts.get("model", "ngram")
        if model not in NGRAM and not (isinstance(model, str) and "/" in model):
            # vLLM takes a dotted name for a class to import.
            yield f"speculative_config.model {model!r} is neither a folder (written with a /) nor an id on the Hub"


def _unknown(block: JsonObject) -> Iterator[str]:
    known = vllm_names()
    if known is None:
        return
    for name in sorted(block.keys() - known - SET_ELSEWHERE.keys()):
        near = difflib.get_close_matches(name, known - SET_ELSEWHERE.keys(), n=3, cutoff=0.5)
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        yield f"{name} is no setting of the vLLM installed here{meant}"


@lru_cache(maxsize=1)
def vllm_names() -> frozenset[str] | None:
    """Return the names of the engine arguments of the vLLM installed here, or None where there is none.

    They are read off its source: importing vLLM takes seconds, and it reads its environment meanwhile.
    """
    package = find_spec("vllm")
    if package is None or not package.submodule_search_locations:
        return None
    file = Path(package.submodule_search_locations[0]) / "engine" / "arg_utils.py"
    if not file.is_file():
        return None
    classes = (node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.ClassDef))
    fields = (
        field.target.id
        for one in classes
        if one.name in ("EngineArgs", "AsyncEngineArgs")
        for field in one.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    )
    return frozenset(fields)


VllmBlock = Annotated[JsonObject, AfterValidator(_checked)]
"""Engine arguments of vLLM by their own names."""
