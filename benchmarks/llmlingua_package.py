"""Chains of thought cut to half by us and by the llmlingua package, same checkpoint, same texts, in one run.

    python -m venv PEER && PEER/bin/pip install torch==2.13.0 llmlingua==0.2.2 litellm
    python -m benchmarks.llmlingua_package PEER/bin/python --rounds 3    # speed and memory
    python -m benchmarks.llmlingua_package PEER/bin/python --only rule   # our percentile rule on what theirs was given

Each side runs in a process of its own, in alternating order. The package knows a checkpoint by its name and by mBERT's
special tokens: it is given a copy with those. It takes each token of the pocket tokenizer for a word; what is kept
is therefore not compared. litellm is there for the vocabulary of GPT-3.5 that it ships, which the package would fetch.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.load.peer_llmlingua import RATE, WARM
from benchmarks.score_tokens import POCKET, ROWS, large, texts_of
from stages.cutting.percentile import Force, by_percentile, kept_of
from stages.cutting.units import pieces_of
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import Weights
from stages.scorers.scorer import Thought

PEER = "benchmarks/load/peer_llmlingua.py"
NAMES = {"<|begin|>": "[CLS]", "<|end|>": "[SEP]", "<|pad|>": "[PAD]"}
RULED = 100
"""Chains whose kept words are compared."""
SIDES = ("ours", "one", "list")
"""Ours; the package with a text a call, as TokenSkip's script has it; the package with all texts in one call."""


def main() -> None:
    """Measure, or be our side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python", help="the interpreter of the package's environment")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=(*ROWS, "rule"))
    parser.add_argument("--texts", type=int, default=RULED, help="chains whose kept words are compared")
    parser.add_argument("--ours", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        print(json.dumps(ours(*options.ours)))
        return
    for name in [options.only] if options.only else (*ROWS, "rule"):
        with tempfile.TemporaryDirectory() as folder:
            if name == "rule":
                rule(options.python, Path(folder), options.texts)
            else:
                compare(name, options.python, Path(folder), options.rounds)


def compare(name: str, python: str, folder: Path, rounds: int) -> None:
    """Print the speed and memory of the three, of the round with the middle ratio."""
    model = large(folder / "large") if name == "mbert" else POCKET
    given = folder / "texts.json"
    given.write_text(json.dumps(texts_of(name)))
    known = named(model, folder / "bert-base-multilingual-cased")
    commands = {
        "ours": [sys.executable, "-m", "benchmarks.llmlingua_package", python, "--ours", model, str(given)],
        **{how: [python, PEER, known, str(given), how] for how in ("one", "list")},
    }
    found = [_round(commands, SIDES[:: 1 if at % 2 == 0 else -1]) for at in range(rounds)]
    found.sort(key=_ratio)
    for which, told in found[rounds // 2].items():
        print(f"{name}: {which}: {told['rows'] / told['seconds']:.1f} rows/s, peak {told['mib']:,.0f} MiB")
    print(f"{name}: {', '.join(f'{_ratio(it):.2f}' for it in found)} times the faster of the package's two")


def rule(python: str, folder: Path, count: int) -> None:
    """Print how often our percentile rule keeps the words that the package keeps, given the package's own numbers."""
    given = folder / "texts.json"
    given.write_text(json.dumps(texts_of("pocket")[:count]))
    known = named(POCKET, folder / "bert-base-multilingual-cased")
    done = subprocess.run([python, PEER, known, str(given), "rule"], check=True, stdout=subprocess.PIPE, text=True)
    compared: dict[str, list[int]] = {}
    for told in json.loads(done.stdout.splitlines()[-1]):
        force = Force(**{**told["options"], "force_tokens": tuple(told["options"].get("force_tokens", ()))})
        words, tokens, kept = iter(told["words"]), iter(told["tokens"]), iter(told["kept"])
        counts = compared.setdefault(", ".join(told["options"]) or "no options", [0, 0, 0])
        for scores in told["chunks"]:
            own, weights, theirs = (list(islice(column, len(scores))) for column in (words, tokens, kept))
            counts[0] += kept_of(own, scores, weights, told["rate"], force) == tuple(theirs)
            counts[1] += 1
            counts[2] += len(scores)
    for options, (same, chunks, words_read) in compared.items():
        print(
            f"rule: {options}: the same words kept in {same:,} of {chunks:,} chunks, {words_read:,} words, five rates"
        )


def ours(model: str, path: str) -> dict[str, float]:
    """Score and cut in this process; return what it took."""
    thoughts = [Thought("", pieces_of(text), None) for text in json.loads(Path(path).read_text())]
    scorer = LLMLingua2(weights=Weights(model=model))
    scorer.score(thoughts[:WARM])
    began = time.perf_counter()
    for scores in scorer.score(thoughts):
        by_percentile(list(scores), [1] * len(scores), RATE)
    seconds = time.perf_counter() - began
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": len(thoughts), "seconds": seconds, "mib": mib}


def named(model: str, folder: Path) -> str:
    """Write a copy of a checkpoint whose special tokens and folder have the names that the package looks for."""
    shutil.copytree(model, folder)
    for path in folder.glob("tokenizer*.json"):
        text = path.read_text()
        for own, wanted in NAMES.items():
            text = text.replace(own, wanted)
        path.write_text(text)
    return str(folder)


def _round(commands: dict[str, list[str]], order: Sequence[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for which in order:
        done = subprocess.run(commands[which], check=True, stdout=subprocess.PIPE, text=True)
        found[which] = dict(json.loads(done.stdout.splitlines()[-1]))
    return {which: found[which] for which in SIDES}


def _ratio(sides: dict[str, dict[str, Any]]) -> float:
    return float(min(sides["one"]["seconds"], sides["list"]["seconds"]) / sides["ours"]["seconds"])


if __name__ == "__main__":
    main()
