"""The prompt bank on the pocket model: how often each strategy is right, how long its chains are, and who is shortest.

    python -m benchmarks.prompted                  # resumable; the table goes to docs/methods/prompted.md
    python -m benchmarks.prompted --problems 40

The pocket model was taught `be_concise`, `token_budget` and `in_steps`; `zero_shot_cot`, `bullet_points` and
`chain_of_draft` stand for wishes it has never seen. Replies are greedy and run to their end: nothing is raced.
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import pyarrow as pa

from benchmarks.methods import flows
from benchmarks.result_rows import BASE, TASKS, Plan
from data.columns import COT_TOKENS, PROBLEM_ID, PROMPT_ID, REPLY_TOKENS, TOKEN_COMPLEXITY, VERDICT
from data.store import Artifact
from data.table import values
from pipelines.build.build import read_order
from stages.choosing.token_complexity import LabelTokenComplexity

NAME = "prompted"
PROMPTS = (
    "default_cot",
    "zero_shot_cot",
    "be_concise",
    "chain_of_draft",
    "bullet_points",
    {"id": "token_budget", "values": [40, 80, 160, 320]},
    {"id": "in_steps", "values": [1, 2, 3, 4]},
)


@dataclass(frozen=True)
class Reply:
    """One prompt's reply to a problem."""

    problem: str
    right: bool
    cot_tokens: int
    reply_tokens: int
    complexity: int | None
    """The fewest tokens at which any prompt solved the problem; null where none did."""

    @property
    def times(self) -> float:
        """Return how many times the complexity the reply is long."""
        return self.reply_tokens / self.complexity if self.complexity else math.nan


def main() -> None:
    """Ask what was not asked yet and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--runs", type=Path, default=Path("runs/prompt_bank"))
    options = parser.parse_args()
    path = run_file(options.runs, options.problems)
    flows("build", path)
    print("\n".join(table(replies(path, options.runs))))


def run_file(runs: Path, problems: int) -> Path:
    """Write the run file; its problems are those on which the results table is measured."""
    source = {"kind": "task", "task": TASKS, "count": problems, "split": "held_out", "seed": 11}
    engine = {"kind": "local", "model": BASE, "max_model_len": 1024, "concurrency": 192}
    sampling = {"max_tokens": 512, "temperature": 0.0}
    method = {"kind": "prompted", "prompts": list(PROMPTS), "keep": "all", "sampling": sampling}
    tree = {"name": NAME, "runs": str(runs), "problems": source, "engine": engine, "methods": [method]}
    return Plan(runs, 0, None).written(f"{NAME}.yaml", tree)


def replies(path: Path, runs: Path) -> dict[str, list[Reply]]:
    """Return all replies by prompt, wrong ones among them."""
    (sampled,) = (step for step in read_order(path).plan.steps if step.name == "sample")
    rows = LabelTokenComplexity()(pa.concat_tables(Artifact(runs / NAME / "artifacts" / sampled.folder).tables()))
    found: dict[str, list[Reply]] = {}
    columns = (PROMPT_ID, PROBLEM_ID, VERDICT, COT_TOKENS, REPLY_TOKENS, TOKEN_COMPLEXITY)
    for prompt, problem, verdict, *tokens in zip(*(values(rows, field) for field in columns), strict=True):
        found.setdefault(prompt, []).append(Reply(problem, verdict == "correct", *tokens))
    return found


def table(by_prompt: Mapping[str, Sequence[Reply]]) -> Iterator[str]:
    """Yield a line a prompt, and what the token complexities are."""
    yield "| prompt | right, % | CoT tokens | shortest right reply, % of problems | times the complexity |"
    yield "|---|---:|---:|---:|---:|"
    for prompt, told in by_prompt.items():
        right = [reply for reply in told if reply.right]
        least = sum(reply.reply_tokens == reply.complexity for reply in right)
        tokens = fmean(reply.cot_tokens for reply in told)
        shares = f"{100 * len(right) / len(told):.1f} | {tokens:.1f} | {100 * least / len(told):.1f}"
        yield f"| `{prompt}` | {shares} | {fmean([reply.times for reply in right] or [math.nan]):.1f} |"
    problems = {reply.problem: reply.complexity for told in by_prompt.values() for reply in told}
    solved = sorted(tokens for tokens in problems.values() if tokens)
    yield f"\n{len(solved)} of {len(problems)} problems solved by some prompt; token complexity {fmean(solved):.1f} on"
    yield f"average, from {solved[0]} to {solved[-1]}"


if __name__ == "__main__":
    main()
