"""What a request and an engine are known by: everything that changes a reply, and nothing else."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.json_object import JsonObject
from data.spec import fingerprint, settings, spec
from stages.engines.engine import Message, Request, Sampling, fixes
from stages.engines.fake import Fake
from stages.engines.local.local import Local
from stages.engines.remote.remote import Prices, Remote
from stages.engines.remote.retry import Retry
from stages.sample_cots import SampleCoTs
from tests.stages.scripted import request

OTHER_SAMPLING: Mapping[str, Any] = {
    "max_tokens": 7,
    "temperature": 0.1,
    "top_p": 0.5,
    "top_k": 5,
    "min_p": 0.05,
    "presence_penalty": 1.0,
    "frequency_penalty": -0.5,
    "repetition_penalty": 1.05,
    "stop": ("\n\n",),
}
AFTERWARDS: Mapping[str, Any] = {"on_truncated": "larger", "larger_tokens": 4096}
"""What is done about a reply once it is there."""

OTHER_REQUEST: Mapping[str, Any] = {
    "messages": (Message("user", "What is 8?"),),
    "sampling": Sampling(temperature=0.0),
    "seed": 99,
    "sample": 3,
    "adapter": "adapters/half",
    "adapter_revision": "0123",
    "assistant_prefix": "So",
    "prompt_logprobs": True,
    "template_args": {"enable_thinking": False},
}


def test_every_setting_of_a_request_is_in_its_key() -> None:
    keys = [request(**{name: value}).key("m") for name, value in OTHER_REQUEST.items()]
    keys += [request(sampling=Sampling(**{name: value})).key("m") for name, value in OTHER_SAMPLING.items()]

    assert OTHER_REQUEST.keys() == {f.name for f in dataclasses.fields(Request)}, "a new field needs a line above"
    assert OTHER_SAMPLING.keys() | AFTERWARDS.keys() == {f.name for f in dataclasses.fields(Sampling)}
    assert len({*keys, request().key("m"), request().key("other")}) == len(keys) + 2


def test_what_is_done_about_a_reply_afterwards_is_not_in_its_key() -> None:
    assert request(sampling=Sampling(**AFTERWARDS)).key("m") == request().key("m")


def test_an_adapter_is_known_by_its_digest_wherever_it_lies() -> None:
    here, there = (request(adapter=folder, adapter_revision="0123") for folder in ("/a/half", "/b/half"))

    assert here.key("m") == there.key("m")
    assert request(adapter="/a/half").key("m") != request(adapter="/b/half").key("m")


def test_a_new_field_changes_only_the_keys_of_requests_that_set_it() -> None:
    later = dataclasses.make_dataclass(
        "Later", [("new_setting", str | None, dataclasses.field(default=None))], bases=(Request,), frozen=True
    )
    plain = request()
    fields = {f.name: getattr(plain, f.name) for f in dataclasses.fields(plain)}

    assert later(**fields).key("m") == plain.key("m")
    assert later(**fields, new_setting="on").key("m") != plain.key("m")


def test_a_default_that_is_changed_is_noticed() -> None:
    """What is left out of a key must go on meaning the same: a new default asks nothing anew, and it should."""
    key = request().key("m")

    assert key == "dc4aa50e6fe74f9add4342be80789dc4a69a170fbf4b5ec9bbe5e4eb8d30ca84"
    assert settings(request(sampling=Sampling())) == {
        "messages": [{"role": "user", "content": "What is 7?"}],
        "sampling": {},
        "seed": 0,
    }
    assert settings(Sampling()) == {}
    assert {f.name: f.default for f in dataclasses.fields(Sampling)} == {
        "max_tokens": 1024,
        "temperature": 0.7,
        "top_p": 0.95,
        "top_k": None,
        "min_p": None,
        "presence_penalty": None,
        "frequency_penalty": None,
        "repetition_penalty": None,
        "stop": (),
        "on_truncated": "reject",
        "larger_tokens": None,
    }


REMOTE = Remote(base_url="https://host/v1", model="m")
LOCAL = Local(model="data/pocket")

CHANGES_REPLIES: list[tuple[Any, dict[str, Any]]] = [
    (REMOTE, {"model": "n"}),
    (REMOTE, {"revision": "2"}),
    (REMOTE, {"accepts": ()}),
    (REMOTE, {"omit": ("temperature",)}),
    (REMOTE, {"omit": ("seed",)}),
    (REMOTE, {"extra_body": JsonObject({"chat_template_kwargs": {"enable_thinking": False}})}),
    (REMOTE, {"reasoning_effort": "low"}),
    (LOCAL, {"dtype": "float32"}),
    (LOCAL, {"max_model_len": 300}),
    (LOCAL, {"seed": 3}),
    (LOCAL, {"logprobs": True}),
    (LOCAL, {"vllm": JsonObject({"quantization": "fp8"})}),
    (LOCAL, {"vllm": JsonObject({"kv_cache_dtype": "fp8"})}),
    (LOCAL, {"vllm": JsonObject({"hf_overrides": {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}})}),
    (LOCAL, {"vllm": JsonObject({"speculative_config": {"method": "ngram", "num_speculative_tokens": 4}})}),
    (Fake(), {"wrong": 0.5}),
    (Fake(), {"steps": 3}),
    (Fake(), {"truncated": 0.5}),
    (Fake(), {"streams": True}),
]

CHANGES_NO_REPLY: list[tuple[Any, dict[str, Any]]] = [
    (REMOTE, {"base_url": "https://other/v1"}),
    (REMOTE, {"api_key_env": "KEY"}),
    (REMOTE, {"accepts": ("seed", "running_usage", "top_k", "max_completion_tokens")}),
    (REMOTE, {"omit": ("stream", "stream_options")}),
    (REMOTE, {"headers": JsonObject({"X-Title": "varicot"})}),
    (REMOTE, {"headers_env": JsonObject({"api-key": "KEY"})}),
    (REMOTE, {"query": JsonObject({"api-version": "2024-10-21"})}),
    (REMOTE, {"concurrency": 3}),
    (REMOTE, {"requests_per_minute": 3}),
    (REMOTE, {"tokens_per_minute": 3}),
    (REMOTE, {"timeout_seconds": 3.0}),
    (REMOTE, {"reply_seconds": 3.0}),
    (REMOTE, {"retry": Retry(max_tries=1)}),
    (REMOTE, {"prices": Prices(input_per_million=1.0)}),
    (LOCAL, {"max_loras": 2}),
    (LOCAL, {"max_lora_rank": 32}),
    (LOCAL, {"vllm": JsonObject({"pipeline_parallel_size": 2, "max_num_batched_tokens": 4096})}),
    (LOCAL, {"concurrency": 3}),
    (LOCAL, {"replicas": 2}),
    (LOCAL, {"tensor_parallel_size": 2}),
    (LOCAL, {"gpu_memory_utilization": 0.5}),
    (LOCAL, {"cpu_kv_cache_gib": 0.5}),
    (LOCAL, {"eager": True}),
    (LOCAL, {"stall_seconds": 3.0}),
    (LOCAL, {"max_restarts": 0}),
    (Fake(), {"latency_seconds": 1.0}),
    (Fake(), {"concurrency": 3}),
]


def known_by(engine: Any) -> tuple[str, str, str]:
    """Return what a journal knows its replies by, what a step does, and the fingerprint of a stage that asks it."""
    stage = SampleCoTs(engine=engine, prompts=())
    return engine.key_identity(), engine.step_identity(), fingerprint([*stage.uses().items(), fingerprint(stage)])


@pytest.mark.parametrize(("engine", "change"), CHANGES_REPLIES)
def test_what_changes_replies_is_in_the_key_and_in_the_step(engine: Any, change: dict[str, Any]) -> None:
    before, after = known_by(engine), known_by(dataclasses.replace(engine, **change))

    assert all(was != now for was, now in zip(before, after, strict=True))


@pytest.mark.parametrize(("engine", "change"), CHANGES_NO_REPLY)
def test_where_and_how_fast_is_in_neither(engine: Any, change: dict[str, Any]) -> None:
    assert known_by(engine) == known_by(dataclasses.replace(engine, **change))


@pytest.mark.parametrize("engine", [REMOTE, LOCAL, Fake()], ids=lambda engine: engine.kind)
def test_every_field_of_an_engine_is_in_one_of_the_two_tables(engine: Any) -> None:
    tried = {name for of, change in (*CHANGES_REPLIES, *CHANGES_NO_REPLY) if of == engine for name in change}
    places = {"model", "revision"} if engine is LOCAL else set()

    assert tried | places | {"kind"} == {f.name for f in dataclasses.fields(engine)}


def test_a_new_field_of_an_engine_changes_only_those_that_set_it() -> None:
    namespace = {"__annotations__": {"new_setting": str}, "new_setting": "off", "__module__": __name__}
    later: Any = spec(type("Later", (Local,), namespace))

    assert later(model="data/pocket").key_identity() == LOCAL.key_identity()
    assert later(model="data/pocket", new_setting="on").key_identity() != LOCAL.key_identity()


def test_a_model_that_is_moved_is_asked_nothing_again(tmp_path: Path) -> None:
    here, there, renamed = (tmp_path / name / folder for name, folder in (("a", "m"), ("b", "m"), ("b", "n")))
    for folder in (here, there, renamed):
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights")
    moved = [Local(model=str(folder)) for folder in (here, there, renamed)]

    assert known_by(moved[0]) == known_by(moved[1])
    assert {engine.name for engine in moved} == {"m", "n"}
    assert len({engine.key_identity() for engine in moved}) == 1, "rows name the model anew; no reply is asked for"


def test_a_model_that_drafts_is_known_by_its_weights(tmp_path: Path) -> None:
    drafting = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.safetensors").write_bytes(b"small weights")
        settings_ = {"speculative_config": {"model": str(tmp_path / name), "num_speculative_tokens": 3}}
        drafting.append(Local(model="data/pocket", vllm=JsonObject(settings_)))

    assert drafting[0].key_identity() == drafting[1].key_identity() != LOCAL.key_identity()


def test_says_what_to_do_about_what_an_engine_lacks() -> None:
    told = fixes(["stream", "top_k", "min_p", "adapter"])

    assert "`race: false`" in told
    assert "`max_loras`" in told
    assert told.count("`accepts`") == 1
