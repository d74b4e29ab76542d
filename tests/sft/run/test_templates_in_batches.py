"""What reaches the model, of every schedule under every objective, in every text chat template that TRL ships.

Ids in a batch are those of the prompt that the schedule's row is asked with, and of the turn as the base writes it
(`TURNS`, read by hand off the templates); a row that cannot be written so is counted with its reason.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from data.conditions import Condition
from data.errors import ConfigError
from data.thinking.turn import write_turn
from sft.config import Training
from sft.objectives.every import AnyObjective, Dpo, LogLikelihood, SimPo
from sft.rows.labels import IGNORED
from sft.rows.prepare import Prepared
from sft.rows.source import Source
from sft.run.job import Job, plans
from sft.run.one_stage import collator, samples_of
from sft.schedules.conditioned import Conditioned
from sft.schedules.every import AnySchedule
from sft.schedules.internalise import Internalise
from sft.schedules.iterated import Iterated
from sft.schedules.progressive import Progressive
from sft.schedules.standard import Standard
from sft.schedules.valve import Valve
from tests.sft.rows.test_templates import NO_SYSTEM, NOT_THINKING, TURNS, tokenizer_of
from tests.sft.small import run

CONTEXT = 1 << 14
"""Room for any of the rows: their tokens are bytes."""
NO_THINKING = '{"enable_thinking": false}'


@dataclass(frozen=True)
class Chain:
    """A row as a person reads it."""

    problem: str
    thought: str
    tokens: int
    question: str = "What is 2 + 3?"
    system: str | None = None
    args: str | None = None
    beta: float | None = None

    @property
    def answer(self) -> str:
        return "The answer is \\boxed{5}."

    @property
    def prompt(self) -> list[dict[str, str]]:
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.question}]

    @property
    def row(self) -> dict[str, Any]:
        """The row that a dataset holds of it."""
        return {
            "trace_id": f"{self.problem} {self.tokens}",
            "problem_id": self.problem,
            "prompt": self.prompt,
            "completion": [{"role": "assistant", "content": write_turn(self.thought, self.answer)}],
            "segments": [],
            "added_tokens": [],
            "template_args": self.args,
            "cot": self.thought,
            "cot_tokens": self.tokens,
            "tokenizer": "bytes",
            "control_kind": "steps",
            "control_value": float(self.tokens),
            "verdict": "correct",
        }


THOUGHTS = {9: "Two and three are\n\nfive. Again 5.", 5: "Two and three make five.", 1: "It is 5."}
"""By length: what is thought. The longest one has blanks behind its seventeenth letter, where it is cut."""
PROBLEMS: Sequence[Mapping[str, Any]] = (
    {"problem": "plain"},
    {"problem": "system", "system": "You are careful."},
    {"problem": "closed", "args": NO_THINKING},
)
CHAINS = [Chain(**told, thought=thought, tokens=tokens) for told in PROBLEMS for tokens, thought in THOUGHTS.items()]
LONG, MIDDLE, SHORT = (tuple(chain for chain in CHAINS if chain.tokens == tokens) for tokens in THOUGHTS)

Stages = Sequence[Sequence[Chain]]


def asked(text: str) -> Stages:
    """Return the chains with a text behind their question."""
    return [[replace(one, question=one.question + text.format(value=one.tokens)) for one in CHAINS]]


def without(*letters: int) -> Stages:
    """Return the chains without so many leading letters, which are the tokens here, a stage for each number."""
    return [[replace(one, thought=one.thought[count:].strip()) for one in CHAINS] for count in letters]


SCHEDULES: dict[str, tuple[AnySchedule, Stages]] = {
    "standard": (Standard(), [CHAINS]),
    "conditioned": (
        Conditioned(conditions=(Condition(control_kind="steps", suffix="\nIn {value} steps."),)),
        asked("\nIn {value} steps."),
    ),
    "conditioned by kind": (
        Conditioned(conditions=(Condition(control_kind="steps", suffix="\nIn steps."),)),
        asked("\nIn steps."),
    ),
    "progressive": (Progressive(stages=3), [LONG, MIDDLE, SHORT]),
    "internalise": (Internalise(tokens_each=17), without(0, 17, 1000)),
    "valve": (
        Valve(),
        [[*(replace(one, beta=0.5) for one in MIDDLE), *(replace(one, beta=1.0) for one in SHORT)]],
    ),
    "iterated": (Iterated(iterations=2), [LONG, CHAINS]),
}
"""By name: a schedule, and its stages as they are to be, written by hand."""
OBJECTIVES: dict[str, tuple[AnyObjective, Any]] = {
    "sft": (LogLikelihood(), "grouped"),
    "sft in packs": (LogLikelihood(), "packed"),
    "dpo": (Dpo(), "grouped"),
    "simpo": (SimPo(), "grouped"),
}
REFUSED = [("valve", name) for name in OBJECTIVES if name != "sft"]
"""Settings that no run may have."""
ALIKE = [(name, "sft in packs") for name in SCHEDULES if name != "standard"] + [("conditioned by kind", "sft")]
"""Settings that bring nothing new: rows are put into packs, and texts on prompts, whatever the others are."""
TRAINED = [
    each
    for each in [(schedule, objective) for schedule in SCHEDULES for objective in OBJECTIVES]
    if each not in REFUSED + ALIKE
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that says nothing of itself, not even how many tokens it can place."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "config.json").write_text("{}", "utf-8")
    return folder


@cache
def template_tokenizer(name: str) -> Any:
    tokenizer = tokenizer_of(name)
    tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def settings(schedule: str, objective: str) -> Training:
    lowered, batching = OBJECTIVES[objective]
    order, _ = SCHEDULES[schedule]
    more: dict[str, Any] = {"max_steps": None, "epochs": 1, "max_tokens": CONTEXT}
    return run(Path("data"), schedule=order, objective=lowered, batching=batching, **more)


def unfit(name: str, chain: Chain) -> str | None:
    """Return why a template cannot be trained on a chain."""
    if chain.system and name in NO_SYSTEM:
        return "template"
    closed = not TURNS[name][0] or (chain.args == NO_THINKING and name in NOT_THINKING)
    return "prompt_closes_thought" if closed and chain.thought else None


Trained = tuple[list[int], list[int], float | None]
"""The ids that are given, those that are learned, and the share of the update."""


@cache
def defined(name: str, chain: Chain) -> Trained:
    """Return the ids of the prompt as it is asked, and of the turn as the base writes it."""
    tokenizer, (reasoned, bare) = template_tokenizer(name), TURNS[name]
    args = json.loads(chain.args or "{}")
    if args and name in NOT_THINKING:
        bare = NOT_THINKING[name]
    prompt = tokenizer.apply_chat_template(chain.prompt, tokenize=False, add_generation_prompt=True, **args)
    turn = (reasoned if chain.thought else bare).format(r=chain.thought, a=chain.answer)
    given, learned = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, turn))
    return given, learned, chain.beta


def pairs_of(chains: Sequence[Chain]) -> list[tuple[Chain, Chain]]:
    """Return the shortest and the longest chain of each problem and prompt that has several."""
    groups = defaultdict(list)
    for chain in chains:
        groups[chain.problem, chain.question].append(chain)
    ranked = [sorted(group, key=lambda one: one.tokens) for group in groups.values()]
    return [(group[0], group[-1]) for group in ranked if len(group) > 1]


def in_batches(rows: Prepared, tokenizer: Any, config: Training) -> Iterator[Trained]:
    """Yield the rows that batches hold, each cut out of its own."""
    samples, batch_of = samples_of(rows, config), collator(rows, tokenizer, config)
    for begin in range(0, len(samples), config.worker_rows):
        batch = batch_of([{"rows": rows, "counts": True} for rows in samples[begin : begin + config.worker_rows]])
        betas = batch["betas"].tolist() if "betas" in batch else None
        for number, (ids, labels, weights) in enumerate(_cut(batch)):
            begins = int((labels != IGNORED).nonzero()[0])
            assert labels[begins:].tolist() == ids[begins:].tolist()
            assert weights.tolist() == [0.0] * begins + [1.0] * (len(ids) - begins)
            yield ids[:begins].tolist(), ids[begins:].tolist(), betas[number] if betas else None


def _cut(batch: Mapping[str, torch.Tensor]) -> Iterator[Sequence[torch.Tensor]]:
    """Yield ids, labels and weights of each row of a batch, without padding."""
    tensors = [batch[name] for name in ("input_ids", "labels", "weights")]
    for at in range(len(tensors[0])):
        of_row = [tensor[at] for tensor in tensors]
        if "attention_mask" in batch:
            yield [tensor[batch["attention_mask"][at] == 1] for tensor in of_row]
        else:
            begins = [*(batch["position_ids"][at] == 0).nonzero().flatten().tolist(), len(of_row[0])]
            sizes = [end - begin for begin, end in pairwise(begins)]
            pieces = zip(*(torch.split(tensor, sizes) for tensor in of_row), strict=True)
            yield from (piece for piece in pieces if (piece[1] != IGNORED).any())  # the last may be padding


def test_every_schedule_and_every_objective_is_tried_here() -> None:
    schedules, objectives = (get_args(get_args(union)[0]) for union in (AnySchedule, AnyObjective))

    assert {type(schedule) for schedule, _ in SCHEDULES.values()} == set(schedules)
    assert {type(objective) for objective, _ in OBJECTIVES.values()} == set(objectives)


@pytest.mark.parametrize(("schedule", "objective"), REFUSED)
def test_what_no_run_may_have_is_refused(schedule: str, objective: str) -> None:
    with pytest.raises(ValueError, match="`schedule: valve` scales the update for each row"):
        settings(schedule, objective)


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize(("schedule", "objective"), TRAINED)
def test_batches_hold_what_the_schedule_made_as_the_template_has_it(
    schedule: str, objective: str, name: str, base: Path, tmp_path: Path
) -> None:
    config, tokenizer = settings(schedule, objective), template_tokenizer(name)
    source = Source([chain.row for chain in CHAINS], [], "data", "1", "digest")
    stops = frozenset({tokenizer.eos_token})
    job = Job(config, base, {"template": name}, source, tokenizer, stops, len(tokenizer), [])
    plan, _ = plans(job)
    _, expected = SCHEDULES[schedule]

    assert len(plan.stages) == len(expected)
    for stage, chains in zip(plan.stages, expected, strict=True):
        units = [(chain,) for chain in chains] if config.objective.kind == "sft" else pairs_of(chains)
        fit = [unit for unit in units if not any(unfit(name, chain) for chain in unit)]
        if not fit:
            with pytest.raises(ConfigError, match="no row is left to train" if units else "no two rows make a pair"):
                job.prepared(stage, [], tmp_path)
            continue
        rows = job.prepared(stage, [], tmp_path)
        held = list(in_batches(rows, tokenizer, config))
        size = len(fit[0])

        left = len(chains) - sum(map(len, units))
        reasons = Counter(reason for unit in units for chain in unit if (reason := unfit(name, chain)))
        assert rows.dropped == {**reasons, **({"not_paired": left} if left else {})}
        found = [tuple(held[at : at + size]) for at in range(0, len(held), size)]
        assert sorted(found) == sorted(tuple(defined(name, chain) for chain in unit) for unit in fit)
