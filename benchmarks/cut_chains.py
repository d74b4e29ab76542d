"""Real chains of thought before and after TokenSkip: which formulas survive, which ratios are reached, what is checked.

    python -m benchmarks.cut_chains table                    # ten chains cut to half, by words alone and by whole units
    python -m benchmarks.cut_chains show NUMBER [--signs N]  # one of them, before and after
    python -m benchmarks.cut_chains ratios                   # rows that miss their ratio, of 96 chains of Qwen2.5-Math
    python -m benchmarks.cut_chains recheck [--real]         # the answer's likelihood after each way to cut chains

`show` scores by the surprisal of SmolLM2-135M-Instruct (`make real` makes it), `table` and `ratios` at random.
`recheck` cuts chains of the pocket world by the pocket model, which also checks again; with `--real` Qwen2.5-Math's by
SmolLM2, which is slow on a CPU. What they print goes to docs/methods/.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from statistics import fmean, median

from benchmarks.formula_reader import formulas, unboxed
from benchmarks.real_traces import FOLDER
from data.columns import ANSWER, PROMPT, REASONING, REPLY
from data.prompts.template import Template
from data.table import from_rows
from data.tasks.every import POCKET as POCKET_TASKS
from data.tasks.generate import sample
from makers.pocket.reasoning import long_reasoning
from makers.pocket.voices.every import VOICES
from stages.cutting.choose_units import Choice, exactly
from stages.cutting.cut_spans import without
from stages.cutting.recheck import AnswerLikelihood, RecheckAnswer
from stages.cutting.units import Grain, Units, read_units
from stages.replies.answer_segment import box_wrappers, parts_of
from stages.replies.statement import statement
from stages.scorers.controls import AtRandom, Truncation
from stages.scorers.models import Weights
from stages.scorers.scorer import Scorer, Thought
from stages.scorers.self_information import SelfInformation
from stages.scorers.steps import AnswerPerplexity, StepEntropy, StepSurprisal

MODEL = Weights(model=".cache/real/SmolLM2-135M-Instruct", device="cpu")
POCKET = Weights(model="data/pocket", device="cpu")
GRAINS: tuple[Grain, Grain] = ("words", "formulas")
RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5)
OF_EACH = {"qwen2.5-math_100x8.jsonl": 5, "r1_traces_ollama.json": 3, "r1_traces_openrouter.json": 2}


@dataclass(frozen=True)
class Chain:
    """A chain of thought that arrives at its answer."""

    model: str
    question: str
    reasoning: str
    answer: str


@dataclass(frozen=True)
class CutChain:
    """What is left of one."""

    units: Units
    choice: Choice

    @property
    def text(self) -> str:
        """Return it as a row has it."""
        spans = without(self.units.kept(self.choice.keep), box_wrappers(self.units.text))
        return "".join(self.units.text[begin:end] for begin, end in spans)

    @property
    def share(self) -> float:
        """Return what is left of the words, numbers and signs."""
        kept = zip(self.units.sizes, self.choice.keep, strict=True)
        return sum(size for size, stays in kept if stays) / self.units.size


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("table", "show", "ratios", "recheck"))
    parser.add_argument("number", nargs="?", type=int, default=0, help="which of the ten")
    parser.add_argument("--ratio", type=float, default=0.5)
    parser.add_argument("--signs", type=int, default=600)
    parser.add_argument("--chains", type=int, default=96, help="so many are checked again")
    parser.add_argument("--real", action="store_true", help="check real chains again")
    options = parser.parse_args()
    {"table": table, "show": show, "ratios": ratios, "recheck": recheck}[options.what](options)


def table(options: argparse.Namespace) -> None:
    """Print of each of the ten what becomes of its formulas."""
    told = list(ten())
    print("| # | chain | words, numbers, signs | formulas | broken, of those left: words alone | whole units | share |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    alone, whole = (cut(told, AtRandom(), options.ratio, grain) for grain in GRAINS)
    for number, (chain, words, units) in enumerate(zip(told, alone, whole, strict=True)):
        cells = [f"{units.units.size:,}", f"{Counter(formulas(unboxed(chain.reasoning))).total()}"]
        cells += [_broken(chain, words), _broken(chain, units), f"{units.share:.2f}"]
        print(f"| {number} | {chain.model} | {' | '.join(cells)} |")


def show(options: argparse.Namespace) -> None:
    """Print the beginning of one of the ten, whole and cut both ways."""
    chain = list(ten())[options.number]
    print(f"--- {chain.model}\n{chain.reasoning[: options.signs]}")
    for name, grain in zip(("words alone", "whole units"), GRAINS, strict=True):
        (left,) = cut([chain], SelfInformation(weights=MODEL), options.ratio, grain)
        print(f"--- {name}, {left.share:.2f}\n{left.text[: options.signs]}")


def ratios(options: argparse.Namespace) -> None:
    """Print how many of the 96 miss each ratio."""
    told = list(qwen())
    for name, scorer in (("random", AtRandom()), ("truncation", Truncation())):
        missed = {at: sum(not left.choice.reachable for left in cut(told, scorer, at, "formulas")) for at in RATIOS}
        print(f"{name}: of {len(told)} chains miss their ratio: {missed}")


def recheck(options: argparse.Namespace) -> None:
    """Print how likely the answer is after whole chains, cut ones, and none."""
    told = list(islice(qwen() if options.real else pocket(), options.chains))
    weights = MODEL if options.real else POCKET
    surprisal = SelfInformation(weights=weights)
    steps: Grain = "paragraphs" if options.real else "lines"
    ways: list[tuple[str, Scorer | None, Grain]] = [
        ("the whole chain", None, "formulas"),
        ("formulas whole, by surprisal", surprisal, "formulas"),
        ("words alone, by surprisal", surprisal, "words"),
        ("formulas whole, at random", AtRandom(), "formulas"),
        ("formulas whole, the end cut off", Truncation(), "formulas"),
        ("steps, by entropy", StepEntropy(weights=weights), steps),
        ("steps, by first surprisal", StepSurprisal(weights=weights), steps),
        ("steps, by the answer's perplexity", AnswerPerplexity(weights=weights), steps),
        ("steps, at random", AtRandom(), steps),
        ("steps, the end cut off", Truncation(), steps),
    ]
    print("| after | words kept | likelihood, mean | median | at least 0.5 |\n|---|---:|---:|---:|---:|")
    for name, scorer, grain in ways:
        left = cut(told, scorer, options.ratio, grain) if scorer else []
        texts = [one.text for one in left] or [chain.reasoning for chain in told]
        _print(name, fmean([one.share for one in left] or [1.0]), likelihoods(told, texts, weights))
    _print("another problem's chain", 1.0, likelihoods(told, [it.reasoning for it in told[-1:] + told[:-1]], weights))
    _print("no chain", 0.0, likelihoods(told, [""] * len(told), weights))


def _print(name: str, share: float, found: Sequence[float]) -> None:
    cells = [f"{share:.2f}", f"{fmean(found):.3f}", f"{median(found):.3f}"]
    print(f"| {name} | {' | '.join(cells)} | {sum(it >= 0.5 for it in found)} of {len(found)} |", flush=True)


def likelihoods(told: Sequence[Chain], texts: Sequence[str], weights: Weights) -> list[float]:
    """Return how likely each answer is after a text."""
    rows = [
        {"prompt": Template().turns(chain.question), "reply": f"{text}\n\n{statement(chain.answer)}"}
        for chain, text in zip(told, texts, strict=True)
    ]
    stage = RecheckAnswer(by=AnswerLikelihood(weights=weights, min_likelihood=0.0))
    made = stage(from_rows(rows, (PROMPT, REPLY, REASONING, ANSWER))).to_pylist()
    return [row["measures"][0]["value"] for row in made]


def cut(told: Sequence[Chain], scorer: Scorer, ratio: float, grain: Grain) -> list[CutChain]:
    """Cut chains to a ratio."""
    thoughts = [Thought(chain.question, read_units(chain.reasoning, grain), chain.answer) for chain in told]
    return [
        CutChain(it.units, exactly(list(scores), it.units.sizes, ratio, it.units.numbers))
        for it, scores in zip(thoughts, scorer.score(thoughts), strict=True)
    ]


def ten() -> Iterator[Chain]:
    """Yield five chains of Qwen2.5-Math and five of DeepSeek-R1."""
    yield from islice(qwen(), OF_EACH["qwen2.5-math_100x8.jsonl"])
    for name in ("r1_traces_ollama.json", "r1_traces_openrouter.json"):
        rows = json.loads((FOLDER / name).read_text("utf-8"))
        for row in rows[: OF_EACH[name]]:
            yield Chain("DeepSeek-R1", row["problem"], row["message_thinking"], row["gtruth_answer"])


def qwen() -> Iterator[Chain]:
    """Yield the first correct sample of each problem (hkust-nlp/simpleRL-reason, MIT)."""
    for line in (FOLDER / "qwen2.5-math_100x8.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        code = next((code for code, right in zip(row["code"], row["score"], strict=True) if right), None)
        if code:
            yield Chain("Qwen2.5-Math", row["question"], parts_of(code, row["gt"]).reasoning.rstrip(), row["gt"])


def pocket() -> Iterator[Chain]:
    """Yield long chains of held-out problems of the pocket world, in turns of its tasks."""
    for number in count():
        for name, task in POCKET_TASKS.items():
            draw = Random(f"{name} {number}")
            problem = sample(task, draw, "held_out", task.difficulties)
            yield Chain(
                name, problem.question, long_reasoning(VOICES[name], problem, draw, draw.randint(1, 3)), problem.gold
            )


def _broken(chain: Chain, left: CutChain) -> str:
    kept = Counter(formulas(left.text))
    return f"{(kept - Counter(formulas(unboxed(chain.reasoning)))).total()} of {kept.total()}"


if __name__ == "__main__":
    main()
