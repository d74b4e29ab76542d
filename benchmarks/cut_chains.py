"""Real chains of thought before and after TokenSkip: which formulas survive, which ratios are reached, what is checked.

    python -m benchmarks.cut_chains table                    # ten chains cut to half, by words alone and by whole units
    python -m benchmarks.cut_chains show NUMBER [--signs N]  # one of them, before and after
    python -m benchmarks.cut_chains ratios                   # rows that miss their ratio, of 96 chains of Qwen2.5-Math
    python -m benchmarks.cut_chains recheck                  # the answer's likelihood after each way to cut those

`show` and `recheck` score by the surprisal of SmolLM2-135M-Instruct (`make real` makes it), which also checks again;
`table` and `ratios` at random. What they print goes to docs/methods/token_skip.md.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean, median

from benchmarks.formula_reader import formulas, unboxed
from benchmarks.real_traces import FOLDER
from data.columns import ANSWER, PROMPT, REASONING, REPLY
from data.prompts.template import Template
from data.table import from_rows
from stages.cutting.choose_units import Choice, exactly
from stages.cutting.cut_spans import without
from stages.cutting.recheck import AnswerLikelihood, RecheckAnswer
from stages.cutting.units import Units, pieces_of, units_of
from stages.replies.answer_segment import box_wrappers, parts_of
from stages.replies.statement import statement
from stages.scorers.controls import AtRandom, Truncation
from stages.scorers.models import Weights
from stages.scorers.scorer import Scorer, Thought
from stages.scorers.self_information import SelfInformation

MODEL = Weights(model=".cache/real/SmolLM2-135M-Instruct", device="cpu")
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
    options = parser.parse_args()
    {"table": table, "show": show, "ratios": ratios, "recheck": recheck}[options.what](options)


def table(options: argparse.Namespace) -> None:
    """Print of each of the ten what becomes of its formulas."""
    told = list(ten())
    print("| # | chain | words, numbers, signs | formulas | broken, of those left: words alone | whole units | share |")
    print("|---:|---|---:|---:|---:|---:|---:|")
    alone, whole = (cut(told, AtRandom(), options.ratio, protect) for protect in (False, True))
    for number, (chain, words, units) in enumerate(zip(told, alone, whole, strict=True)):
        cells = [f"{units.units.size:,}", f"{Counter(formulas(unboxed(chain.reasoning))).total()}"]
        cells += [_broken(chain, words), _broken(chain, units), f"{units.share:.2f}"]
        print(f"| {number} | {chain.model} | {' | '.join(cells)} |")


def show(options: argparse.Namespace) -> None:
    """Print the beginning of one of the ten, whole and cut both ways."""
    chain = list(ten())[options.number]
    print(f"--- {chain.model}\n{chain.reasoning[: options.signs]}")
    for name, protect in (("words alone", False), ("whole units", True)):
        (left,) = cut([chain], SelfInformation(weights=MODEL), options.ratio, protect)
        print(f"--- {name}, {left.share:.2f}\n{left.text[: options.signs]}")


def ratios(options: argparse.Namespace) -> None:
    """Print how many of the 96 miss each ratio."""
    told = list(qwen())
    for name, scorer in (("random", AtRandom()), ("truncation", Truncation())):
        missed = {at: sum(not left.choice.reachable for left in cut(told, scorer, at, True)) for at in RATIOS}
        print(f"{name}: of {len(told)} chains miss their ratio: {missed}")


def recheck(options: argparse.Namespace) -> None:
    """Print how likely the answer is after whole chains, cut ones, and none."""
    told = list(islice(qwen(), options.chains))
    surprisal = SelfInformation(weights=MODEL)
    ways = {
        "the whole chain": [chain.reasoning for chain in told],
        "whole units, 0.5": _texts(cut(told, surprisal, 0.5, True)),
        "words alone, 0.5": _texts(cut(told, surprisal, 0.5, False)),
        "random units, 0.5": _texts(cut(told, AtRandom(), 0.5, True)),
        "the end cut off, 0.5": _texts(cut(told, Truncation(), 0.5, True)),
        "another problem's chain": [told[at - 1].reasoning for at in range(len(told))],
        "no chain": ["" for _ in told],
    }
    print("| after | likelihood, mean | median | at least 0.5 |\n|---|---:|---:|---:|")
    for name, texts in ways.items():
        found = likelihoods(told, texts)
        print(
            f"| {name} | {fmean(found):.3f} | {median(found):.3f} | {sum(it >= 0.5 for it in found)} of {len(found)} |"
        )


def likelihoods(told: Sequence[Chain], texts: Sequence[str]) -> list[float]:
    """Return how likely each answer is after a text."""
    rows = [
        {"prompt": Template().turns(chain.question), "reply": f"{text}\n\n{statement(chain.answer)}"}
        for chain, text in zip(told, texts, strict=True)
    ]
    stage = RecheckAnswer(by=AnswerLikelihood(weights=MODEL, min_likelihood=0.0))
    made = stage(from_rows(rows, (PROMPT, REPLY, REASONING, ANSWER))).to_pylist()
    return [row["measures"][0]["value"] for row in made]


def cut(told: Sequence[Chain], scorer: Scorer, ratio: float, protect: bool) -> list[CutChain]:
    """Cut chains to a ratio."""
    read = units_of if protect else pieces_of
    thoughts = [Thought(chain.question, read(chain.reasoning), chain.answer) for chain in told]
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


def _texts(left: Sequence[CutChain]) -> list[str]:
    return [one.text for one in left]


def _broken(chain: Chain, left: CutChain) -> str:
    kept = Counter(formulas(left.text))
    return f"{(kept - Counter(formulas(unboxed(chain.reasoning)))).total()} of {kept.total()}"


if __name__ == "__main__":
    main()
