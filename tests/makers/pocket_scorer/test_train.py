"""The scorer that the repository holds, as the script wrote it."""

from pathlib import Path
from random import Random

from safetensors.torch import load_file

from data.tasks.every import POCKET
from data.tasks.generate import generate
from makers.pocket.reasoning import long_reasoning
from makers.pocket.voices.every import VOICES
from makers.pocket_scorer.alignment import kept_tokens
from stages.cutting.choose_units import exactly
from stages.cutting.units import Units, pieces_of
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import Weights
from stages.scorers.scorer import Thought

SCORER = Path(__file__).parents[3] / "data" / "pocket_scorer"
CHAINS = 6
"""Of each task."""


def test_the_scorer_has_one_to_two_million_parameters_in_at_most_four_megabytes() -> None:
    parameters = sum(tensor.numel() for tensor in load_file(SCORER / "model.safetensors").values())

    assert 1_000_000 <= parameters <= 2_000_000
    assert sum(file.stat().st_size for file in SCORER.iterdir()) <= 4_000_000


def test_the_scorer_knows_on_held_out_problems_what_a_concise_chain_keeps() -> None:
    right = said = wanted = survived = 0
    scorer = LLMLingua2(weights=Weights(model=str(SCORER)))
    drawn = [pair for task in POCKET for pair in pairs(task)]
    for (_, kept), scores in zip(drawn, scorer.score([thought for thought, _ in drawn]), strict=True):
        half = exactly(list(scores), [1] * len(kept), 0.5, [False] * len(kept)).keep
        right += sum(score > 0.5 and keep for score, keep in zip(scores, kept, strict=True))
        survived += sum(stays and keep for stays, keep in zip(half, kept, strict=True))
        said, wanted = said + int((scores > 0.5).sum()), wanted + sum(kept)

    assert 2 * right / (said + wanted) > 0.5
    assert survived / wanted > 0.85


def pairs(task: str) -> list[tuple[Thought, list[bool]]]:
    """Long chains of a task, and which of their units the concise chain of the same problem keeps."""
    found = []
    for number, problem in enumerate(generate(task, count=CHAINS, seed=5, split="held_out")):
        units = pieces_of(long_reasoning(VOICES[task], problem, Random(number), 2))
        kept = kept_tokens(words(units), words(pieces_of(VOICES[task].concise(problem))))
        found.append((Thought(problem.question, units, problem.gold), kept))
    return found


def words(units: Units) -> list[str]:
    return [units.text[begin:end] for begin, end in units.spans]
