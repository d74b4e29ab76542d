from typing import Any

from pipelines.papers.smaller import shrunk, under, with_model

ENGINE = {"kind": "local", "model": "Qwen/Qwen3-8B", "max_loras": 1, "tensor_parallel_size": 4}


def build(**fields: Any) -> dict[Any, Any]:
    return {"build": {"name": "x", "engine": dict(ENGINE), **fields}}


def test_a_model_takes_the_place_of_every_engine_base_and_scorer_but_those_that_were_trained() -> None:
    trees: Any = build(
        engines={"vendor": {"kind": "remote", "base_url": "https://example.org", "model": "gpt"}},
        methods=[{"kind": "token_skip", "scorer": {"kind": "surprisal", "weights": {"model": "a/b"}}}],
        tokenizer="words",
    )
    trees["tune"] = {"training": {"base": {"model": "Qwen/Qwen3-8B", "revision": "c"}}}
    trees["measure"] = {"models": [{"engine": {"kind": "local", "model": "runs/x-tuned/training/model"}}]}

    changed = with_model(trees, "models/mine")

    assert changed["build"]["engine"] == {"kind": "local", "concurrency": 32, "model": "models/mine", "max_loras": 1}
    assert changed["build"]["engines"]["vendor"] == {"kind": "local", "concurrency": 32, "model": "models/mine"}
    assert changed["build"]["methods"][0]["scorer"]["weights"] == {"model": "models/mine"}
    assert "tokenizer" not in changed["build"]
    assert changed["tune"]["training"]["base"] == {"model": "models/mine"}
    assert changed["measure"]["models"][0]["engine"]["model"] == "runs/x-tuned/training/model"


def test_small_there_are_few_problems_samples_and_steps() -> None:
    trees: Any = build(
        problems={"kind": "file", "path": "hf://datasets/a/b/c.parquet"},
        methods=[{"kind": "shortest_correct", "zero_shot": 16, "sampling": {"max_tokens": 4096}}],
    )
    trees["tune"] = {"training": {"base": {"model": "m"}, "epochs": 3, "workers": 8, "batch_size": 64}}

    small = shrunk(trees, {})

    assert small["build"]["problems"]["kind"] == "task"
    assert small["build"]["methods"][0] == {"kind": "shortest_correct", "zero_shot": 4, "sampling": {"max_tokens": 512}}
    training = small["tune"]["training"]
    assert (training["max_steps"], training["workers"], training["batch_size"]) == (2, 1, 4)
    assert "epochs" not in training
    assert small["build"]["where"] == "here"


def test_what_is_laid_over_is_joined_and_another_kind_takes_the_place() -> None:
    trees: Any = build(methods=[{"kind": "cot_valve", "along": {"kind": "difference", "other": {"model": "o"}}}])
    over: Any = {"build": {"methods": [{"retries": 3, "along": {"kind": "update", "samples": 2}}]}}

    method = shrunk(trees, over)["build"]["methods"][0]

    assert method == {"kind": "cot_valve", "retries": 3, "along": {"kind": "update", "samples": 2}}


def test_run_files_find_each_other_under_another_folder() -> None:
    trees: Any = {"measure": {"training": ["runs/x"], "models": [{"adapter": "runs/x-tuned/training/model"}]}}

    moved = under(trees, "/tmp/here")["measure"]

    assert moved["training"] == ["/tmp/here/x"]
    assert moved["models"][0]["adapter"] == "/tmp/here/x-tuned/training/model"
    assert moved["runs"] == "/tmp/here"
