import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from data.json_object import JsonObject
from data.spec import parse
from stages.engines.local.local import Local
from stages.engines.local.vllm_block import PLACES, SET_ELSEWHERE, vllm_names


def local(**block: Any) -> Local:
    return parse(Local, json.dumps({"model": "data/pocket", "vllm": block}), where="run.yaml")


def test_knows_the_arguments_of_the_vllm_installed_here() -> None:
    """They are read off its source, so that nothing is imported when a run file is."""
    from vllm.engine.arg_utils import AsyncEngineArgs

    names = vllm_names()

    assert names is not None
    assert set(names) == {field.name for field in fields(AsyncEngineArgs)}
    assert names >= PLACES | SET_ELSEWHERE.keys()
    assert not PLACES & SET_ELSEWHERE.keys()


def test_refuses_by_name_what_every_start_sets_itself() -> None:
    ours = Local(model="data/pocket").vllm_arguments().keys()
    on_cpu = {"kv_cache_memory_bytes", "enable_chunked_prefill", "max_num_batched_tokens"}

    assert ours - on_cpu <= SET_ELSEWHERE.keys()


@pytest.mark.parametrize("name", sorted(SET_ELSEWHERE))
def test_what_is_ours_is_refused_with_the_place_where_it_is_said(name: str) -> None:
    with pytest.raises(ConfigError) as error:
        local(**{name: 1})

    assert f"{name} is not set here" in str(error.value)
    assert SET_ELSEWHERE[name] in str(error.value)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("quantisation", "quantization"),
        ("pipeline_parallel", "pipeline_parallel_size"),
        ("data_parallel", "data_parallel_size"),
        ("expert_parallel", "enable_expert_parallel"),
        ("kv-cache-dtype", "kv_cache_dtype"),
        ("max_batched_tokens", "max_num_batched_tokens"),
        ("speculative", "speculative_config"),
    ],
)
def test_a_name_that_vllm_does_not_know_is_refused_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name} is no setting.*did you mean.*\b{near}\b"):
        local(**{name: 1})


@pytest.mark.parametrize(
    "block",
    [
        {"hf_overrides": {"auto_map": {"AutoModel": "code.Model"}}},
        {"speculative_config": {"method": "custom_class", "model": "my.Proposer", "num_speculative_tokens": 2}},
        {"speculative_config": {"model": "my_module.Proposer", "num_speculative_tokens": 2}},
        {"speculative_config": {"model": "org/draft", "code_revision": "main"}},
        {"compilation_config": {"trust_remote_code": True}},
        {"additional_config": {"nested": [{"load_format": "pt"}]}},
        {"speculative_config": "ngram"},
        {"data_parallel_size": 0},
        {"pipeline_parallel_size": "2"},
        {"data_parallel_size": True},
    ],
)
def test_code_other_formats_and_odd_sizes_are_refused_wherever_they_hide(block: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="vllm"):
        local(**block)


def test_tells_all_that_is_wrong_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        local(dtype="half", quantisation="fp8", data_parallel_size=0)

    assert [part in str(error.value) for part in ("dtype", "quantisation", "data_parallel_size")] == [True] * 3


@pytest.mark.parametrize(
    ("block", "gpus"),
    [
        ({}, 4),
        ({"pipeline_parallel_size": 2}, 8),
        ({"data_parallel_size": 2}, 8),
        ({"pipeline_parallel_size": 2, "data_parallel_size": 3}, 24),
        ({"enable_expert_parallel": True}, 4),
    ],
)
def test_counts_the_gpus_of_an_engine(monkeypatch: pytest.MonkeyPatch, block: dict[str, Any], gpus: int) -> None:
    monkeypatch.setattr("stages.engines.local.local.built_for_cpu", lambda: False)
    engine = Local(model="data/pocket", tensor_parallel_size=4, vllm=JsonObject(block))

    assert engine.gpus == gpus


def test_needs_no_gpu_where_vllm_was_built_for_none() -> None:
    assert local(data_parallel_size=2).gpus == 0


def test_reaches_vllm_as_it_is() -> None:
    block = {"kv_cache_dtype": "auto", "enable_prefix_caching": False, "block_size": 32}
    arguments = local(**block).vllm_arguments()

    assert {name: arguments[name] for name in block} == block
    assert (arguments["trust_remote_code"], arguments["load_format"]) == (False, "safetensors")


def test_a_drafting_model_on_the_hub_is_pinned(tmp_path: Path) -> None:
    drafting = local(speculative_config={"model": "org/draft", "num_speculative_tokens": 3})

    with pytest.raises(ConfigError, match="full commit"):
        drafting.key_identity()
