"""A model behind an OpenAI-compatible server: `vllm serve`, a vendor, anything that speaks chat completions."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data.errors import EngineError
from data.finish_reasons import FinishReason
from data.json_object import EMPTY, JsonObject
from data.spec import PLACE, Positive, spec
from stages.engines.engine import (
    GAVE_UP,
    Capability,
    EngineSpec,
    KeepGoing,
    Reply,
    Request,
    RequestFailed,
    Running,
    fixes,
)
from stages.engines.faults import TryFailed, depends_on_prompt
from stages.engines.remote.address import BaseUrl
from stages.engines.remote.chat_body import EFFORT, SET_ELSEWHERE, TEMPLATE, ChatBody, Extra, Omitted
from stages.engines.remote.chat_stream import Received
from stages.engines.remote.headers import Headers, HeaderVariables, Query, Variable, envelope, holds_secret, secret
from stages.engines.remote.open_files import allow_open_files
from stages.engines.remote.rate import RateLimit
from stages.engines.remote.retry import Patience, Refused, Retry, Seconds, wait_seconds

if TYPE_CHECKING:
    from stages.engines.remote.chat_client import ChatClient

CHARACTERS_A_TOKEN = 4
"""What a prompt is reckoned at before the server has counted it."""
DOUBT_SECONDS = 0.05
"""How often a request looks whether a server that seems to refuse everything has answered one."""
OTHER_FILES = 256
"""Open files besides the connections."""

Price = Annotated[float, Field(ge=0)]


@spec
class Prices:
    """What a million tokens cost, in any one currency."""

    input_per_million: Price = 0.0
    output_per_million: Price = 0.0


@spec
class Remote(EngineSpec):
    """A model behind an OpenAI-compatible server."""

    kind: Literal["remote"] = "remote"
    base_url: Annotated[BaseUrl, PLACE]
    """Where the server is, up to and with `/v1`."""
    model: str
    """Its name, as the server lists it."""
    revision: str = "unstated"
    """Which weights these are, as far as you know; replies of one revision are never taken for another's."""
    api_key_env: Annotated[Variable | None, PLACE] = None
    """Name of the environment variable that holds the key; null where none is needed."""
    accepts: Annotated[tuple[Extra, ...], PLACE] = ("seed",)
    """What the server takes beyond the plainest chat: `vllm serve` all but `random_seed` (Mistral's name for the seed)
    and `max_completion_tokens` (that of OpenAI's reasoning models for `max_tokens`). `running_usage` counts the tokens
    of a reply that may be cut short exactly while they come; without it every chunk counts as one."""
    omit: Annotated[tuple[Omitted, ...], PLACE] = ()
    """What the server refuses, and is not sent: reasoning models refuse `temperature` and `top_p`, older servers
    `stream_options`. Without `stream` a reply comes whole, and a race cannot cut it short."""
    extra_body: JsonObject = EMPTY
    """What else every request says, as the server's documentation has it: merged into the body as it is."""
    reasoning_effort: Annotated[str, Field(pattern=r"^[a-z][a-z_-]{0,15}$")] | None = None
    """How long a reasoning model thinks, in its vendor's words (`low`, `high`); a prompt's own goes before it."""
    headers: Annotated[Headers, PLACE] = EMPTY
    """Headers of every request, such as `X-Title`; they change no reply, so far as is known here."""
    headers_env: Annotated[HeaderVariables, PLACE] = EMPTY
    """Headers whose value is a secret, each with the name of the environment variable that holds it."""
    query: Annotated[Query, PLACE] = EMPTY
    """Parameters of the address, such as Azure's `api-version`."""
    concurrency: Annotated[Positive, PLACE] = 64
    requests_per_minute: Annotated[Positive | None, PLACE] = None
    tokens_per_minute: Annotated[Positive | None, PLACE] = None
    """Prompt and reply together; a request counts as its longest possible reply until it has ended."""
    timeout_seconds: Annotated[Seconds, PLACE] = 600.0
    """A try fails when no token came for this long."""
    reply_seconds: Annotated[Seconds, PLACE] = 7200.0
    """A try fails when its reply is not whole after this long, however steadily it comes."""
    retry: Annotated[Retry, PLACE] = Retry()
    prices: Annotated[Prices, PLACE] = Prices()

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        if taken := sorted(SET_ELSEWHERE.keys() & self.extra_body.keys()):
            places = "; ".join(f"{name} is said by {SET_ELSEWHERE[name]}" for name in taken)
            raise ValueError(f"extra_body cannot set {taken}: {places}")
        if EFFORT in self.extra_body and self.reasoning_effort is not None:
            raise ValueError(f"{EFFORT} is given twice, in extra_body too; give it once")
        if not isinstance(self.extra_body.get(TEMPLATE, {}), dict):
            raise ValueError(f"extra_body.{TEMPLATE} is no mapping")
        if refused := sorted(set(self.omit) & (self.extra_body.keys() | self._given())):
            raise ValueError(f"{refused} are both given and in `omit`; say one")
        if names := sorted(set(holds_secret(self.extra_body))):
            raise secret(f"extra_body.{names[0]} looks like a key: name its variable in `api_key_env` or `headers_env`")
        if self.api_key_env and any(name.lower() == "authorization" for name in self.headers_env):
            raise ValueError("Authorization is sent for `api_key_env` already; give one of the two")
        return self

    def _given(self) -> set[str]:
        return {EFFORT} if self.reasoning_effort is not None else set()

    @property
    def body(self) -> ChatBody:
        """Return what writes its requests."""
        return ChatBody(
            self.model, frozenset(self.accepts), frozenset(self.omit), self.extra_body, self.reasoning_effort
        )

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.body.capabilities

    def model_identity(self) -> str:
        return f"{self.model}@{self.revision}"

    def reply_settings(self) -> Mapping[str, Any]:
        return self.body.reply_settings()

    async def start(self) -> "RemoteRunning":
        from stages.engines.remote.chat_client import ChatClient  # `openai` takes as long to load as all the rest

        allow_open_files(self.concurrency + OTHER_FILES)
        sent_with = envelope(self.api_key_env, self.headers, self.headers_env, self.query)
        client = ChatClient(self.base_url, sent_with, self.concurrency, self.timeout_seconds, self.reply_seconds)
        try:
            await client.greet()
        except BaseException:
            await client.close()
            raise
        return RemoteRunning(self, client)


