import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM
from trl.kernels import chunked_logprob
from trl.trainer import utils as fused_head
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

import sft
from sft.objectives import trl_private
from sft.objectives.trl_private import ANSWERED, ATTRIBUTES, HEAD, IN_TRAINING, METHODS, moved
from sft.objectives.weighted import WeightedTrainer
from sft.rows.collate import Collator
from sft.run.one_stage import arguments, shared_out
from tests.sft.small import POCKET, row, run, tokens_of


@pytest.fixture
def trainer(tokenizer: Any, tmp_path: Path) -> Any:
    return trainer_of([row(1)], tokenizer, tmp_path)


def trainer_of(rows: Sequence[Any], tokenizer: Any, folder: Path) -> Any:
    config = run(folder)
    return WeightedTrainer(
        model=AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32),
        args=SFTConfig(**arguments(config, folder), max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        data_collator=Collator(tokens_of(rows, tokenizer), tokenizer.pad_token_id, packed=False),
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
    monkeypatch.setattr(trl_private, "HEAD", {chunked_logprob: ("TILE_OF_OLD",), fused_head: ("_use_triton",)})
    monkeypatch.setattr(trl_private, "IN_TRAINING", ("_loss_of_old",))

    assert moved(trainer, Later) == [
        "`_get_num_items_in_batch` of the trainer takes ['self', 'samples'] now, "
        "and took ['self', 'batch_samples', 'device']",
        "a trainer keeps no `_metrics` any more",
        "a trainer that trains sets no `_loss_of_old` any more",
        "trl.kernels.chunked_logprob has no `TILE_OF_OLD` any more",
        "the fused head says no `logits_of_old` any more",
    ]


def test_the_head_on_a_cpu_makes_tiles_of_logits_of_trained_tokens_alone(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile = (16, 256)
    for module, names in HEAD.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))  # so that it is put back
    monkeypatch.setattr(trl_private, "CPU_TILE", tile)
    made = trainer_of([row(1, 5), row(2, 1)], tokenizer, tmp_path)
    batch = made.on_device(made.data_collator([{"rows": [number], "counts": True} for number in (0, 1)]))
    trained = batch["labels"][:, 1:] >= 0

    with Products(made.model.config.vocab_size // 4) as products:
        answered = made.answered(made.model, {name: batch[name] for name in ("input_ids", "labels", "attention_mask")})
    logits = made.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]

    assert all(rows <= tile[0] and words == tile[1] for rows, words in products.shapes)
    assert sum(rows for rows, _ in products.shapes) == 4 * trained.sum()
    wanted = logits.log_softmax(-1).gather(-1, batch["labels"][:, 1:].clamp(min=0)[..., None])[..., 0]
    torch.testing.assert_close(answered.log_probs, wanted * trained)


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's base is not typed
    """Notes the shapes of the products of matrices that are so many words wide."""

    def __init__(self, words: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self._words = words
        self.shapes: list[tuple[int, int]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **kwargs or {})
        if func is torch.ops.aten.mm.out and result.shape[1] == self._words:
            self.shapes.append(tuple(result.shape))
        return result


def test_no_other_file_leans_on_what_is_private() -> None:
    head = (name for names in HEAD.values() for name in names)
    private = {*METHODS, *ATTRIBUTES, *IN_TRAINING, *ANSWERED, *head, "fused_lm_head"}
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
