"""The engine blocks to copy, each asked of a server that behaves as its vendor does."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import VaricotError
from data.spec import load, parse, spec
from data.thinking.turn import read_turn
from stages.engines.engine import Message, Reply, Request, RequestFailed, Sampling
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local
from stages.engines.remote.chat_body import Omitted
from stages.engines.remote.headers import Envelope
from stages.engines.remote.remote import Remote
from stages.engines.remote.retry import Retry
from tests.stages.engines.servers import ChatServer
from tests.stages.engines.vendors import (
    ANSWER,
    THOUGHT,
    VENDORS,
    Refusal,
    Vendor,
    google_unknown,
    groq_unsupported,
    openai_unknown,
    openai_unsupported,
    pydantic_extra,
    xai_unsupported,
)

FOLDER = Path(__file__).parents[3] / "examples" / "engines"
ASKED = Request((Message("user", "2 + 2?"),), Sampling(max_tokens=50), seed=5)


@spec
class Block:
    """A run file with nothing but its engine."""

    engine: AnyEngine


def block(name: str) -> Any:
    """Return the engine of a file, as a run file that holds it would read it."""
    return load(Block, FOLDER / f"{name}.yaml").engine


async def ask(engine: Remote, request: Request = ASKED) -> Reply:
    running = await engine.start()
    try:
        return await running.generate(request)
    finally:
        await running.close()


def test_every_block_to_copy_is_asked_of_its_vendor() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {*VENDORS, "vllm_local"}


@pytest.mark.parametrize("name", VENDORS)
async def test_a_block_to_copy_is_taken_by_its_vendor(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    server.answers = [VENDORS[name]]
    engine = block(name)
    for variable in (engine.api_key_env, *engine.headers_env.values()):
        if variable:
            monkeypatch.setenv(variable, "the-key")

    reply = await ask(replace(engine, base_url=server.url))

    turn = read_turn(reply.text)
    assert turn.answer == ANSWER
    assert turn.reasoning == (None if name in ("openai_reasoning", "azure") else THOUGHT)
    assert (reply.tokens, reply.prompt_tokens, reply.finish_reason) == (21, 9, "stop")


@pytest.mark.parametrize("name", ["mistral", "openai_reasoning", "azure", "deepseek", "openrouter"])
async def test_a_block_that_says_nothing_of_its_vendor_is_not(server: ChatServer, name: str) -> None:
    """The servers above do refuse: the plainest block does not get by."""
    server.answers = [VENDORS[name]]

    with pytest.raises((VaricotError, RequestFailed)):
        await ask(Remote(base_url=server.url, model="m"))


def test_the_local_block_counts_its_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.engines.local.local.built_for_cpu", lambda: False)
    engine = block("vllm_local")

    assert isinstance(engine, Local)
    assert engine.gpus == 8
    assert engine.vllm["kv_cache_dtype"] == "fp8"


REFUSALS: list[tuple[str, dict[str, Refusal], dict[str, Any]]] = [
    ("aichat#1144, o1", {"temperature": openai_unsupported("temperature")}, {"omit": ("temperature",)}),
    (
        "ai-goofish-monitor#198, gpt-5 behind a proxy that says 500",
        {"temperature": (500, openai_unsupported("temperature", "unsupported_value")[1])},
        {"omit": ("temperature",)},
    ),
    (
        "openai-python#2072, o3-mini by the command line",
        {name: openai_unsupported(name) for name in ("temperature", "top_p")},
        {"omit": ("temperature", "top_p")},
    ),
    ("lobehub#7747, o4-mini", {"top_p": openai_unsupported("top_p")}, {"omit": ("top_p",)}),
    (
        "cherry-studio#512, GitHub models",
        {name: openai_unsupported(name) for name in ("temperature", "top_p", "max_tokens")},
        {"omit": ("temperature", "top_p"), "accepts": ("seed", "max_completion_tokens")},
    ),
    ("gh-models#31, o1", {"stream": openai_unsupported("stream", "unsupported_value")}, {"omit": ("stream",)}),
    (
        "NextChat#6252, o1-mini on Azure",
        {name: openai_unsupported(name) for name in ("stream", "stream_options", "temperature")},
        {"omit": ("stream", "temperature")},
    ),
    (
        "semantic-kernel#10510, Azure AI",
        {"stream_options": pydantic_extra("stream_options", 400)},
        {"omit": ("stream_options",)},
    ),
    (
        "gpustack#429, older vLLM",
        {"stream_options": pydantic_extra("stream_options", 400)},
        {"omit": ("stream_options",)},
    ),
    ("langchain-azure#82, Mistral-Large on Azure", {"seed": pydantic_extra("seed")}, {"omit": ("seed",)}),
    ("ChatterUI#227, Gemini", {"seed": google_unknown("seed")}, {"accepts": ()}),
    ("openevolve#105, Gemini", {"seed": google_unknown("seed")}, {"omit": ("seed",)}),
    (
        "MCP-Universe#49, Claude takes one of the two",
        {"top_p": (400, {"error": {"message": "`temperature` and `top_p` cannot both be specified", "code": "400"}})},
        {"omit": ("top_p",)},
    ),
    (
        "VideoAdGuard#34, Kimi K2.5 thinks at its own temperature",
        {"temperature": (400, {"error": {"message": "invalid temperature: only 1 is allowed for this model"}})},
        {"omit": ("temperature",)},
    ),
    ("raycast#18038, gpt-4o-search", {"temperature": openai_unknown("temperature")}, {"omit": ("temperature",)}),
]
"""Where it was reported, what the server refuses, and what the engine's block says then."""


