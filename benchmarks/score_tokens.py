"""How fast chains of thought are scored, beside the obvious loop: one text at a time through the same checkpoint.

    python -m benchmarks.score_tokens                # pocket classifier, a model of mBERT's size, lines, and long texts
    python -m benchmarks.score_tokens --only pocket --rounds 3

Both sides read the same windows and are run in processes of their own, one after another and in alternating order; of
several rounds the one with the middle ratio is told.
What they keep by the percentile rule is compared, and must be the same.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real_traces import LONG, plain, token_skip
from stages.cutting.percentile import by_percentile
from stages.cutting.units import pieces_of
from stages.scorers.llmlingua2 import KEEP, LLMLingua2
from stages.scorers.models import Weights
from stages.scorers.scorer import Scores, Thought, pooled
from stages.scorers.windows import windows

POCKET = "data/pocket_scorer"
SIDES = ("ours", "loop")
ROWS = {"pocket": 2000, "lines": 2000, "mbert": 24}
SHAPES = ((1, 16), (1, 64), (1, 510), (8, 510), (32, 128), (64, 64), (256, 16))
"""Rows and tokens of a batch."""
SQUARE = 1024
LENGTHS = (2000, 4000, 8000, 16000, 32000)
"""Tokens of one text, for the growth with its length."""


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("pocket", "lines", "mbert", "long", "shapes"))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(side(*options.side)))
        return
    if options.only in (None, "pocket"):
        compare("pocket", POCKET, options.rounds)
    if options.only in (None, "lines"):
        compare("lines", POCKET, options.rounds)
    if options.only in (None, "mbert"):
        with tempfile.TemporaryDirectory() as folder:
            compare("mbert", large(Path(folder)), options.rounds)
    if options.only in (None, "long"):
        growth()
    if options.only in (None, "shapes"):
        shapes()


def compare(name: str, model: str, rounds: int) -> None:
    """Print the speed and memory of both sides, and how often they keep the same."""
    found = [_round(name, model, SIDES[:: 1 if at % 2 == 0 else -1]) for at in range(rounds)]
    found.sort(key=_ratio)
    middle = found[rounds // 2]
    ours, loop = middle["ours"], middle["loop"]
    same = sum(one == other for one, other in zip(ours["kept"], loop["kept"], strict=True))
    for which in SIDES:
        told = middle[which]
        print(f"{name}: {which}: {told['rows'] / told['seconds']:.1f} rows/s, peak {told['mib']:,.0f} MiB")
    ratios = ", ".join(f"{_ratio(it):.2f}" for it in found)
    print(f"{name}: {ratios} times the loop; same kept set {same:,} of {ours['rows']:,}")


def _round(name: str, model: str, order: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {which: _process(which, name, model) for which in order}


def _ratio(sides: dict[str, dict[str, Any]]) -> float:
    return float(sides["loop"]["seconds"] / sides["ours"]["seconds"])


def growth() -> None:
    """Print how the time for one text grows with its length."""
    scorer, words = LLMLingua2(weights=Weights(model=POCKET)), cycle(" ".join(texts_of("pocket")[:200]).split(" "))
    scorer.score([_thought("warm")])
    reader = scorer.weights.load("classifier")
    for length in LENGTHS:
        text = " ".join(islice(words, length))
        (ids,), _ = reader.encode([text])
        text = reader.tokenizer.decode(ids[:length])
        began = time.perf_counter()
        scorer.score([_thought(text)])
        seconds = time.perf_counter() - began
        print(f"long: {length:,} tokens: {seconds:.2f} s, {1e6 * seconds / length:.0f} µs a token")


def shapes() -> None:
    """Print what a token costs on one core in batches of several shapes, and how much of the core that uses."""
    import torch

    torch.set_num_threads(1)
    model = Weights(model=POCKET).load("classifier").model
    square = torch.randn(SQUARE, SQUARE)
    most = 2 * SQUARE**3 / _cpu_seconds(lambda: square @ square, 20)
    print(f"shapes: a product of two matrices of {SQUARE} x {SQUARE}: {most / 1e9:.0f} GFLOP/s")
    for rows, length in SHAPES:
        ids = torch.randint(5, 900, (rows, length))
        with torch.inference_mode():
            spent = _cpu_seconds(lambda given: model(input_ids=given), max(2, 8000 // ids.numel()), ids) / ids.numel()
        used = _flops(model, length) / spent
        print(f"shapes: {rows} x {length}: {1e6 * spent:.1f} µs of CPU a token, {used / 1e9:.0f} GFLOP/s")


def _cpu_seconds(work: Callable[..., object], rounds: int, *given: object) -> float:
    """Return the CPU time of one round, after a first that is not counted."""
    work(*given)
    began = time.process_time()
    for _ in range(rounds):
        work(*given)
    return (time.process_time() - began) / rounds


def _flops(model: Any, length: int) -> int:
    """Return the floating-point operations of one token in a text of `length`: all weights once, and the attention."""
    weights = sum(it.numel() for name, it in model.named_parameters() if "embed" not in name)
    told = model.config
    return int(2 * weights + 4 * length * told.hidden_size * told.num_hidden_layers)


def side(which: str, name: str, model: str) -> dict[str, object]:
    """Score in this process; return what it took and what the percentile rule keeps."""
    thoughts = [_thought(text) for text in texts_of(name)]
    scorer = LLMLingua2(weights=Weights(model=model))
    run = scorer.score if which == "ours" else lambda given: one_by_one(scorer, given)
    run(thoughts[:2])
    began = time.perf_counter()
    found = run(thoughts)
    seconds = time.perf_counter() - began
    kept = [_kept(scores) for scores in found]
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": len(thoughts), "seconds": seconds, "mib": mib, "kept": kept}


def one_by_one(scorer: LLMLingua2, thoughts: Sequence[Thought]) -> list[Scores]:
    """Score as a plain script does: a text and a window at a time."""
    import torch

    reader = scorer.weights.load("classifier")
    scored = []
    for thought in thoughts:
        (ids,), (offsets,) = reader.encode([thought.units.text])
        before, after = reader.surround()
        size = min(scorer.window, reader.longest - len(before) - len(after))
        found = np.zeros(len(ids))
        for it in windows([len(ids)], size, scorer.context, scorer.context):
            tokens = torch.tensor([[*before, *ids[it.begin : it.end], *after]])
            with torch.no_grad():
                row = reader.model(input_ids=tokens).logits.softmax(-1)[0, :, KEEP].double().numpy()[len(before) :]
            found[it.first : it.last] = row[it.first - it.begin : it.last - it.begin]
        scored.append(pooled(thought.units, offsets, found, "mean"))
    return scored


def large(folder: Path) -> str:
    """Write a classifier of multilingual BERT's size with random weights and the pocket tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

    torch.manual_seed(0)
    BertForTokenClassification(BertConfig(vocab_size=119_547, id2label={0: "leave_out", 1: "keep"})).save_pretrained(
        folder
    )
    AutoTokenizer.from_pretrained("data/pocket").save_pretrained(folder)
    return str(folder)


def _process(which: str, name: str, model: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.score_tokens", "--side", which, name, model]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def texts_of(name: str) -> list[str]:
    """Return the chains of a comparison; for `lines` their single lines, so short that overhead is what they cost."""
    chains = [trace.reply for trace in (*token_skip(LONG), *plain())]
    found = [line for text in chains for line in text.splitlines() if line.strip()] if name == "lines" else chains
    return found[: ROWS[name]]


def _thought(text: str) -> Thought:
    return Thought("", pieces_of(text), None)


def _kept(scores: Scores) -> list[int]:
    return [at for at, keep in enumerate(by_percentile(list(scores), [1] * len(scores), 0.5)) if keep]


if __name__ == "__main__":
    main()
