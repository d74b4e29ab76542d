"""Measure the pocket scorer on held-out problems: `python -m benchmarks.pocket_scorer` prints what docs/pocket.md says.

F1 is of the labels of units at probability one half. The curve tells how much of what a concise version keeps survives
at each ratio, beside words left out at random and by the pocket model's surprisal; formulas are not whole here, and
numbers not protected.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

from data.tasks.every import POCKET
from data.tasks.generate import sample
from makers.pocket.lessons import Subject
from makers.pocket.reasoning import long_reasoning
from makers.pocket.voices.every import VOICES
from makers.pocket_scorer.alignment import kept_tokens
from stages.cutting.choose_units import exactly
from stages.cutting.units import Units, pieces_of
from stages.scorers.conditional import Conditional
from stages.scorers.controls import AtRandom
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import Weights
from stages.scorers.scorer import Scorer, Scores, Thought
from stages.scorers.self_information import SelfInformation

ROWS = 400
RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
SCORERS: dict[str, Scorer] = {
    "pocket classifier": LLMLingua2(weights=Weights(model="data/pocket_scorer")),
    "self_information": SelfInformation(weights=Weights(model="data/pocket")),
    "conditional": Conditional(weights=Weights(model="data/pocket")),
    "by lot": AtRandom(),
}


def main() -> None:
    """Print F1 by task and the curve."""
    drawn = [_drawn(task, at) for task in POCKET for at in range(ROWS // len(POCKET))]
    scores = {name: scorer.score([thought for _, thought, _ in drawn]) for name, scorer in SCORERS.items()}
    for task in (*POCKET, None):
        at = [number for number, (name, _, _) in enumerate(drawn) if task in (None, name)]
        found = np.concatenate([scores["pocket classifier"][number] > 0.5 for number in at])
        print(f"{task or 'all'}: F1 {_f1(found, np.concatenate([drawn[number][2] for number in at])):.3f}")
    print("| ratio | " + " | ".join(SCORERS) + " |\n|---|" + "---:|" * len(SCORERS))
    for ratio in RATIOS:
        cells = [f"{_survives(drawn, scores[name], ratio):.1%}" for name in SCORERS]
        print(f"| {ratio} | {' | '.join(cells)} |")


def _drawn(name: str, number: int) -> tuple[str, Thought, Any]:
    """Return a long reasoning of a held-out problem and which of its units the concise version keeps."""
    rng, task = Random(f"{name} {number}"), POCKET[name]
    problem = sample(task, rng, "held_out", task.difficulties)
    it = Subject(task, VOICES[name], problem, rng, len)
    units = pieces_of(long_reasoning(it.voice, problem, rng, rng.randint(1, 3)))
    concise = pieces_of(it.voice.concise(problem))
    kept = kept_tokens(_texts(units), _texts(concise))
    return name, Thought(problem.question, units, problem.gold), np.array(kept)


def _texts(units: Units) -> list[str]:
    return [units.text[begin:end] for begin, end in units.spans]


def _survives(drawn: Sequence[tuple[str, Thought, Any]], scores: Sequence[Scores], ratio: float) -> float:
    shares = []
    for (_, _, wanted), found in zip(drawn, scores, strict=True):
        keep = np.array(exactly(list(found), [1] * len(found), ratio, [False] * len(found)).keep)
        shares.append((keep & wanted).sum() / max(1, wanted.sum()))
    return float(np.mean(shares))


def _f1(found: Any, wanted: Any) -> float:
    return float(2 * (found & wanted).sum() / max(1, found.sum() + wanted.sum()))


if __name__ == "__main__":
    main()