class RemoteRunning(Running):
    """A running `Remote`."""

    def __init__(self, remote: Remote, client: "ChatClient") -> None:
        self.model = remote.model
        self.revision = remote.revision
        self.identity, self.settings = remote.key_identity(), remote.reply_settings()
        self._body = remote.body
        self._remote = remote
        self._client = client
        self._slots = asyncio.Semaphore(remote.concurrency)
        self._patience = Patience(remote.retry, remote.base_url)
        self._rate = RateLimit(remote.requests_per_minute, remote.tokens_per_minute)
        self._tokens_a_chunk = 1.0
        """The fewest tokens a chunk of whole replies: servers may send letters, and a race must not end too soon."""

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        if missing := self._body.lacking(request):
            where = f"{self.model} at {self._remote.base_url}"
            raise EngineError(f"{where} cannot do {missing}: see `accepts` and `omit` of the engine: {fixes(missing)}")
        tries: list[Received] = []
        while self._patience.refusals.is_in_doubt:
            await asyncio.sleep(DOUBT_SECONDS)
        ticket = self._patience.refusals.send()
        try:
            finish = await self._until_done(request, keep_going, tries)
        except RequestFailed as failure:
            failure.spent_tokens, failure.cost = self._spent(tries)
            if failure.reason != GAVE_UP and tries[-1].choices:
                failure.reply_tokens = tries[-1].tokens
            if failure.reason.startswith("http_"):
                refused = Refused(
                    failure.reason, failure.detail, hash(request.messages), depends_on_prompt(failure.detail)
                )
                self._patience.request_refused(ticket, refused)
            raise
        except EngineError as error:
            raise self._patience.give_up(str(error)) from error
        finally:
            self._patience.refusals.over(ticket)
        last = tries[-1]
        spent_tokens, cost = self._spent(tries)
        count = last.count()
        if count.counted and last.chunks and finish != "cancelled":
            self._tokens_a_chunk = min(self._tokens_a_chunk, (count.tokens - count.hidden) / last.chunks)
        return Reply(
            text=last.text(request.assistant_prefix),
            tokens=count.tokens,
            finish_reason=finish,
            prompt_tokens=last.prompt_tokens,
            spent_tokens=spent_tokens,
            cost=cost,
            counted=count.counted or finish == "cancelled",
            hidden_tokens=count.hidden,
        )

    async def _until_done(self, request: Request, keep_going: KeepGoing | None, tries: list[Received]) -> FinishReason:
        """Try until a reply is whole, and return how it ended; `tries` holds every try, the last one whole."""
        failures: list[TryFailed] = []
        begun = monotonic()
        while True:
            tries.append(Received(request.sampling.max_tokens, self._client.redact))
            try:
                await self._try(request, keep_going, tries[-1])
                finish = tries[-1].end()
            except TryFailed as failure:
                failures.append(failure)
                wait = self._wait(failures, monotonic() - begun, request)
            else:
                self._patience.request_done()
                return finish
            await asyncio.sleep(wait)

    async def _try(self, request: Request, keep_going: KeepGoing | None, received: Received) -> None:
        def going(tokens: int) -> bool:
            self._patience.token_came()
            return keep_going is None or keep_going(int(tokens * self._tokens_a_chunk))

        counted = keep_going is not None
        body = self._body.write(request, counted=counted)
        prompt = sum(len(m.content) for m in request.messages) / CHARACTERS_A_TOKEN
        async with self._slots:
            await self._rate.take(prompt + request.sampling.max_tokens)
            self._patience.check()
            try:
                await self._client.ask(body, received, going)
            finally:
                used = (received.prompt_tokens or prompt) + received.tokens
                self._rate.give_back(prompt + request.sampling.max_tokens - used)

    def _wait(self, failures: list[TryFailed], seconds: float, request: Request) -> float:
        """Return the seconds until the next try; the request or the server may be given up instead."""
        last, retry = failures[-1], self._remote.retry
        why = str(last)
        self._patience.try_failed(why)
        failed = sum(not failure.overload for failure in failures)
        waited_out = last.overload and seconds > retry.give_up_seconds
        if failed >= retry.max_tries or waited_out or (last.retry_after or 0) > retry.give_up_seconds:
            self._patience.request_failed(why)
            raise RequestFailed(GAVE_UP, f"after {len(failures)} tries, the last: {why}")
        alike = failed if not last.overload else len(failures) - failed
        return wait_seconds(retry, alike, last.retry_after, request.key(self.identity))

    def _spent(self, tries: list[Received]) -> tuple[int, float]:
        """Return the tokens generated over all tries and what they cost, as far as the server tells."""
        tokens = sum(tried.tokens for tried in tries)
        prices = self._remote.prices
        prompts = prices.input_per_million * sum(tried.prompt_tokens for tried in tries)
        return tokens, (prompts + prices.output_per_million * tokens) / 1e6

    async def close(self) -> None:
        await self._client.close()
