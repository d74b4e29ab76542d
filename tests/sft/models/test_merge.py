import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from data.errors import ArtifactError, ConfigError
from data.spec import parse
from data.store import read_json
from sft.models.merge import merge
from sft.models.merging import generator_for
from sft.models.origin import base_digest
from sft.models.recipe import Recipe
from tests.sft.small import POCKET

SHAPE: dict[str, Any] = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
IDS = torch.arange(24).reshape(2, 12)


def model(folder: Path, seed: int, *, dtype: torch.dtype = torch.float32, **more: Any) -> Path:
    """Write a small model with random weights."""
    torch.manual_seed(seed)
    whole: Any = LlamaForCausalLM(LlamaConfig(**(SHAPE | more)))
    whole.to(dtype).save_pretrained(folder)
    for path in POCKET.glob("*token*"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "chat_template.jinja").write_text(f"template {seed}")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Three models with heads of their own, and one whose head is its embedding."""
    root = tmp_path_factory.mktemp("models")
    seeds = {"one": 1, "two": 2, "base": 3}
    return {name: model(root / name, seed, tie_word_embeddings=False) for name, seed in seeds.items()} | {
        "tied": model(root / "tied", 4, tie_word_embeddings=True)
    }


def recipe(models: Mapping[Path, float] | list[Path], method: dict[str, Any], **more: Any) -> Recipe:
    given = {
        "models": [{"model": str(path)} for path in models]
        if isinstance(models, list)
        else [{"model": str(path), "weight": weight} for path, weight in models.items()],
        "method": method,
        **{key: {"model": str(value)} if key == "base" else value for key, value in more.items()},
    }
    return parse(Recipe, json.dumps(given), where="recipe")


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for path in folder.glob("*.safetensors") for name, tensor in load_file(path).items()}


def naive(method: dict[str, Any], ours: Any, theirs: Any, base: Any, name: str) -> torch.Tensor:
    """What two tensors become, weights 1 and 0.5, written as the papers' formulas say, whole tensors at a time."""
    if method["kind"] == "linear":
        return torch.as_tensor((ours + 0.5 * theirs) / 1.5)
    if method["kind"] == "slerp":
        angle = torch.acos((ours.flatten() @ theirs.flatten()) / (ours.norm() * theirs.norm()))
        return torch.as_tensor(
            (torch.sin(0.7 * angle) * ours + torch.sin(0.3 * angle) * theirs) / torch.sin(angle)
            if torch.cosine_similarity(ours.flatten(), theirs.flatten(), dim=0) < 0.99
            else 0.7 * ours + 0.3 * theirs
        )
    deltas = [ours - base, theirs - base]
    if method["kind"] == "ties":
        for k, delta in enumerate(deltas):
            keep = -(-delta.numel() * 3 // 10)
            kept = delta.flatten().abs().argsort(descending=True, stable=True)[:keep]
            deltas[k] = torch.zeros_like(delta).flatten().index_copy(0, kept, delta.flatten()[kept]).view_as(delta)
    if method["kind"] == "dare":
        for k, delta in enumerate(deltas):
            mask = torch.rand(delta.numel(), generator=generator_for(5, k, name)).view_as(delta) >= 0.5
            deltas[k] = delta * mask / 0.5
    if method["kind"] == "ties" or method.get("combine") == "ties":
        weighted = [deltas[0], 0.5 * deltas[1]]
        sign = torch.sign(weighted[0] + weighted[1])
        mine, yours = (deltas[0].sign() == sign) & (sign != 0), (deltas[1].sign() == sign) & (sign != 0)
        mass = mine * 1.0 + yours * 0.5
        update = torch.where(mass > 0, (mine * weighted[0] + yours * weighted[1]) / mass.clamp(min=0.5), 0.0)
    else:
        update = deltas[0] + 0.5 * deltas[1]
    return torch.as_tensor(base + method.get("scale", 1.0) * update)


METHODS: dict[str, dict[str, Any]] = {
    "linear": {"kind": "linear"},
    "slerp": {"kind": "slerp", "t": 0.3},
    "task arithmetic": {"kind": "task_arithmetic", "scale": 0.4},
    "ties": {"kind": "ties", "density": 0.3, "scale": 0.8},
    "dare": {"kind": "dare", "drop": 0.5, "seed": 5},
    "dare with ties": {"kind": "dare", "drop": 0.5, "seed": 5, "combine": "ties"},
}


def of(method: dict[str, Any], folders: Mapping[str, Path], **more: Any) -> Recipe:
    """The recipe that `naive` reckons."""
    with_base = {} if method["kind"] in ("linear", "slerp") else {"base": folders["base"]}
    weight = 1.0 if method["kind"] == "slerp" else 0.5
    return recipe({folders["one"]: 1.0, folders["two"]: weight}, method, **with_base, **more)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_tensor_is_what_the_formula_says(
    tmp_path: Path, folders: Mapping[str, Path], method: dict[str, Any]
) -> None:
    ours, theirs, base = (tensors(folders[name]) for name in ("one", "two", "base"))

    made = tensors(merge(of(method, folders), tmp_path / "merged"))

    assert made.keys() == ours.keys()
    for name, tensor in made.items():
        expected = naive(method, ours[name], theirs[name], base[name], name)
        torch.testing.assert_close(tensor, expected, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_in_small_slices_and_many_files_it_is_the_same(
    tmp_path: Path, folders: Mapping[str, Path], method: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tensors(merge(of(method, folders), tmp_path / "whole"))
    monkeypatch.setattr("sft.models.merge.SLICE", 64)

    folder = merge(of(method, folders, shard_gigabytes=4e-6), tmp_path / "slices")

    made = tensors(folder)
    index = read_json(folder / "model.safetensors.index.json")
    assert made.keys() == whole.keys() == index["weight_map"].keys()
    assert all(torch.allclose(made[name], whole[name], atol=1e-6) for name in whole)
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in made.values())
    assert max(_alone_or_small(path) for path in folder.glob("*.safetensors")) <= 4000
    loaded: Any = AutoModelForCausalLM.from_pretrained(folder)
    assert torch.equal(loaded.state_dict()["model.norm.weight"], made["model.norm.weight"])


def _alone_or_small(path: Path) -> int:
    held = load_file(path)
    return 0 if len(held) == 1 else sum(tensor.nbytes for tensor in held.values())


class Held(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types here
    """Counts the bytes of tensors made under it: the largest, and the most alive at once. Views make nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self.largest = self.most = 0
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        given = {one.untyped_storage()._cdata for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor)}
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and tensor.device.type == "cpu" and "set_" not in str(func):
                storage = tensor.untyped_storage()
                if storage._cdata not in given:
                    self.largest = max(self.largest, storage.nbytes())
                    ref = StorageWeakRef(storage)  # type: ignore[no-untyped-call]  # as above
                    self.alive[storage._cdata] = (ref, storage.nbytes())
        gone = [key for key, (ref, _) in self.alive.items() if ref.expired()]  # type: ignore[no-untyped-call]  # as above
        self.alive = {key: held for key, held in self.alive.items() if key not in gone}
        self.most = max(self.most, sum(size for _, size in self.alive.values()))
        return out


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_no_more_is_held_than_slices_however_large_the_model(
    tmp_path: Path, method: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = {"vocab_size": 8192, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 1}
    large = {
        name: model(tmp_path / name, seed, tie_word_embeddings=False, dtype=torch.bfloat16, **shape)
        for name, seed in (("one", 1), ("two", 2), ("base", 3))
    }
    monkeypatch.setattr("sft.models.merge.SLICE", 1 << 15)
    one_slice, embedding = 4 << 15, 4 * 8192 * 128

    with Held() as held:
        merge(of(method, large), tmp_path / "merged")

    counts = 8 << 16  # of TIES' threshold, whatever the slice
    assert one_slice <= held.largest <= max(2 * one_slice, counts)
    assert held.most <= 14 * one_slice + 3 * counts < embedding


@pytest.mark.parametrize("first", ["tied", "one"])
@pytest.mark.parametrize("kind", ["linear", "task_arithmetic"])
def test_beside_an_untied_model_a_tied_one_has_its_embedding_for_a_head(
    tmp_path: Path, folders: Mapping[str, Path], first: str, kind: str
) -> None:
    order = ["tied", "one"] if first == "tied" else ["one", "tied"]
    base = {} if kind == "linear" else {"base": folders["base"]}
    folder = merge(recipe([folders[name] for name in order], {"kind": kind}, **base), tmp_path / "merged")

    tied, one, three = (tensors(folders[name]) for name in ("tied", "one", "base"))
    sums = tied["model.embed_tokens.weight"] + one["lm_head.weight"]
    expected = sums / 2 if kind == "linear" else sums - three["lm_head.weight"]
    torch.testing.assert_close(tensors(folder)["lm_head.weight"], expected)
    assert read_json(folder / "config.json")["tie_word_embeddings"] is False
    loaded: Any = AutoModelForCausalLM.from_pretrained(folder)
    torch.testing.assert_close(loaded.get_output_embeddings().weight.data, expected)


def test_a_base_that_is_tied_has_its_embedding_for_a_head(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    made = recipe([folders["one"], folders["two"]], {"kind": "task_arithmetic"}, base=folders["tied"])
    folder = merge(made, tmp_path / "merged")

    one, two, tied = (tensors(folders[name]) for name in ("one", "two", "tied"))
    expected = one["lm_head.weight"] + two["lm_head.weight"] - tied["model.embed_tokens.weight"]
    torch.testing.assert_close(tensors(folder)["lm_head.weight"], expected)


def test_tied_models_stay_tied_even_where_a_file_holds_the_head_too(
    tmp_path: Path, folders: Mapping[str, Path]
) -> None:
    both = model(tmp_path / "both", 5, tie_word_embeddings=True)
    held = load_file(both / "model.safetensors")
    held["lm_head.weight"] = held["model.embed_tokens.weight"].clone()
    save_file(held, both / "model.safetensors")

    folder = merge(recipe([folders["tied"], both], {"kind": "linear"}), tmp_path / "merged")

    assert "lm_head.weight" not in tensors(folder)
    assert read_json(folder / "config.json")["tie_word_embeddings"] is True


def test_the_type_is_the_first_models_or_the_one_asked_for(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    narrow = model(tmp_path / "narrow", 6, tie_word_embeddings=False, dtype=torch.bfloat16)
    models = [narrow, folders["one"]]

    kept = merge(recipe(models, {"kind": "linear"}), tmp_path / "kept")
    asked = merge(recipe(models, {"kind": "linear"}, dtype="float32"), tmp_path / "asked")

    assert {tensor.dtype for tensor in tensors(kept).values()} == {torch.bfloat16}
    assert {tensor.dtype for tensor in tensors(asked).values()} == {torch.float32}
    assert [read_json(folder / "config.json")["dtype"] for folder in (kept, asked)] == ["bfloat16", "float32"]
    for name, tensor in tensors(asked).items():
        assert torch.equal(tensors(kept)[name], tensor.bfloat16()), "added up in float32, rounded once"


def test_a_merged_model_says_what_it_was_made_of_and_has_what_serves_it(
    tmp_path: Path, folders: Mapping[str, Path]
) -> None:
    folder = merge(of(METHODS["ties"], folders), tmp_path / "merged")

    record, card = read_json(folder / "training.json"), (folder / "README.md").read_text("utf-8")
    assert [source["digest"] for source in record["merged"]["models"]] == [
        base_digest(folders[name]) for name in ("one", "two")
    ]
    assert record["merged"]["base"]["digest"] == base_digest(folders["base"])
    assert record["merged"]["method"] == {"kind": "ties", "density": 0.3, "scale": 0.8}
    assert record["merged"]["differences"] == ["chat template: they differ"]
    assert set(record["weights"]) == {"model.safetensors"}
    assert all(base_digest(folders[name]) in card for name in ("one", "two", "base"))
    assert (folder / "chat_template.jinja").read_text() == "template 1"
    assert AutoTokenizer.from_pretrained(folder).chat_template == "template 1"
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    one, two = (merge(of(METHODS["dare"], folders), tmp_path / name) / "model.safetensors" for name in "xy")

    assert one.read_bytes() == two.read_bytes()


def test_models_that_do_not_fit_are_refused_with_all_differences_and_leave_nothing(
    tmp_path: Path, folders: Mapping[str, Path]
) -> None:
    wide = model(tmp_path / "wide", 7, tie_word_embeddings=False, vocab_size=40, num_hidden_layers=1)

    with pytest.raises(ArtifactError) as raised:
        merge(recipe([folders["one"], wide], {"kind": "linear"}), tmp_path / "out")

    told = "\n".join(raised.value.faults)
    expected = ("size of the embedding 32 and 40", "number of layers 2 and 1", "lm_head.weight is (32, 16)")
    assert [part for part in (*expected, "has model.layers.1.mlp.up_proj.weight") if part not in told] == []
    assert [path.name for path in tmp_path.iterdir()] == ["wide"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"num_attention_heads": 4, "num_key_value_heads": 4}, "number of heads 2 and 4"),
        ({"architectures": ["Qwen2ForCausalLM"]}, "architecture"),
        ({"quantization_config": {"quant_method": "gptq"}}, "its weights are quantised"),
    ],
)
def test_the_same_shapes_alone_make_no_family(
    tmp_path: Path, folders: Mapping[str, Path], broken: dict[str, Any], told: str
) -> None:
    other = model(tmp_path / "other", 8, tie_word_embeddings=False)
    config = json.loads((other / "config.json").read_text()) | broken
    (other / "config.json").write_text(json.dumps(config))

    with pytest.raises(ArtifactError, match=told):
        merge(recipe([folders["one"], other], {"kind": "linear"}), tmp_path / "out")


def test_numbers_that_are_not_finite_are_named_and_leave_nothing(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    other = model(tmp_path / "other", 9, tie_word_embeddings=False)
    held = load_file(other / "model.safetensors")
    held["model.norm.weight"][0] = float("inf")
    save_file(held, other / "model.safetensors")

    with pytest.raises(ArtifactError, match=r"model\.norm\.weight holds numbers that are not finite"):
        merge(recipe([folders["one"], other], {"kind": "linear"}), tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_numbers_too_large_for_the_type_are_refused(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    made = of({"kind": "task_arithmetic", "scale": 1e7}, folders, dtype="float16")

    with pytest.raises(ArtifactError, match="too large for F16"):
        merge(made, tmp_path / "out")


def test_a_file_that_is_damaged_and_one_that_is_missing_are_named(tmp_path: Path, folders: Mapping[str, Path]) -> None:
    damaged = model(tmp_path / "damaged", 10, tie_word_embeddings=False)
    (damaged / "model.safetensors").write_bytes(b"no header")

    with pytest.raises(ArtifactError, match=r"damaged .*fetch or save the model again"):
        merge(recipe([folders["one"], damaged], {"kind": "linear"}), tmp_path / "out")
    with pytest.raises(ConfigError) as raised:
        merge(recipe([tmp_path / "nowhere", tmp_path / "gone"], {"kind": "linear"}), tmp_path / "out")

    assert len(raised.value.faults) == 2


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, folders: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))

    with pytest.raises(ArtifactError, match="GB are free"):
        merge(of(METHODS["linear"], folders), tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("models", "method", "base", "told"),
    [
        ({"a": 1.0, "b": 1.0}, {"kind": "ties"}, None, "give `base`"),
        ({"a": 1.0, "b": 1.0}, {"kind": "linear"}, "c", "no use for a `base`"),
        ({"a": 1.0, "b": 1.0, "c": 1.0}, {"kind": "slerp"}, None, "joins two models, not 3"),
        ({"a": 1.0, "b": 0.5}, {"kind": "slerp"}, None, "knows no `weight`"),
        ({"a": 1.0, "b": -1.0}, {"kind": "linear"}, None, "add up to 0"),
        ({"a": 1.0, "b": 0.0}, {"kind": "ties"}, "c", "a vote needs that"),
        ({"a": 1.0, "b": -1.0}, {"kind": "dare", "combine": "ties"}, "c", "a vote needs that"),
        ({"a": 1.0}, {"kind": "linear"}, None, "models"),
        ({"a": 1.0, "b": 1.0}, {"kind": "ties", "density": 0}, "c", "density"),
        ({"a": 1.0, "b": 1.0}, {"kind": "breadcrumbs"}, "c", "breadcrumbs"),
    ],
)
def test_a_recipe_that_means_nothing_is_refused(
    models: dict[str, float], method: dict[str, Any], base: str | None, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        recipe(
            {Path(name): weight for name, weight in models.items()}, method, **({} if base is None else {"base": base})
        )
