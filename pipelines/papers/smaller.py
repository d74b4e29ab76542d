"""The run files of a preset with another model in them, or at a size that two cores can do in minutes.

What is asked, trained and measured stays in its order and under its names: only models, problems and counts change.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.papers.preset import Part, Tree

POCKET = "data/pocket"
POCKET_SCORER = "data/pocket_scorer"
POCKET_EXEMPLARS = "examples/exemplars/pocket.jsonl"
TASKS = ["addition", "word_problems"]
BUILT, MEASURED = 24, 8
"""Problems at a small size."""
STAND_IN: Mapping[str, Any] = {"kind": "local", "concurrency": 32}
"""The engine of a model that stands in, beside its folder."""
KEPT_OF_ENGINE = ("seed", "logprobs", "max_loras", "max_lora_rank")
"""What of an engine block suits any model."""
AT_MOST = {
    "max_tokens": 512,
    "max_cot_tokens": 512,
    "larger_tokens": 512,
    "zero_shot": 4,
    "few_shot": 4,
    "samples": 4,
    "iterations": 1,
    "batch_size": 4,
    "accumulate": 2,
}
"""Counts of a run file that are lowered, wherever they stand."""

MADE = "runs/"
"""Where models lie that a preset itself has trained; they stay."""

Trees = Mapping[Part, Tree]


def with_model(trees: Trees, folder: str) -> dict[Part, Tree]:
    """Return run files in which every engine, base and language model that scores is this one.

    The pocket model is asked by the prompt that it was trained on: it knows no other.
    """
    return {
        part: _without(_everywhere(tree, lambda block: _asked(block, folder)), "tokenizer")
        for part, tree in trees.items()
    }


def shrunk(trees: Trees, over: Trees) -> dict[Part, Tree]:
    """Return run files at a small size: made-up problems, few of them, few samples, few steps.

    Args:
        over: what is laid over them at the end, for what only one preset has.
    """
    small: dict[Part, Tree] = {}
    for part, tree in trees.items():
        lowered = dict(_everywhere(tree, _lowered))
        if "problems" in lowered:
            lowered["problems"] = _problems(lowered["problems"], "held_out" if part.startswith("measure") else "train")
        small[part] = _laid({**lowered, "where": "here"}, over.get(part, {}))
    return small


def under(trees: Trees, root: str) -> dict[Part, Tree]:
    """Return run files that are kept, and look for each other, under another folder than `runs`."""

    def moved(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: moved(item) for name, item in value.items()}
        if isinstance(value, list):
            return [moved(item) for item in value]
        return f"{root}/{value.removeprefix(MADE)}" if isinstance(value, str) and value.startswith(MADE) else value

    return {part: {**moved(tree), "runs": root} for part, tree in trees.items()}


def _everywhere(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a tree with every mapping of it changed, inner ones first."""
    if isinstance(value, Mapping):
        return change({name: _everywhere(item, change) for name, item in value.items()})
    return [_everywhere(item, change) for item in value] if isinstance(value, list) else value


def _asked(block: dict[str, Any], folder: str) -> dict[str, Any]:
    if folder == POCKET:
        block = _without(block, "prompt")
    if block.get("kind") in ("local", "remote") and not str(block.get("model", MADE)).startswith(MADE):
        kept = {name: block[name] for name in KEPT_OF_ENGINE if name in block}
        return {**STAND_IN, "model": folder, **kept}
    if "base" in block and isinstance(block["base"], Mapping):
        block = {**block, "base": {"model": folder}}
    if "weights" in block:
        classifies = block.get("kind") == "llmlingua2"
        block = {**block, "weights": {"model": POCKET_SCORER if classifies else folder}}
    return block


def _without(block: Tree, name: str) -> dict[str, Any]:
    return {other: value for other, value in block.items() if other != name}


def _lowered(block: dict[str, Any]) -> dict[str, Any]:
    lowered = {name: _at_most(value, AT_MOST.get(name)) for name, value in block.items()}
    if "exemplars" in lowered:
        lowered["exemplars"] = POCKET_EXEMPLARS
    if {"base", "learning_rate", "epochs"} & set(lowered):  # a training, or what a method says of one
        lowered = {**lowered, "max_steps": 2, "workers": 1, "fsdp": False, "precision": "auto"}
        lowered.pop("epochs", None)
    if "adapter" in lowered and "control_value" in lowered:  # of so few rows a value may be missing
        lowered["allow_extrapolate"] = True
    if str(lowered.get("kind")) == "local":
        lowered.pop("tensor_parallel_size", None)
    return lowered


def _at_most(value: Any, most: int | None) -> Any:
    return min(value, most) if most is not None and isinstance(value, int) else value


def _problems(problems: Tree, split: str) -> Tree:
    count = MEASURED if split == "held_out" else BUILT
    own = problems if problems.get("kind") == "task" else {"kind": "task", "task": TASKS}
    return {**own, "count": count, "split": split}


def _laid(tree: Tree, over: Tree) -> Tree:
    """Return a tree with another laid over it: mappings of one kind are joined, lists item by item."""
    merged = dict(tree)
    for name, value in over.items():
        merged[name] = _joined(merged[name], value) if name in merged else value
    return merged


def _joined(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        other_kind = "kind" in above and above["kind"] != below.get("kind")
        return above if other_kind else _laid(below, above)
    if isinstance(below, list) and isinstance(above, list) and len(above) <= len(below):
        return [*(_joined(low, high) for low, high in zip(below, above, strict=False)), *below[len(above) :]]
    return above
