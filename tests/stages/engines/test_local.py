import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from data.errors import EngineError
from data.json_object import JsonObject
from stages.engines.engine import Message, Reply, Request, RequestFailed, Running, Sampling
from stages.engines.local.local import Local
from stages.engines.weights import model_revision
from tests.stages.engines.tiny_model import LONGEST, TEMPLATE, save_tiny_adapter, save_tiny_model, tiny_tokenizer

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    # vLLM's own: it imports what torch is about to rename, and leaves a socket context of its start to the collector.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed context:ResourceWarning"),
]

FREE = Sampling(max_tokens=200, temperature=1.0, top_p=1.0)
GREEDY = Sampling(max_tokens=60, temperature=0.0)
QUESTION = Request((Message("user", "What is 2 + 3?"),), FREE, seed=1)
SWITCHED = TEMPLATE + "{% if enable_thinking %}<think>\n{% endif %}"
"""A template with a switch: thinking opens the thought for the model."""
PASSED_ON = JsonObject({"block_size": 32, "enable_prefix_caching": False})
"""Settings that vLLM is given as they are."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tiny")
    save_tiny_model(made, SWITCHED)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(folder: Path) -> AsyncIterator[Running]:
    engine = Local(
        model=str(folder), dtype="float32", max_loras=2, logprobs=True, cpu_kv_cache_gib=0.25, vllm=PASSED_ON
    )
    started = await engine.start()
    yield started
    await started.close()
    assert not engine_processes(), "nothing is left when an engine is closed"


def engine_processes() -> list[psutil.Process]:
    """Return the processes of this process's own engine that live, and none of the server that other tests share."""
    cores = [child for child in psutil.Process().children() if _is_engine(child)]
    return [*cores, *(child for core in cores for child in core.children(recursive=True) if _is_engine(child))]


def _is_engine(process: psutil.Process) -> bool:
    """Tell whether this is one of vLLM's; one that ended and is not yet waited for has no command line."""
    living = process.status() != psutil.STATUS_ZOMBIE
    return living and bool(process.cmdline()) and process.cmdline()[0].startswith("VLLM::")


async def long_reply(running: Running) -> tuple[Request, Reply]:
    """A request whose reply is as long as it may be."""
    for seed in range(100):
        request = replace(QUESTION, seed=seed)
        reply = await running.generate(request)
        if reply.finish_reason == "length":
            return request, reply
    raise AssertionError("the model always stops early")


async def test_the_same_seed_gives_the_same_reply(running: Running) -> None:
    first, again, other = [await running.generate(replace(QUESTION, seed=seed)) for seed in (1, 1, 2)]

    assert first == again
    assert first.text != other.text


async def test_a_switch_of_the_template_reaches_the_model_and_is_told(running: Running) -> None:
    plain, off, on = [
        await running.generate(replace(QUESTION, template_args=arguments))
        for arguments in ({}, {"enable_thinking": False}, {"enable_thinking": True})
    ]

    assert (plain.opened, off.opened, on.opened) == (False, False, True)
    assert plain.text == off.text != on.text
    assert on.prompt_tokens == plain.prompt_tokens + 2


async def test_a_switch_that_the_template_does_not_have_ends_the_build(running: Running) -> None:
    with pytest.raises(EngineError, match=r"reads \['enable_thinking'\]"):
        await running.generate(replace(QUESTION, template_args={"thinking": False}))


async def test_of_the_likeliest_alone_every_seed_draws_the_same(running: Running) -> None:
    only = replace(FREE, min_p=1.0, max_tokens=60)
    texts = {(await running.generate(replace(QUESTION, sampling=only, seed=seed))).text for seed in range(4)}

    assert texts == {(await running.generate(replace(QUESTION, sampling=GREEDY))).text}


async def test_penalties_change_what_is_drawn(running: Running) -> None:
    plain = await running.generate(replace(QUESTION, sampling=GREEDY))
    penalties: tuple[dict[str, Any], ...]
    penalties = ({"presence_penalty": 2.0}, {"frequency_penalty": 2.0}, {"repetition_penalty": 5.0})
    for penalty in penalties:
        changed = await running.generate(replace(QUESTION, sampling=replace(GREEDY, **penalty)))

        assert changed.text != plain.text, penalty


async def test_tokens_are_those_of_the_text_and_the_end_of_turn(running: Running) -> None:
    tokenizer = tiny_tokenizer()

    replies = await asyncio.gather(*(running.generate(replace(QUESTION, seed=seed)) for seed in range(64)))

    assert {reply.finish_reason for reply in replies} == {"stop", "length"}
    for reply in replies:
        written = len(tokenizer.encode(reply.text, add_special_tokens=False))
        assert reply.tokens == written + (reply.finish_reason == "stop")
        assert reply.spent_tokens == reply.tokens
        assert reply.prompt_tokens == len(tokenizer.encode("<s>[user]What is 2 + 3?[assistant]"))


async def test_every_one_of_many_concurrent_requests_is_answered(running: Running) -> None:
    requests = [Request((Message("user", f"{n}?"),), FREE, seed=n) for n in range(256)]

    replies = await asyncio.gather(*(running.generate(request) for request in requests))

    assert all(reply.finish_reason in ("stop", "length") and reply.tokens > 0 for reply in replies)
    assert len({reply.text for reply in replies}) > 200, "each its own seed"


async def test_a_reply_may_be_stopped_short_and_is_no_longer_worked_on(running: Running) -> None:
    request, whole = await long_reply(running)

    reply = await running.generate(request, lambda tokens: tokens < 20)

    assert reply.finish_reason == "cancelled"
    assert 20 <= reply.tokens < 40
    assert whole.text.startswith(reply.text)
    assert running._life.running._launched.engine.get_num_unfinished_requests() == 0  # type: ignore[attr-defined]