@pytest.mark.parametrize(("source", "refuses", "says"), REFUSALS, ids=[case[0] for case in REFUSALS])
async def test_what_a_server_refuses_can_be_left_out(
    server: ChatServer, source: str, refuses: dict[str, Refusal], says: dict[str, Any]
) -> None:
    server.answers = [Vendor(refuses=refuses)]
    once = Retry(max_tries=1)

    reply = await ask(Remote(base_url=server.url, model="m", **says))

    assert reply.text == "2 and 2 is 4. \\boxed{4}"
    assert reply.tokens == 21 or "stream_options" in says.get("omit", ())
    with pytest.raises(RequestFailed):
        await ask(Remote(base_url=server.url, model="m", retry=once))


ASKED_FOR: list[tuple[str, str, Any]] = [
    ("dify#18971, o4-mini", "stop", ("\n\n",)),
    ("crewAI#2738, o3", "stop", ("Observation:",)),
    ("langchain#38335, grok-4", "stop", ("END",)),
    ("NativeTavern#83, grok", "presence_penalty", 1.0),
    ("open-webui#21266, grok-4.1", "presence_penalty", 0.5),
    ("coai#399, grok-3-mini", "frequency_penalty", 0.5),
]


@pytest.mark.parametrize(("source", "name", "value"), ASKED_FOR, ids=[case[0] for case in ASKED_FOR])
def test_what_a_server_refuses_and_a_method_needs_is_told_before_anything_is_asked(
    source: str, name: Omitted, value: Any
) -> None:
    sampling = Sampling(**{name: value})
    able = Remote(base_url="https://host/v1", model="m")

    assert sampling.needs <= able.capabilities
    assert sampling.needs - replace(able, omit=(name,)).capabilities == {name}


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("toponymy#148, OpenAI", openai_unknown("chat_template_kwargs")),
        ("immersive-translate#3016, Groq", groq_unsupported("chat_template_kwargs")),
        ("WeKnora#495, OpenAI", openai_unknown("chat_template_kwargs")),
        ("dify-official-plugins#2263, Azure", openai_unknown("chat_template_kwargs")),
        ("invented, xAI", xai_unsupported("chatTemplateKwargs")),
    ],
)
async def test_an_effort_reaches_servers_without_templates_as_the_field_it_is(
    server: ChatServer, source: str, refusal: Refusal
) -> None:
    server.answers = [Vendor(refuses={"chat_template_kwargs": refusal}, wants={"reasoning_effort": "low"})]
    asked = replace(ASKED, template_args={"reasoning_effort": "low"})

    reply = await ask(Remote(base_url=server.url, model="m", omit=("chat_template_kwargs",)), asked)

    assert reply.finish_reason == "stop"
    with pytest.raises(VaricotError, match="template_args"):
        await ask(
            Remote(base_url=server.url, model="m", omit=("chat_template_kwargs",)),
            replace(ASKED, template_args={"enable_thinking": False}),
        )


