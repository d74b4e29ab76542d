"""Headers, query and secrets of a server, and what a body may not say."""

import json
import logging
from typing import Any

import pytest

from data.errors import ConfigError, EngineError
from data.spec import parse
from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.remote.remote import Remote
from tests.stages.engines.servers import ChatServer, plain, said

ASKED = Request((Message("user", "2 + 2?"),), Sampling(max_tokens=50), seed=5)
KEY = "9f8e7d-a-very-secret-key"


def remote(url: str = "https://host/v1", **fields: Any) -> Remote:
    return parse(Remote, json.dumps({"base_url": url, "model": "m", **fields}), where="run.yaml")


async def ask(engine: Remote) -> None:
    running = await engine.start()
    try:
        await running.generate(ASKED)
    finally:
        await running.close()


async def test_sends_headers_query_and_secrets_with_every_request(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", f" {KEY}\n")

    await ask(
        remote(
            server.url,
            headers={"X-Title": "varicot", "HTTP-Referer": "https://example.org"},
            headers_env={"api-key": "THE_KEY"},
            query={"api-version": "2024-10-21"},
        )
    )

    sent = server.headers[0]
    assert (sent["X-Title"], sent["HTTP-Referer"], sent["api-key"]) == ("varicot", "https://example.org", KEY)
    assert "Authorization" not in sent
    assert server.queries == [{"api-version": "2024-10-21"}]


async def test_an_authorisation_of_another_scheme_is_sent_as_it_is(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", f"Api-Key {KEY}")

    await ask(remote(server.url, headers_env={"Authorization": "THE_KEY"}))

    assert server.keys == [f"Api-Key {KEY}"]


async def test_no_secret_is_ever_shown(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("THE_KEY", KEY)
    monkeypatch.setenv("THE_OTHER", f"Api-Key other-{KEY}")
    server.answers = [plain(400, {"error": {"message": f"you sent {KEY} and other-{KEY}"}})]
    engine = remote(server.url, headers_env={"api-key": "THE_KEY", "Authorization": "THE_OTHER"})

    running = await engine.start()
    with pytest.raises(RequestFailed) as failure:
        await running.generate(ASKED)
    await running.close()

    assert "you sent" in str(failure.value)
    assert KEY not in f"{failure.value} {running!r} {vars(running)!r} {engine!r} {caplog.text}"


async def test_variables_that_are_not_set_are_all_named_at_the_start(server: ChatServer) -> None:
    engine = remote(server.url, api_key_env="NO_SUCH_KEY", headers_env={"X-Org-Key": "NO_SUCH_OTHER"})

    with pytest.raises(EngineError) as error:
        await engine.start()

    assert [name in str(error.value) for name in ("NO_SUCH_KEY", "NO_SUCH_OTHER", "headers_env.X-Org-Key")] == [
        True
    ] * 3
    assert server.bodies == []


@pytest.mark.parametrize("value", ["sk-\x07bell", "sk-\u2026dots", "two\nlines"])
async def test_a_secret_that_no_header_can_carry_is_one_clear_error(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("THE_KEY", value)

    with pytest.raises(EngineError, match=r"THE_KEY.*no header can carry") as error:
        await remote(server.url, api_key_env="THE_KEY").start()

    assert value not in str(error.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"headers": {"Authorization": f"Bearer {KEY}"}}, "headers_env"),
        ({"headers": {"api-key": KEY}}, "headers_env"),
        ({"headers": {"Ocp-Apim-Subscription-Key": KEY}}, "headers_env"),
        ({"headers": {"X-Auth-Token": KEY}}, "headers_env"),
        ({"headers": {"apikey": KEY}}, "headers_env"),
        ({"headers": {"Cookie": KEY}}, "headers_env"),
        ({"query": {"key": KEY}}, "headers_env"),
        ({"query": {"access_token": KEY}}, "headers_env"),
        ({"api_key_env": KEY}, "name of an environment variable"),
        ({"headers_env": {"api-key": KEY}}, "name of an environment variable"),
        ({"api_key_env": "0123456789abcdef0123456789abcdef"}, "name of an environment variable"),
        ({"extra_body": {"api_key": KEY}}, "looks like a key"),
        ({"extra_body": {"tools": [{"headers": {"Authorization": KEY}}]}}, "looks like a key"),
    ],
)
def test_a_secret_in_the_run_file_is_refused_and_not_repeated(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        remote(**fields)

    assert KEY not in str(error.value)
    assert "0123456789" not in str(error.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"headers": {"Content-Type": "text/plain"}}, "set by what is sent"),
        ({"headers": {"Accept-Encoding": "br"}}, "set by what is sent"),
        ({"headers_env": {"Host": "THE_HOST"}}, "set by what is sent"),
        ({"headers": {"X Title": "a"}}, "no name of a header"),
        ({"headers": {"X-Title": "a\r\nX-Other: b"}}, "printable"),
        ({"headers": {"X-Number": 3}}, "quote a number"),
        ({"query": {"v": 2}}, "quote a number"),
        ({"api_key_env": "A", "headers_env": {"authorization": "B"}}, "one of the two"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        remote(**fields)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("model", "`model`"),
        ("messages", "prompt"),
        ("stream", "omit: "),
        ("temperature", "`sampling.temperature`"),
        ("top_k", "accepts: "),
        ("min_p", "`sampling.min_p`"),
        ("max_tokens", "`sampling.max_tokens`"),
        ("max_completion_tokens", "accepts: "),
        ("seed", "`seed` of the run"),
        ("stop", "`sampling.stop`"),
        ("n", "samples"),
        ("repetition_penalty", "`sampling.repetition_penalty`"),
    ],
)
def test_what_is_said_elsewhere_is_refused_by_name_with_the_place(name: str, where: str) -> None:
    with pytest.raises(ConfigError) as error:
        remote(extra_body={name: 1, "response_format": {"type": "text"}})

    assert f"{name} is said by" in str(error.value)
    assert where in str(error.value)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"extra_body": {"reasoning_effort": "low"}, "reasoning_effort": "high"}, "given twice"),
        ({"extra_body": {"chat_template_kwargs": "enable_thinking"}}, "no mapping"),
        ({"extra_body": {"chat_template_kwargs": {}}, "omit": ["chat_template_kwargs"]}, "say one"),
        ({"reasoning_effort": "low", "omit": ["reasoning_effort"]}, "say one"),
        ({"reasoning_effort": "Very high!"}, "reasoning_effort"),
        ({"omit": ["temprature"]}, "temperature"),
        ({"extra_body": [1]}, "extra_body"),
    ],
)
def test_settings_that_contradict_each_other_or_say_nothing_are_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        remote(**fields)


