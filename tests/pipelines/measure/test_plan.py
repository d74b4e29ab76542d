import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import ArtifactError, ConfigError
from pipelines.measure.adapters import adapter_on
from sft.models.origin import base_digest
from stages.engines.local.local import Local
from tests.pipelines.measure.measurements import FAKE, ordered
from tests.sft.small import POCKET


def adapter(folder: Path, weights: bytes = b"one") -> dict[str, Any]:
    """Return a model with an adapter whose files are there."""
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": 8}))
    (folder / "adapter_model.safetensors").write_bytes(weights)
    return {"name": "tuned", "adapter": str(folder)}


def fingerprints(folder: Path, **changes: Any) -> list[str]:
    return [step.fingerprint for step in ordered(folder, **changes).plan.steps]


def test_a_step_a_model_and_mode_after_the_one_that_reads(tmp_path: Path) -> None:
    plan = ordered(tmp_path / "m").plan

    assert [step.name for step in plan.steps] == [
        "read",
        "unseen",
        *(f"{model}-{mode}" for model in ("base", "short") for mode in ("greedy", "t0.7x4")),
        "figures",
    ]
    assert all(cell.needs == (plan.read,) for cell in plan.cells)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    remote = {"kind": "remote", "base_url": "http://127.0.0.1:1/v1", "model": "m", "accepts": []}
    models = [
        {"name": "base"},
        {"name": "base"},
        {"name": "lost", "adapter": str(tmp_path / "nowhere")},
        {**adapter(tmp_path / "a"), "engine": remote},
    ]

    with pytest.raises(ConfigError) as raised:
        ordered(tmp_path / "m", models=models, modes=[{}, {}], training=[str(tmp_path)])

    told = "\n".join(raised.value.faults)
    assert "models ['base'] are given more than once" in told
    assert "modes ['greedy'] are given more than once" in told
    assert "model lost: adapter" in told
    assert "model tuned: stage 2 (SampleCoTs) needs an engine that takes ['adapter']" in told
    assert f"training: {tmp_path}: no manifest.json" in told


def test_without_an_engine_the_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="model base: nothing serves it"):
        ordered(tmp_path / "m", engine=None)


def test_greedy_replies_are_asked_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"modes\.0: .*all samples are alike"):
        ordered(tmp_path / "m", modes=[{"samples": 2}])


def test_an_adapter_is_known_by_its_files_wherever_they_lie(tmp_path: Path) -> None:
    one, moved = adapter(tmp_path / "a"), adapter(tmp_path / "b")
    trained_on = adapter(tmp_path / "c", b"two")

    first, second, third = (
        fingerprints(tmp_path / "m", models=[it], modes=[{}])[-2] for it in (one, moved, trained_on)
    )

    assert first == second != third


def test_an_adapter_trained_on_another_base_is_refused_and_one_that_does_not_say_is_not(tmp_path: Path) -> None:
    engine = {"kind": "local", "model": str(POCKET), "max_loras": 1}
    models = [{"name": "base"}, adapter(tmp_path / "a")]
    record = tmp_path / "a" / "training.json"

    for digest in (None, base_digest(POCKET)):
        record.write_text(json.dumps({} if digest is None else {"base": {"model": "p", "digest": digest}}))
        ordered(tmp_path / "m", models=models, engine=engine)
    record.write_text(json.dumps({"base": {"model": "p", "revision": None, "digest": "f" * 64}}))
    with pytest.raises(ConfigError, match=r"model tuned: .*trained on p with digest ffffffffffff; this base has"):
        ordered(tmp_path / "m", models=models, engine=engine)


def test_an_adapter_for_another_commit_of_a_model_on_the_hub_is_refused(tmp_path: Path) -> None:
    engine = Local(model="someone/base", revision="a" * 40, max_loras=1)
    folder = Path(str(adapter(tmp_path / "a")["adapter"]))

    def trained_on(revision: str) -> None:
        base = {"model": "someone/base", "revision": revision, "digest": "f" * 64}
        (folder / "training.json").write_text(json.dumps({"base": base}))

    trained_on("a" * 40)
    assert adapter_on(engine, str(folder)).revision
    trained_on("b" * 40)
    with pytest.raises(ArtifactError, match=r"trained on someone/base@b+, and the engine runs someone/base@a+"):
        adapter_on(engine, str(folder))


def test_where_and_how_fast_bear_no_identity_and_models_do_not_touch_each_other(tmp_path: Path) -> None:
    plain = fingerprints(tmp_path / "a")

    assert plain == fingerprints(tmp_path / "b", where="ray", block=3, limits={"tokens": 5})
    assert plain[:-1] == fingerprints(tmp_path / "b2", name="other")[:-1]
    assert plain[:3] == fingerprints(tmp_path / "c", models=[{"name": "base"}, {"name": "other", "engine": FAKE}])[:3]
    assert not set(plain[2:]) & set(fingerprints(tmp_path / "d", wishes=["Be concise."]))
    assert not set(plain[2:]) & set(fingerprints(tmp_path / "e", max_tokens=64))


def test_every_model_is_given_the_same_seeds(tmp_path: Path) -> None:
    stages = [cell.stages[1] for cell in ordered(tmp_path / "m", modes=[{}]).plan.cells]
    prompts = {(stage.prompts, stage.seed, stage.sampling) for stage in stages}  # type: ignore[attr-defined]

    assert len(prompts) == 1