SWITCHES: list[tuple[str, dict[str, Any]]] = [
    ("Qwen3 (ray#56384, exo#1457)", {"enable_thinking": False}),
    ("DeepSeek-V3.1 (sglang#9488, vllm#25234)", {"thinking": True}),
    ("Granite 3.3 (mlx-examples#1264)", {"thinking": True}),
    ("GLM-4.5 (zai-org)", {"enable_thinking": False, "clear_thinking": False}),
    ("gpt-oss (llama.cpp#15130, vllm#22809)", {"reasoning_effort": "high"}),
    ("Seed-OSS", {"thinking_budget": 512}),
    ("Muse Glimmer (llama.cpp#27023)", {"reasoning_strength": "low"}),
    ("Qwen3.8 (vllm#54616)", {"enable_thinking": True, "reasoning_effort": "low"}),
]


@pytest.mark.parametrize(("family", "arguments"), SWITCHES, ids=[case[0] for case in SWITCHES])
async def test_a_switch_is_sent_from_the_prompt_and_from_the_block_alike(
    server: ChatServer, family: str, arguments: dict[str, Any]
) -> None:
    server.answers = [Vendor(wants={"chat_template_kwargs": arguments})]

    await ask(Remote(base_url=server.url, model="m"), replace(ASKED, template_args=arguments))
    await ask(remote(server, extra_body={"chat_template_kwargs": arguments}))
    await ask(
        remote(server, extra_body={"chat_template_kwargs": dict.fromkeys(arguments, "other")}),
        replace(ASKED, template_args=arguments),
    )

    efforts = [body.get("reasoning_effort") for body in server.bodies]
    assert efforts == [arguments.get("reasoning_effort"), None, arguments.get("reasoning_effort")]


@pytest.mark.parametrize(
    ("vendor", "level"),
    [
        ("OpenAI (inspect_ai#1229)", "low"),
        ("OpenAI gpt-5 (MercuryTechnologies/openai#66)", "minimal"),
        ("OpenAI gpt-5.2 (software-agent-sdk#1388)", "xhigh"),
        ("DeepSeek (api-docs.deepseek.com)", "max"),
        ("Mistral (pydantic-ai#5285)", "none"),
        ("Ollama (docs.ollama.com)", "high"),
        ("Groq's Qwen3", "default"),
    ],
)
async def test_a_level_of_effort_is_sent_in_the_vendors_own_word(server: ChatServer, vendor: str, level: str) -> None:
    server.answers = [Vendor(wants={"reasoning_effort": level})]

    await ask(remote(server, reasoning_effort=level))
    await ask(remote(server, reasoning_effort="other"), replace(ASKED, template_args={"reasoning_effort": level}))

    assert len(server.bodies) == 2


async def test_rows_say_what_the_engine_was_told(server: ChatServer) -> None:
    engine = remote(server, reasoning_effort="low", omit=["temperature"], extra_body={"verbosity": "low"})
    running, plain = await engine.start(), await remote(server).start()

    params = json.loads(running.params(Sampling()))

    assert params["engine"] == {
        "reasoning_effort": "low",
        "unsent": ["temperature"],
        "extra_body": {"verbosity": "low"},
    }
    assert params["top_p"] == 0.95
    assert "engine" not in json.loads(plain.params(Sampling()))
    await running.close()
    await plain.close()


def remote(server: ChatServer, **fields: Any) -> Remote:
    return parse(Remote, json.dumps({"base_url": server.url, "model": "m", **fields}), where="run.yaml")


def test_what_goes_with_a_request_is_never_shown() -> None:
    assert "word" not in repr(Envelope("word", {"api-key": "word"}, {}, ("word",)))
