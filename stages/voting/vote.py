"""Let a problem's samples vote on its answer: what most of them say is taken for right, and no gold is looked at."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    ANSWER_RULE,
    COT,
    COT_TOKENS,
    DROPPED,
    FINAL_ANSWER,
    FINISH_REASON,
    GOLD,
    PROBLEM_ID,
    PROMPT_ID,
    QUESTION,
    REASONING,
    REPLY,
    REPLY_TOKENS,
    SAMPLE,
    TRACE_ID,
    VERDICT,
    VERDICT_REASON,
    VOTE,
)
from data.spec import PLACE, Positive, spec
from data.table import Row, from_rows
from data.thinking.turn import Turn
from stages.answers.check import check_answer
from stages.answers.equivalence import Ballot, ballots, same
from stages.answers.find.extract import final_answer
from stages.replies.variants import VARIANT, variant
from stages.stage import Stage
from stages.tokens import TokenizerName, counting, load_tokenizer
from stages.voting.perturb import PERTURBATIONS, Name, key_of
from stages.voting.responses import verdict_in

BY = "vote@2"


@dataclass(frozen=True)
class Poll:
    """What came of one vote."""

    reason: str | None
    """Why it has no winner; None when it has."""
    ballots: tuple[Ballot, ...]
    samples: int

    @property
    def counts(self) -> dict[str, int]:
        """Return the column `vote`."""
        votes = [*(len(ballot.voters) for ballot in self.ballots), 0, 0]
        return {"winner": votes[0], "runner_up": votes[1], "cast": sum(votes), "samples": self.samples}


@spec
class Vote(Stage):
    """Give each problem one row whose reply is the majority's answer and nothing else.

    Samples of a problem without a winner leave as `no_answer`, `tie` or `no_majority`; with a perturbation also as
    `not_perturbable`, or as `inconsistent` where its samples arrive elsewhere or nowhere. Those of a problem with one
    leave as `outvoted` or `not_chosen`, but for the first that voted for it.
    """

    reads = (
        PROBLEM_ID, QUESTION, GOLD, ANSWER_KIND, PROMPT_ID, SAMPLE, TRACE_ID, REPLY, REASONING, ANSWER,
        COT_TOKENS, FINISH_REASON,
    )  # fmt: skip
    writes = (*VARIANT, VOTE, COT, COT_TOKENS, FINAL_ANSWER, ANSWER_RULE, VERDICT, VERDICT_REASON, DROPPED)

    method: str
    tokenizer: TokenizerName
    rule: Literal["strict", "plurality"] = "strict"
    """`strict` asks for more than half of the samples asked for, `plurality` for more than the runner-up has."""
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the samples asked for that the winner must have at least."""
    perturbation: Name | None = None
    """The prompt of this name asked another form of the question; its vote must correspond."""
    seed: int = 0
    """Of the perturbation."""
    asked: Annotated[Positive, PLACE] = 1
    """Samples a problem was asked for, of which some may be lost; bears no identity beside that of the sampling."""
    asked_again: Annotated[Positive, PLACE] = 1
    """The same of the perturbation."""

    def uses(self) -> Mapping[str, str]:
        return {**counting(self.tokenizer), "vote": BY}

    def __call__(self, rows: pa.Table) -> pa.Table:
        problems: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows.to_pylist():
            problems[row["problem_id"]].append(row)
        fields = {f.name: f for f in (*rows.schema, *self.writes)}
        return from_rows((row for own in problems.values() for row in self._decided(own)), list(fields.values()))

    def _decided(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        base = sorted(
            (r for r in rows if r["prompt_id"] != self.perturbation), key=lambda r: (r["sample"], r["trace_id"])
        )
        other = [row for row in rows if row["prompt_id"] == self.perturbation]
        poll = self._poll([_answer(row) for row in base], rows[0]["answer_kind"], max(self.asked, len(base)))
        reason = poll.reason or (self._inconsistency(poll, base[0], other) if self.perturbation else None)
        if reason is not None:
            return [{**row, VOTE.name: poll.counts, DROPPED.name: reason} for row in (*base, *other)]
        winners = set(poll.ballots[0].voters)
        first = min(winners)
        left = [
            {**row, VOTE.name: poll.counts, DROPPED.name: "not_chosen" if at in winners else "outvoted"}
            for at, row in enumerate(base)
            if at != first
        ]
        left += [{**row, VOTE.name: poll.counts, DROPPED.name: "not_chosen"} for row in other]
        return [self._target(base[first], poll), *left]

    def _poll(self, answers: Sequence[str | None], kind: str | None, samples: int) -> Poll:
        found = tuple(ballots(answers, kind))
        votes = [*(len(ballot.voters) for ballot in found), 0, 0]
        if not found:
            return Poll("no_answer", found, samples)
        if votes[0] == votes[1]:
            return Poll("tie", found, samples)
        few = (self.rule == "strict" and 2 * votes[0] <= samples) or votes[0] < self.min_share * samples
        return Poll("no_majority" if few else None, found, samples)

    def _inconsistency(self, poll: Poll, row: Row, other: Sequence[Row]) -> str | None:
        """Return why the perturbed samples do not bear the winner out; None when they do."""
        if self.perturbation is None:
            return None
        perturbation, key = PERTURBATIONS[self.perturbation], key_of(self.seed, row["problem_id"])
        if perturbation.question(row["question"], key) is None:
            return "not_perturbable"
        answers = (_answer(one) for one in other)
        back = [None if answer is None else perturbation.back(answer, row["question"], key) for answer in answers]
        again = self._poll(back, row["answer_kind"], max(self.asked_again, len(other)))
        agrees = again.reason is None and same(poll.ballots[0].answer, again.ballots[0].answer, row["answer_kind"])
        return None if agrees else "inconsistent"

    def _target(self, row: Row, poll: Poll) -> dict[str, Any]:
        answer = poll.ballots[0].answer
        (tokens,) = load_tokenizer(self.tokenizer).count([answer])
        found = check_answer(answer, row["gold"], kind=row["answer_kind"], bare=True)
        return {
            **variant(row, answer, method=self.method, by=BY, kind="none", value=None, turn=Turn(None, answer, None)),
            REPLY_TOKENS.name: tokens,
            COT.name: "",
            COT_TOKENS.name: 0,
            FINAL_ANSWER.name: answer,
            ANSWER_RULE.name: f"vote/{found.rule}",
            VERDICT.name: found.verdict,
            VERDICT_REASON.name: found.reason,
            VOTE.name: poll.counts,
        }


def _answer(row: Row) -> str | None:
    """Return the answer a sample votes for; a reply that was cut off has none."""
    if row["finish_reason"] in ("length", "cancelled"):
        return None
    said = row["answer"] or ""
    return verdict_in(said) or final_answer(said)[0]