async def test_a_request_given_up_by_its_caller_is_no_longer_worked_on(running: Running) -> None:
    request, _ = await long_reply(running)
    begun = asyncio.Event()

    def keep_going(tokens: int) -> bool:
        begun.set()
        return True

    asked = asyncio.ensure_future(running.generate(request, keep_going))
    await begun.wait()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked

    assert running._life.running._launched.engine.get_num_unfinished_requests() == 0  # type: ignore[attr-defined]


async def test_a_prefix_is_continued(running: Running) -> None:
    request = replace(QUESTION, sampling=GREEDY)
    whole = await running.generate(request)

    rest = await running.generate(replace(request, assistant_prefix=whole.text[:20]))

    assert rest.text.startswith(whole.text[20:])
    assert rest.prompt_tokens == whole.prompt_tokens + 20


async def test_a_stop_text_ends_a_reply_and_is_left_out(running: Running) -> None:
    whole = await running.generate(replace(QUESTION, sampling=GREEDY))
    stop = whole.text[30:33]

    reply = await running.generate(replace(QUESTION, sampling=replace(GREEDY, stop=(stop,))))

    assert reply.finish_reason == "stop"
    assert reply.text == whole.text[: whole.text.index(stop)]


async def test_only_the_likeliest_token_is_drawn_with_top_k_1(running: Running) -> None:
    greedy = await running.generate(replace(QUESTION, sampling=GREEDY))

    reply = await running.generate(replace(QUESTION, sampling=replace(GREEDY, temperature=1.0, top_k=1)))

    assert reply.text == greedy.text


async def test_a_prompt_that_does_not_fit_is_refused_with_its_length(running: Running) -> None:
    request = replace(QUESTION, messages=(Message("user", "9" * LONGEST),))

    with pytest.raises(RequestFailed, match=rf"prompt_too_long: {LONGEST + 18} tokens; .* {LONGEST}"):
        await running.generate(request)


async def test_a_reply_ends_where_the_model_has_no_more_room(running: Running) -> None:
    request = replace(QUESTION, messages=(Message("user", "9" * (LONGEST - 30)),))

    replies = [await running.generate(replace(request, seed=seed)) for seed in range(8)]

    assert all(reply.prompt_tokens + reply.tokens <= LONGEST for reply in replies)
    assert "length" in {reply.finish_reason for reply in replies}


async def test_log_probabilities_of_reply_and_prompt_are_told(running: Running) -> None:
    reply = await running.generate(replace(QUESTION, prompt_logprobs=True))

    assert reply.logprob is not None and reply.logprob < 0
    assert reply.prompt_logprobs is not None
    first, *others = reply.prompt_logprobs
    assert len(reply.prompt_logprobs) == reply.prompt_tokens
    assert first is None
    assert all(value is not None and value < 0 for value in others)


async def test_adapters_answer_side_by_side_each_in_its_own_way(running: Running, tmp_path: Path) -> None:
    adapters = [None, str(tmp_path / "one"), str(tmp_path / "two")]
    for seed, path in enumerate(adapters):
        if path is not None:
            save_tiny_adapter(Path(path), seed)
    requests = [replace(QUESTION, sampling=GREEDY, adapter=path) for path in adapters]

    alone = [(await running.generate(request)).text for request in requests]
    together = await asyncio.gather(*(running.generate(request) for request in requests * 4))

    assert len(set(alone)) == 3
    assert [reply.text for reply in together] == alone * 4


@pytest.mark.parametrize("fault", ["no folder", "no weights", "rank"])
async def test_an_unusable_adapter_fails_its_own_request_only(running: Running, tmp_path: Path, fault: str) -> None:
    if fault != "no folder":
        save_tiny_adapter(tmp_path / "adapter", 3, rank=32 if fault == "rank" else 8)
    if fault == "no weights":
        (tmp_path / "adapter" / "adapter_model.safetensors").unlink()
    broken = replace(QUESTION, adapter=str(tmp_path / "adapter"))

    failed, sound = await asyncio.gather(running.generate(broken), running.generate(QUESTION), return_exceptions=True)

    assert isinstance(failed, RequestFailed) and failed.reason == "adapter_unusable"
    assert isinstance(sound, Reply)


async def test_the_revision_is_that_of_the_folder(running: Running, folder: Path) -> None:
    assert running.revision == model_revision(str(folder))
    assert running.model == folder.name


async def test_no_port_is_open_to_the_outside(running: Running) -> None:
    addresses = {
        ip_address(connection.laddr.ip)
        for process in (psutil.Process(), *engine_processes())
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }

    mapped = {address.ipv4_mapped or address if isinstance(address, IPv6Address) else address for address in addresses}
    assert all(address.is_loopback for address in mapped)


@pytest.mark.soak
async def test_a_killed_engine_is_replaced_and_every_reply_comes(running: Running) -> None:
    killed = engine_processes()
    begun = asyncio.Event()

    def keep_going(tokens: int) -> bool:
        begun.set()
        return True

    requests = [replace(QUESTION, seed=seed) for seed in range(8)]
    asked = [asyncio.ensure_future(running.generate(request, keep_going)) for request in requests]
    await begun.wait()
    core = next(process for process in killed if "EngineCore" in process.cmdline()[0])
    core.kill()

    replies = await asyncio.gather(*asked)

    assert [reply.finish_reason in ("stop", "length") for reply in replies] == [True] * 8
    assert not set(killed) & set(engine_processes()), "the worker went with its engine"
