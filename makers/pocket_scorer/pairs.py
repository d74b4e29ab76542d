"""A long chain of thought of the pocket world beside a shorter one of the same problem, drawn without end."""

from random import Random
from typing import Any

import torch

from makers.pocket.lessons import Subject, subject
from makers.pocket.reasoning import long_reasoning, steps_reasoning
from makers.pocket_scorer.alignment import kept_tokens

IGNORED = -100
SHORTER = ("concise", "steps", "told", "unchecked")
WEIGHTS = (5, 2, 2, 1)
"""How often the shorter version is concise, the bare steps, the steps in words, or all but the checks: what most of
them keep comes to score highest."""


def pair(rng: Random, task: str | None = None) -> tuple[str, str]:
    """Draw a long reasoning and a shorter version of it."""
    it = subject(rng, len, task)
    checks = rng.randint(0, 4)
    return long_reasoning(it.voice, it.problem, rng, checks), _shorter(it, rng)


def _shorter(it: Subject, rng: Random) -> str:
    how = rng.choices(SHORTER, WEIGHTS)[0]
    if how == "concise":
        return it.voice.concise(it.problem)
    if how == "steps":
        return steps_reasoning(it.problem.steps)
    told = "\n".join(it.voice.elaborate(it.problem))
    return told if how == "told" else "\n\n".join((" ".join(it.voice.opening(it.problem)), told))


def labelled(tokenizer: Any, rng: Random, length: int) -> tuple[list[int], list[int]]:
    """Draw the tokens of a long reasoning, at most `length` of them, and whether a shorter version kept each."""
    long, short = pair(rng)
    ids = tokenizer(long, add_special_tokens=False)["input_ids"][:length]
    shorter = tokenizer(short, add_special_tokens=False)["input_ids"]
    kept = kept_tokens([tokenizer.decode([one]) for one in ids], [tokenizer.decode([one]) for one in shorter])
    return ids, [int(one) for one in kept]


class Batches(torch.utils.data.Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The batch of every step: token ids and labels, a function of seed and step."""

    def __init__(self, tokenizer: Any, seed: int, rows: int, length: int) -> None:
        self.tokenizer, self.seed, self.rows, self.length = tokenizer, seed, rows, length

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = Random(f"{self.seed} {step}")
        drawn = [labelled(self.tokenizer, rng, self.length) for _ in range(self.rows)]
        width = max(len(ids) for ids, _ in drawn)
        ids = torch.full((self.rows, width), self.tokenizer.pad_token_id)
        labels = torch.full((self.rows, width), IGNORED)
        for row, (tokens, kept) in enumerate(drawn):
            ids[row, : len(tokens)], labels[row, : len(kept)] = torch.tensor(tokens), torch.tensor(kept)
        return ids, labels
