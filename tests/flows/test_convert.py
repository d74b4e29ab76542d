import json
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import AutoPeftModelForCausalLM, LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from data.store import read_json
from tests.flows.builds import Command

POCKET = Path(__file__).parents[2] / "data" / "pocket"


def adapter(folder: Path, **more: Any) -> Path:
    """Write an adapter of the pocket model with random weights."""
    base: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    settings: dict[str, Any] = {"task_type": "CAUSAL_LM", "r": 4, "target_modules": ["q_proj"]} | more
    model = get_peft_model(base, LoraConfig(**settings))
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.2)
    model.save_pretrained(str(folder))
    AutoTokenizer.from_pretrained(POCKET).save_pretrained(folder)
    return folder


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return torch.as_tensor(model.eval()(torch.arange(3, 40)[None]).logits)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe of the pocket model with a half of itself."""
    half = tmp_path / "half"
    model: Any = AutoModelForCausalLM.from_pretrained(POCKET)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
    model.save_pretrained(half)
    path = tmp_path / "merge.yaml"
    models = [{"model": str(POCKET)}, {"model": str(half), "weight": 3}]
    path.write_text(yaml.safe_dump({"models": models, "method": {"kind": "linear"}, "shard_gigabytes": 0.001}))
    return path


def test_fold_writes_a_model_that_says_what_base_and_adapter_say(command: Command, tmp_path: Path) -> None:
    trained, output = adapter(tmp_path / "adapter"), tmp_path / "folded"

    ran = command("convert", "fold", str(trained), str(output), "--base", str(POCKET), "--dtype", "float32")

    assert ran.code == 0
    assert ran.out.startswith(f"Model: {output} (")
    beside: Any = AutoPeftModelForCausalLM.from_pretrained(trained, dtype=torch.float32)
    folded: Any = AutoModelForCausalLM.from_pretrained(output)
    torch.testing.assert_close(logits(folded), logits(beside), atol=1e-4, rtol=1e-4)


def test_scale_writes_an_adapter_that_counts_so_many_times(command: Command, tmp_path: Path) -> None:
    trained, output = adapter(tmp_path / "adapter"), tmp_path / "half"

    ran = command("convert", "scale", str(trained), str(output), "--alpha", "-0.5")

    ups = [load_file(folder / "adapter_model.safetensors") for folder in (trained, output)]
    settings = read_json(output / "adapter_config.json")
    assert ran.code == 0
    assert ran.out.startswith(f"Adapter: {output}, its update -0.5 times")
    for name in (name for name in ups[0] if "lora_B" in name):
        torch.testing.assert_close(ups[1][name] * settings["lora_alpha"] / settings["r"], ups[0][name] * -0.5 * 8 / 4)
    assert (output / "README.md").is_file()
    assert (output / "chat_template.jinja").read_text() == (POCKET / "chat_template.jinja").read_text()


def test_merge_writes_a_model_file_by_file(command: Command, recipe: Path, tmp_path: Path) -> None:
    output = tmp_path / "merged"

    ran = command("convert", "merge", str(recipe), str(output))

    norm = "model.norm.weight"
    merged: Any = AutoModelForCausalLM.from_pretrained(output)
    assert ran.code == 0
    assert f"Model: {output} (3.5 MB)" in ran.out
    assert "writing file 1 of " in ran.err
    torch.testing.assert_close(
        merged.state_dict()[norm].float(),
        load_file(POCKET / "model.safetensors")[norm].float() * 0.625,
        rtol=0.01,
        atol=0,
    )
    assert read_json(output / "training.json")["merged"]["models"][1]["weight"] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fold", "nowhere", "out"), "error: nowhere: no adapter_config.json, so no adapter; name the folder of one\n"),
        (("scale", "nowhere", "out", "--alpha", "1"), "error: nowhere: no adapter_config.json, so no adapter"),
        (("merge", "nowhere.yaml", "out"), "error: nowhere.yaml: there is no such file\n"),
    ],
)
def test_what_is_not_there_is_one_line(command: Command, arguments: tuple[str, ...], told: str) -> None:
    ran = command("convert", *arguments)

    assert ran.code == 1
    assert ran.err.startswith(told)
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [("fold", "a"), ("scale", "a", "b"), ("fold", "a", "b", "--dtype", "int8"), ("scale", "a", "b", "--alpha", "x")],
)
def test_wrong_usage_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    ran = command("convert", *arguments)

    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_an_update_that_is_not_linear_is_no_traceback(command: Command, tmp_path: Path) -> None:
    ran = command(
        "convert", "scale", str(adapter(tmp_path / "a", use_dora=True)), str(tmp_path / "out"), "--alpha", "0.5"
    )

    assert ran.code == 1
    assert "DoRA's update is not linear" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_a_whole_model_is_no_adapter_to_scale_or_fold(command: Command, tmp_path: Path) -> None:
    for arguments in (("fold", str(POCKET), "out"), ("scale", str(POCKET), "out", "--alpha", "0.5")):
        ran = command("convert", *arguments)

        assert ran.code == 1
        assert "so no adapter" in ran.err


def test_a_base_that_is_not_there_is_one_error(command: Command, tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")

    ran = command("convert", "fold", str(trained), str(tmp_path / "out"), "--base", "someone/model@main")

    assert ran.code == 1
    assert "`revision` is 'main'; give the full commit" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_folder_that_is_there_is_left_alone(command: Command, recipe: Path, tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine").write_text("mine")

    for arguments in (
        ("fold", str(trained), str(kept)),
        ("scale", str(trained), str(kept), "--alpha", "0.5"),
        ("merge", str(recipe), str(kept)),
    ):
        ran = command("convert", *arguments)
        assert (ran.code, ran.err.splitlines()[-1]) == (
            1,
            f"error: {kept}: is there already; name a folder that is not there yet",
        )

    assert [path.name for path in kept.iterdir()] == ["mine"]


def test_every_error_of_a_recipe_is_on_a_line_of_its_own(command: Command, tmp_path: Path) -> None:
    faulty = tmp_path / "merge.yaml"
    faulty.write_text("models: [{model: a}]\nmethod: {kind: ties, density: 2}\nbasis: x\n")

    ran = command("convert", "merge", str(faulty), str(tmp_path / "out"))

    faults = ran.err.splitlines()
    assert ran.code == 1
    assert [
        word for word in ("models", "method.ties.density", "basis") if not any(f" {word}:" in f for f in faults)
    ] == []


def test_models_that_do_not_fit_are_refused_with_all_differences(
    command: Command, recipe: Path, tmp_path: Path
) -> None:
    config = read_json(tmp_path / "half" / "config.json")
    (tmp_path / "half" / "config.json").write_text(json.dumps(config | {"vocab_size": 99, "num_hidden_layers": 3}))

    ran = command("convert", "merge", str(recipe), str(tmp_path / "out"))

    assert ran.code == 1
    assert "size of the embedding 1024 and 99" in ran.err
    assert "number of layers 4 and 3" in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()
