"""TokenSkip on a real model: does SmolLM2-135M-Instruct, trained on cut chains, think as long as it is asked to?

    python -m benchmarks.real_token_skip [--rows 300] [--problems 200]

Real chains of thought on GSM8K (a TokenSkip-tuned Qwen2.5-7B asked for all, zsq259/TokenSkip) are cut to 0.7 and 0.5 by
the model's own surprisal, and, as controls, by lot and by truncation; each makes an adapter, which is asked for every
ratio on problems of another split, beside the base as it is and asked in words. Resumable; takes hours on two cores.
The result stands in docs/real_models.md.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.methods import flows
from data.store import read_json

MODEL = Path(".cache/real/SmolLM2-135M-Instruct")
DATA = Path("../shared/data")
CHAINS = DATA / "model_outputs" / "tokenskip_qwen2.5-7b_gsm8k_gamma1.0.jsonl"
RUNS = Path("runs/real_token_skip")
RATIOS = (1.0, 0.7, 0.5)
MARKER = "\n\n[keep {value}]"
SCORERS: dict[str, dict[str, Any]] = {
    "surprisal": {"kind": "self_information", "weights": {"model": str(MODEL)}},
    "random": {"kind": "random"},
    "truncation": {"kind": "truncation"},
}


def main() -> None:
    """Build, train, measure, and print a line a model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300, help="chains to learn from")
    parser.add_argument("--problems", type=int, default=200, help="problems to measure on")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--runs", type=Path, default=RUNS)
    options = parser.parse_args()
    for name, scorer in SCORERS.items():
        flows("build", written(options.runs, name, built(scorer, options.rows)))
        flows("tune", written(options.runs, f"{name}-tuned", trained(options.runs / name, options)))
    flows("measure", written(options.runs, "measured", measured(options.runs, options.problems)))
    told = read_json(options.runs / "measured" / "measure.json")
    print("| model | reasoning tokens (95% of the mean) | accuracy, % |\n|---|---:|---:|")
    for result in told["results"]:
        figures = result["all"]
        mean, (low, high) = figures["cot_tokens"]["mean"], figures["cot_tokens"]["mean_interval"]
        print(f"| {result['model']} | {mean:.1f} ({low:.1f} to {high:.1f}) | {100 * figures['accuracy']:.1f} |")


def written(runs: Path, name: str, tree: dict[str, Any]) -> Path:
    """Write a run file and return where it lies."""
    runs.mkdir(parents=True, exist_ok=True)
    path = runs / f"{name}.yaml"
    path.write_text(json.dumps({"name": name, "runs": str(runs), "where": "here"} | tree))
    return path


def built(scorer: dict[str, Any], rows: int) -> dict[str, Any]:
    """Return the build of one way to cut."""
    traces = {
        "kind": "file",
        "path": str(CHAINS),
        "columns": {"question": "messages.0.content", "gold": "answer"},
        "replies": [{"text": "model_output", "model": "Qwen2.5-7B-Instruct"}],
        "limit": rows,
    }
    method = {"kind": "token_skip", "ratios": RATIOS, "scorer": scorer, "marker": MARKER}
    return {"traces": traces, "tokenizer": str(MODEL), "prompt": "token_skip", "methods": [method]}


def trained(run: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the training on it."""
    training = {
        "base": {"model": str(MODEL)},
        "dataset": {"path": str(run), "config": "token_skip"},
        "adapter": {"kind": "lora", "rank": 16, "alpha": 32},
        "learning_rate": options.learning_rate,
        "epochs": options.epochs,
        "batch_size": 4,
        "accumulate": 2,
    }
    return {"training": training}


def measured(runs: Path, problems: int) -> dict[str, Any]:
    """Return the measurement of all."""
    condition = {"control_kind": "ratio_kept", "suffix": MARKER, "plain_at": 1.0}
    asked = [
        {"name": f"{name}-{ratio:g}".replace(".", "-"), "role": "method" if name == "surprisal" else "control"}
        | {"adapter": str(runs / f"{name}-tuned" / "training" / "model")}
        | {"condition": condition, "control_value": ratio}
        for name in SCORERS
        for ratio in RATIOS
    ]
    words = {"name": "in-words", "role": "control", "wishes": ["Be concise."]}
    return {
        "problems": {"kind": "file", "path": str(DATA / "gsm8k" / "train.jsonl"), "gold": "gsm8k", "limit": problems},
        "engine": {"kind": "local", "model": str(MODEL), "max_loras": 1, "dtype": "float32", "max_model_len": 2048},
        "prompt": "token_skip",
        "models": [{"name": "base"}, words, *asked],
        "max_tokens": 600,
        "training": [str(runs / name) for name in SCORERS],
    }


if __name__ == "__main__":
    main()
