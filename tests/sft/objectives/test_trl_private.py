import ast
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

import sft
from sft.objectives import trl_private
from sft.objectives.trl_private import ANSWERED, ATTRIBUTES, IN_TRAINING, METHODS, moved
from sft.objectives.weighted import WeightedTrainer
from sft.rows.collate import Collator
from sft.run.one_stage import arguments, shared_out
from tests.sft.small import POCKET, row, run, tokens_of


@pytest.fixture
def trainer(tokenizer: Any, tmp_path: Path) -> Any:
    config = run(tmp_path)
    return WeightedTrainer(
        model=AutoModelForCausalLM.from_pretrained(POCKET),
        args=SFTConfig(**arguments(config, tmp_path), max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        data_collator=Collator(tokens_of([row(1)], tokenizer), tokenizer.pad_token_id, packed=False),
        train_dataset=shared_out([[0]], config),
        processing_class=tokenizer,
    )


def test_what_is_private_is_where_it_was(trainer: Any) -> None:
    assert moved(trainer) == []


def test_what_moved_is_named(trainer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(SFTTrainer):
        def _get_num_items_in_batch(self, samples: Any) -> Any:  # type: ignore[override]  # it has moved
            """Take something else."""

    del trainer._metrics
    monkeypatch.setattr(trl_private, "ANSWERED", ("log_probs", "logits_of_old"))
    monkeypatch.setattr(trl_private, "IN_TRAINING", ("_loss_of_old",))

    assert moved(trainer, Later) == [
        "`_get_num_items_in_batch` of the trainer takes ['self', 'samples'] now, "
        "and took ['self', 'batch_samples', 'device']",
        "a trainer keeps no `_metrics` any more",
        "a trainer that trains sets no `_loss_of_old` any more",
        "the fused head says no `logits_of_old` any more",
    ]


def test_no_other_file_leans_on_what_is_private() -> None:
    private = {*METHODS, *ATTRIBUTES, *IN_TRAINING, *ANSWERED, "fused_lm_head"}
    own = Path(trl_private.__file__)
    users = {
        f"{path.name}: {name}"
        for path in Path(next(iter(sft.__path__))).rglob("*.py")
        if path != own
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (getattr(node, "attr", None), getattr(node, "name", None), getattr(node, "arg", None))
        if name in private
    }

    assert {user for user in users if user.split(": ")[1] not in ANSWERED} == set()
