"""Whether models are of one family: the same architecture, the same tensors, the same words."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.store import read_json
from sft.models.origin import VOLATILE
from sft.models.weights import Weights, ends, is_tied, skeleton

STRUCTURE = {
    "architectures": "architecture",
    "vocab_size": "size of the embedding",
    "hidden_size": "width",
    "num_hidden_layers": "number of layers",
    "num_attention_heads": "number of heads",
    "num_key_value_heads": "number of key heads",
    "head_dim": "width of a head",
    "hidden_act": "activation",
}
"""Fields of a configuration that say what the weights mean; shapes alone do not tell heads apart."""
OF_NO_MATTER = (
    *VOLATILE,
    *STRUCTURE,
    "dtype",
    "torch_dtype",
    "tie_word_embeddings",
    "use_cache",
    "_attn_implementation",
)
NAMED = 20
"""Tensors named in an error; the others are counted."""


def strangers(here: Path, there: Path) -> Iterator[str]:
    """Say what makes two models no family, but for their tensors."""
    ours, theirs = (read_json(folder / "config.json") for folder in (here, there))
    for key, what in STRUCTURE.items():
        if ours.get(key) != theirs.get(key) and not (key == "head_dim" and None in (ours.get(key), theirs.get(key))):
            yield f"{here} and {there}: {what} {ours.get(key)} and {theirs.get(key)}; take two models of one family"
    known = [vocabulary(folder) for folder in (here, there)]
    if None not in known and known[0] != known[1]:
        yield f"{here} and {there}: their tokenizers number words differently; take two models of one family"


def unlike(ours: Weights, theirs: Weights) -> Iterator[str]:
    """Say in which tensors two models differ by name or shape."""
    where = f"{ours.folder} and {theirs.folder}"
    alone = sorted(ours.shapes.keys() ^ theirs.shapes.keys())
    other = [name for name in sorted(ours.shapes.keys() & theirs.shapes.keys()) if _differs(ours, theirs, name)]
    for name in alone[:NAMED]:
        has, lacks = (ours, theirs) if name in ours.shapes else (theirs, ours)
        yield f"{has.folder}: has {name}, and {lacks.folder} has not"
    for name in other[:NAMED]:
        yield f"{where}: {name} is {ours.shapes[name]} in one and {theirs.shapes[name]} in the other"
    if more := len(alone[NAMED:]) + len(other[NAMED:]):
        yield f"{where}: {more} more tensors differ in the same ways"


def aligned(folders: Sequence[Path]) -> tuple[list[Weights], bool]:
    """Return the weights of models so that tied and untied ones have the same tensors, and whether all are tied.

    The head of a tied model is its embedding: beside an untied one it bears both names (Qwen2.5-Math-1.5B is tied and
    DeepSeek-R1-Distill-Qwen-1.5B, trained from it, is not).
    """
    skeletons = [skeleton(folder) for folder in folders]
    tied = all(is_tied(model) for model in skeletons)
    read = []
    for folder, model in zip(folders, skeletons, strict=True):
        weights = Weights(folder)
        embedding, head = ends(model)
        if head is not None and is_tied(model):
            weights.drop(head)
            if not tied and embedding in weights.shapes:
                weights.alias(head, embedding)
        for name in [name for name in weights.shapes if name.endswith("rotary_emb.inv_freq")]:
            weights.drop(name)  # computed when the model is made; older files hold it
        read.append(weights)
    return read, tied


def differences(folders: Sequence[Path]) -> list[str]:
    """Return in what models of one family differ that a merge has to choose from: settings, tokens, the template."""
    configs = [read_json(folder / "config.json") for folder in folders]
    keys = sorted({key for config in configs for key in config if key not in OF_NO_MATTER})
    told = [
        f"config.json: {key} is {', '.join(_short(config.get(key)) for config in configs)}"
        for key in keys
        if any(config.get(key) != configs[0].get(key) for config in configs)
    ]
    added = [_added(folder) for folder in folders]
    if any(one != added[0] for one in added):
        numbers = sorted(
            {number for one in added for number in one if any(one.get(number) != o.get(number) for o in added)}
        )
        shown = "; ".join(f"{number}: {', '.join(str(one.get(number)) for one in added)}" for number in numbers[:NAMED])
        told.append(f"tokenizer: {len(numbers)} added tokens differ ({shown})")
    templates = [(folder / "chat_template.jinja") for folder in folders]
    texts = [path.read_text("utf-8") if path.is_file() else _template(path.parent) for path in templates]
    if any(text != texts[0] for text in texts):
        told.append("chat template: they differ")
    return told


def vocabulary(folder: Path) -> Any:
    """Return which number each word of a tokenizer has; None where it does not say."""
    path = folder / "tokenizer.json"
    return read_json(path)["model"].get("vocab") if path.is_file() else None


def _added(folder: Path) -> Mapping[int, str]:
    path = folder / "tokenizer.json"
    tokens = read_json(path).get("added_tokens") or [] if path.is_file() else []
    return {int(token["id"]): str(token["content"]) for token in tokens}


def _template(folder: Path) -> str | None:
    path = folder / "tokenizer_config.json"
    template = read_json(path).get("chat_template") if path.is_file() else None
    return None if template is None else str(template)


def _differs(ours: Weights, theirs: Weights, name: str) -> bool:
    return ours.shapes[name] != theirs.shapes[name]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:80] + "..."
