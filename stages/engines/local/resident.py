"""A running vLLM: its front end in this process, its engine in child processes."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from typing import Any

from data.finish_reasons import FinishReason, NotWhole, finish_reason
from stages.engines.engine import KeepGoing, Reply, Request, RequestFailed, Running
from stages.engines.local.adapters import Adapters
from stages.engines.local.chat import Chat
from stages.engines.local.launch import Launched
from stages.engines.local.supervised import EngineDied
from stages.engines.local.turns import Turns

TOKENS_A_LOOK = 8
"""Tokens between two looks at a reply under way; one at a time costs twice the front end's work."""


class Resident(Running):
    """Answers requests on one `AsyncLLM`."""

    def __init__(
        self,
        launched: Launched,
        adapters: Adapters,
        *,
        model: str,
        revision: str,
        identity: str,
        settings: Mapping[str, Any],
        logprobs: bool,
        mixes: bool,
    ) -> None:
        self.model, self.revision = model, revision
        self.identity, self.settings = identity, settings
        self._launched = launched
        self._adapters = adapters
        self._logprobs = logprobs
        self._longest: int = launched.engine.model_config.max_model_len
        self._chat = Chat(launched.engine.get_tokenizer())
        self._numbers = count()
        self._turns = Turns()
        self._mixes = mixes

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        # vLLM takes seconds to import, and is not there where only remote engines are used.
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        encoded = self._chat.encode(request)
        prompt = encoded.ids
        if len(prompt) >= self._longest:
            raise RequestFailed(
                "prompt_too_long", f"{len(prompt)} tokens; prompt and reply together may have {self._longest}"
            )
        try:
            # Where the engine cannot mix them, requests with and without an adapter take turns.
            async with self._turns.of(None if self._mixes else request.adapter is not None):
                return replace(await self._stream(request, prompt, keep_going), opened=encoded.opened)
        except EngineDeadError as error:
            raise EngineDied(self._launched.log.cause() or "its process ended") from error
        except EngineGenerateError as error:
            raise RequestFailed("engine_error", str(error.__cause__ or error)) from error
        except (VLLMClientError, ValueError) as error:
            raise RequestFailed("bad_request", str(error)) from error

    async def _stream(self, request: Request, prompt: Sequence[int], keep_going: KeepGoing | None) -> Reply:
        adapter = None if request.adapter is None else await self._adapters.load(request.adapter)
        heard = _Heard(request, prompt)
        outputs = self._launched.engine.generate(
            {"type": "token", "prompt_token_ids": list(prompt)},
            self._sampling(request, self._longest - len(prompt)),
            str(next(self._numbers)),
            lora_request=adapter,
        )
        async with aclosing(outputs):  # closing an unfinished stream aborts the request
            async for output in outputs:
                heard.add(output)
                if not output.finished and keep_going is not None and not keep_going(len(heard.ids)):
                    break
        return heard.reply(self._chat)

    def _sampling(self, request: Request, room: int) -> Any:
        from vllm.sampling_params import RequestOutputKind, SamplingParams

        wished = request.sampling
        return SamplingParams(
            max_tokens=min(wished.max_tokens, room),
            temperature=wished.temperature,
            top_p=wished.top_p,
            top_k=wished.top_k or 0,
            min_p=wished.min_p or 0.0,
            presence_penalty=wished.presence_penalty or 0.0,
            frequency_penalty=wished.frequency_penalty or 0.0,
            repetition_penalty=wished.repetition_penalty or 1.0,
            seed=request.seed,
            stop=list(wished.stop),
            logprobs=0 if self._logprobs else None,
            prompt_logprobs=0 if request.prompt_logprobs else None,
            output_kind=RequestOutputKind.DELTA,
            stream_interval=TOKENS_A_LOOK,
            # Text is wanted as it comes only to look for stop texts in it; otherwise `Chat` decodes once.
            detokenize=bool(wished.stop),
            skip_special_tokens=False,
        )

    async def close(self) -> None:
        await self._launched.close()


class _Heard:
    """What has come of one reply."""

    def __init__(self, request: Request, prompt: Sequence[int]) -> None:
        self.ids: list[int] = []
        self._request = request
        self._prompt = prompt
        self._pieces: list[str] = []
        self._finish: str | None = None
        self._logprob: float | None = None
        self._prompt_logprobs: tuple[float | None, ...] | None = None

    def add(self, output: Any) -> None:
        """Take in the next piece."""
        (piece,) = output.outputs
        self.ids.extend(piece.token_ids)
        self._pieces.append(piece.text)
        self._finish = piece.finish_reason
        self._logprob = piece.cumulative_logprob
        if output.prompt_logprobs:
            told = zip(self._prompt, output.prompt_logprobs, strict=True)
            self._prompt_logprobs = tuple(None if at is None else at[token].logprob for token, at in told)

    def reply(self, chat: Chat) -> Reply:
        """Return the reply as far as it has come."""
        finish = "cancelled" if self._finish is None else finish_reason(self._finish) or "cancelled"
        if isinstance(finish, NotWhole):
            reason = "engine_error" if finish.passing else finish.reason
            raise RequestFailed(reason, f"vLLM ended the reply with {self._finish!r}")
        return Reply(
            self._text(chat, finish),
            len(self.ids),
            finish,
            prompt_tokens=len(self._prompt),
            logprob=self._logprob,
            prompt_logprobs=self._prompt_logprobs,
        )

    def _text(self, chat: Chat, finish: FinishReason) -> str:
        if self._request.sampling.stop:
            return "".join(self._pieces)
        ids = self.ids[:-1] if finish == "stop" else self.ids  # the last one ended the turn and is no text
        return chat.decode(self._prompt, ids, cut=finish != "stop")
