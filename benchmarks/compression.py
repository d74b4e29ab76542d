"""What each scorer keeps of real chains of thought, beside the short ones a TokenSkip-tuned model wrote.

    python -m benchmarks.compression [--ratio 0.5] [--rows 1319]

The table goes to docs/methods/token_skip.md.
"""

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.real_traces import LONG, SHORT, Trace, token_skip
from stages.cutting.choose_units import exactly
from stages.cutting.units import pieces_of, units_of
from stages.replies.answer_segment import parts_of
from stages.scorers.conditional import Conditional
from stages.scorers.controls import AtRandom, Truncation
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import Weights
from stages.scorers.scorer import Scorer, Thought
from stages.scorers.self_information import SelfInformation
from stages.tokens import load_tokenizer

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SCORERS: Sequence[tuple[str, Scorer, bool]] = (
    ("llmlingua2, pocket classifier", LLMLingua2(weights=Weights(model="data/pocket_scorer")), True),
    ("self_information, pocket model", SelfInformation(weights=Weights(model="data/pocket")), True),
    ("conditional, pocket model", Conditional(weights=Weights(model="data/pocket")), True),
    ("random, protected alike", AtRandom(), True),
    ("random", AtRandom(), False),
    ("truncation", Truncation(), False),
)


@dataclass(frozen=True)
class Pair:
    """A long chain of thought and the words of the short one of the same question."""

    question: str
    reasoning: str
    answer: str
    short: Counter[str]

    def thought(self, protect: bool) -> Thought:
        """Return the long one in whole units, or in words and signs alone."""
        units = units_of(self.reasoning) if protect else pieces_of(self.reasoning)
        return Thought(self.question, units, self.answer)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratio", type=float, default=0.5)
    parser.add_argument("--rows", type=int, default=1319)
    options = parser.parse_args()
    pairs = [_pair(*both) for both in zip(token_skip(LONG), token_skip(SHORT), strict=True) if both[0].correct]
    pairs = pairs[: options.rows]
    print(f"{len(pairs):,} correct chains of thought, ratio {options.ratio}")
    print("| scorer | units kept | tokens kept | unreachable | numbers kept | overlap with the published short one |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, scorer, protect in SCORERS:
        print(_row(name, scorer, pairs, options.ratio, protect))


def _pair(long: Trace, short: Trace) -> Pair:
    if long.question != short.question:
        raise ValueError("the files are not of the same questions in the same order")
    reasoning = parts_of(long.reply, long.answer).reasoning
    return Pair(long.question, reasoning, long.answer, _words(parts_of(short.reply, long.answer).reasoning))


def _row(name: str, scorer: Scorer, pairs: Sequence[Pair], ratio: float, protect: bool) -> str:
    words = load_tokenizer("words")
    kept, tokens, numbers, overlap, unreachable = [], [], [], [], 0
    thoughts = [pair.thought(protect) for pair in pairs]
    for pair, thought, scores in zip(pairs, thoughts, scorer.score(thoughts), strict=True):
        units = thought.units
        choice = exactly(list(scores), units.sizes, ratio, units.numbers)
        text = "".join(units.text[begin:end] for begin, end in units.kept(choice.keep))
        unreachable += not choice.reachable
        kept.append(sum(size for size, stays in zip(units.sizes, choice.keep, strict=True) if stays) / units.size)
        tokens.append(words.count([text])[0] / words.count([units.text])[0])
        numbers.append(_share(Counter(NUMBER.findall(text)), Counter(NUMBER.findall(units.text))))
        overlap.append(_f1(_words(text), pair.short))
    cells = [f"{fmean(kept):.3f}", f"{fmean(tokens):.3f}", f"{unreachable:,}", f"{fmean(numbers):.1%}"]
    return f"| {name} | {' | '.join(cells)} | {fmean(overlap):.3f} |"


def _words(text: str) -> Counter[str]:
    return Counter(text[begin:end].lower() for begin, end in pieces_of(text).spans)


def _share(part: Counter[str], whole: Counter[str]) -> float:
    return (part & whole).total() / whole.total() if whole else 1.0


def _f1(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())


if __name__ == "__main__":
    main()