async def test_anything_else_is_merged_into_the_body_as_it_is(server: ChatServer) -> None:
    extra = {
        "reasoning": {"effort": "high"},
        "provider": {"order": ["a", "b"]},
        "logit_bias": {"5": -1.5},
        "user": None,
    }

    await ask(remote(server.url, extra_body=extra))

    assert {name: server.bodies[0][name] for name in extra} == extra
    assert server.bodies[0]["temperature"] == 0.7


async def test_the_four_further_ways_of_drawing_are_sent_where_they_are_set(server: ChatServer) -> None:
    set_: dict[str, Any] = {
        "min_p": 0.0,
        "presence_penalty": 1.5,
        "frequency_penalty": -0.5,
        "repetition_penalty": 1.05,
    }
    engine = remote(server.url, accepts=["seed", "min_p", "repetition_penalty"])
    running = await engine.start()
    await running.generate(Request(ASKED.messages, Sampling(**set_), 1))
    await running.generate(ASKED)
    await running.close()

    assert {name: server.bodies[0][name] for name in set_} == set_
    assert not set_.keys() & server.bodies[1].keys()
    assert remote().capabilities & set_.keys() == {"presence_penalty", "frequency_penalty"}


async def test_a_reply_that_comes_whole_is_asked_for_whole(server: ChatServer) -> None:
    message = {"role": "assistant", "content": "four"}
    server.answers = [plain(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": None})]
    engine = remote(server.url, omit=["stream"])

    await ask(engine)

    assert not {"stream", "stream_options"} & server.bodies[0].keys()
    assert "stream" not in engine.capabilities


async def test_the_seed_has_another_name_where_the_server_has_one_for_it(server: ChatServer) -> None:
    server.answers = [said("four")]

    await ask(remote(server.url, accepts=["random_seed"]))

    assert server.bodies[0]["random_seed"] == 5
    assert "seed" not in server.bodies[0]
