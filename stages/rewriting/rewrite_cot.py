"""Let a model rewrite each trace shorter, judge what it offers, and tell it back why where it is not taken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    CONTROL_VALUE,
    COT,
    COT_TOKENS,
    FINAL_ANSWER,
    GOLD,
    PROMPT_SHA,
    QUESTION,
    REASONING,
    REPLY,
    SPENT_TOKENS,
)
from data.spec import spec
from data.table import Row
from data.thinking.thinking import Thinking
from stages.asking.ask import Ask, together
from stages.asking.dialogue import Dialogue
from stages.asking.left import left
from stages.asking.prompts import sample_seed
from stages.engines.engine import Capability, Message, Reply, Request, RequestFailed, Sampling
from stages.engines.every import AnyEngine
from stages.rewriting.redundancy import RULES, cut_by_rules
from stages.rewriting.rewrite_prompts import (
    BARE_LEVEL,
    LEVELS,
    VERSION,
    Wish,
    fence,
    level_of,
    off_by,
    told_back,
    unfenced,
)
from stages.rewriting.rewritten import Judged, Offer, Standards, bare, judged, offered, steers, unsafe
from stages.rewriting.rewritten_rows import WRITTEN, long_row, removed_share, short_row
from stages.sample_cots import reply_text
from stages.tokens import Tokenizer, TokenizerName, counting, load_tokenizer

FELL_BACK, PLACED, OFF_LEVEL = "fell_back_to_rules", "placed_by_length", "off_level"


@dataclass(frozen=True)
class Outcome:
    """What came of asking for one rewriting."""

    wish: Wish
    judged: Judged
    by: str
    spent: int
    failed: tuple[str, ...] = ()
    """Why each attempt that was not taken was not."""
    spare: tuple[Judged, ...] = ()
    """Sound rewritings of another length than was asked for."""


@spec
class RewriteCoT(Dialogue):
    """Return each trace and its rewritings, or the trace dropped for the reason of its last attempt.

    A pair has one rewriting, as short as it can be; with six levels there is one for each level that was reached, the
    last without any reasoning.
    """

    reads = (QUESTION, REPLY, REASONING, ANSWER, COT, COT_TOKENS, FINAL_ANSWER, GOLD, ANSWER_KIND, SPENT_TOKENS)
    writes = WRITTEN
    engine: AnyEngine
    """The rewriter."""
    method: str
    tokenizer: TokenizerName
    """Counts what is shorter."""
    sampling: Sampling = Sampling()
    seed: int = 0
    retries: Annotated[int, Field(ge=0, le=16)] = 2
    """Attempts after the first."""
    tell_reason: bool = True
    """Tell the model in a further turn why its rewriting was not taken; otherwise ask anew with another seed."""
    otherwise: Literal["drop", "rules"] = "drop"
    """What becomes of a trace whose attempts all failed: its pair leaves, or the rules rewrite it."""
    standards: Standards = Standards()
    thinking: Thinking = Thinking()
    """The rewriter's marks of thought."""
    levels: Literal[1, 6] = 1
    ask_for_levels: bool = True
    """Ask for each level by its length; otherwise draw plain rewritings and see what levels they are of."""

    @property
    def needs(self) -> frozenset[Capability]:
        return self.sampling.needs

    def uses(self) -> dict[str, str]:
        prompts = {
            f"prompt.{wish.prompt_id}": f"{wish.prompt_id}.v{VERSION}@{wish.prompt_sha}" for wish in self._wishes
        }
        return {**super().uses(), **counting(self.tokenizer), **prompts}

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        tokenizer = load_tokenizer(self.tokenizer)
        if found := unsafe(row, tokenizer):
            return [left(row, "chat_tokens", found)]
        if character := steers(row):
            return [left(row, "control_characters", character)]
        tried = await together([self._one(row, wish, ask, tokenizer) for wish in self._wishes])
        spent = sum(outcome.spent for outcome in tried)
        rows = await asyncio.to_thread(self._rewritten, row, tried, tokenizer)
        if not rows:
            last = tried[-1]
            return [left(row, last.judged.reason or "off_level", "; ".join(last.failed), spent=spent)]
        rows[0][SPENT_TOKENS.name] = spent
        reached = {made[CONTROL_VALUE.name] for made in rows}
        absent = [] if self.levels == 1 else [f"no_level_{level}" for level in LEVELS if level not in reached]
        return [long_row(row, absent), *rows]

    @property
    def _wishes(self) -> tuple[Wish, ...]:
        if self.levels == 1 or not self.ask_for_levels:
            return (Wish(),)
        return tuple(Wish(level) for level in LEVELS if level != BARE_LEVEL)

    def _rewritten(self, row: Row, tried: Sequence[Outcome], tokenizer: Tokenizer) -> list[dict[str, Any]]:
        """Return the rows of the rewritings that were taken; none where none was."""
        if self.levels != 1:
            return self._levelled(row, tried, tokenizer)
        return [] if tried[0].judged.reason is not None else [self._row(row, tried[0], tried[0].judged)]

    def _levelled(self, row: Row, tried: Sequence[Outcome], tokenizer: Tokenizer) -> list[dict[str, Any]]:
        """Return a row for each level reached: by what was asked for it, else by what turned out as long."""
        found = {
            o.wish.level: self._row(row, o, o.judged, level=o.wish.level) for o in tried if o.judged.reason is None
        }
        spare = [(removed_share(row, made.tokens), outcome, made) for outcome in tried for made in outcome.spare]
        for share, outcome, made in sorted(spare, key=lambda item: off_by(item[0])):
            level = level_of(share)
            if level is not None and level < BARE_LEVEL and level not in found:
                found[level] = self._row(row, outcome, made, level=level, remarks=(PLACED,))
        rows = [found[level] for level in LEVELS if level in found]
        without = bare(row, tokenizer)
        if rows and without.reason is None:
            rows.append(short_row(row, without, method=self.method, by="no_reasoning", level=BARE_LEVEL))
        return rows

    def _row(
        self,
        row: Row,
        outcome: Outcome,
        made: Judged,
        *,
        level: int | None = None,
        remarks: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        if remarks is None:
            remarks = [f"retried_{reason}" for reason in outcome.failed] + [FELL_BACK] * (outcome.by == RULES)
        told = short_row(row, made, method=self.method, by=outcome.by, remarks=remarks, level=level)
        return {**told, PROMPT_SHA.name: None if outcome.by == RULES else outcome.wish.prompt_sha}

    async def _one(self, row: Row, wish: Wish, ask: Ask, tokenizer: Tokenizer) -> Outcome:
        by, spent, failed = f"{ask.running.model}@{ask.running.revision}", 0, list[str]()
        made, turns, spare = Judged("not_asked"), list[Message](), list[Judged]()
        nonce = ""
        for attempt in range(self.retries + 1):
            if not turns:
                nonce = fence(row, self.seed, attempt)
                turns = [Message("user", wish.prompt(row, nonce))]
            try:
                reply = await ask.one(self._request(row, wish, turns, attempt))
            except RequestFailed as error:
                made, spent = Judged(error.reason, error.detail), spent + error.spent_tokens
                failed.append(error.reason)
                break
            spent += reply.spent_tokens
            # Its answer is checked by a process of its own: other rows' requests need not wait for that.
            made = await asyncio.to_thread(self._judged, row, wish, reply, nonce, tokenizer)
            if made.reason is None:
                return Outcome(wish, made, by, spent, tuple(failed))
            spare += [made] if made.reason == OFF_LEVEL else []
            failed.append(made.reason)
            turns = self._after(turns, reply, made)
        failure = Outcome(wish, made, by, spent, tuple(failed), tuple(spare))
        return await asyncio.to_thread(self._fallen_back, failure, row, tokenizer)

    def _request(self, row: Row, wish: Wish, turns: Sequence[Message], attempt: int) -> Request:
        seed = sample_seed(self.seed, row["problem_id"], wish.prompt_id, attempt)
        return Request(tuple(turns), self.sampling, seed, attempt)

    def _judged(self, row: Row, wish: Wish, reply: Reply, nonce: str, tokenizer: Tokenizer) -> Judged:
        said = unfenced(reply_text(reply, self.thinking), nonce)
        if nonce in said.lower():
            return Judged("off_task", "the name of the marks")
        made = judged(offered(said, row, whole=reply.finish_reason == "stop"), row, self.standards, tokenizer)
        level = level_of(removed_share(row, made.tokens))
        if made.reason is not None or self.levels == 1 or (level is not None and level == wish.level):
            return made
        return replace(made, reason=OFF_LEVEL, detail=f"{made.tokens} tokens of {row['cot_tokens']}")

    def _after(self, turns: Sequence[Message], reply: Reply, made: Judged) -> list[Message]:
        """Return the turns of the next attempt; none for one that starts anew."""
        told = told_back(made.reason or "", made.detail) if self.tell_reason else None
        return [] if told is None else [*turns, Message("assistant", reply.text), Message("user", told)]

    def _fallen_back(self, outcome: Outcome, row: Row, tokenizer: Tokenizer) -> Outcome:
        if self.otherwise == "drop" or self.levels != 1:
            return outcome
        made = judged(Offer(cut_by_rules(row)), row, self.standards, tokenizer)
        return replace(outcome, judged=made, by=RULES) if made.reason is None else outcome
