from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM
from trl.trainer.sft_config import SFTConfig

from sft.objectives.weighted import WeightedTrainer
from sft.rows.collate import Collator
from sft.rows.prepare import Fit
from sft.run.one_stage import arguments, shared_out
from tests.sft.small import POCKET, prepared_of, row, run


def halved(number: int) -> dict[str, Any]:
    """A row whose reasoning weighs a half, but for its opening, which is given."""
    made = row(number, length=number)
    text = made["completion"][0]["content"]
    cuts = (0, len("<think>"), text.index("</think>"), len(text))
    parts = [text[begin:end] for begin, end in pairwise(cuts)]
    told = zip(parts, (False, True, True), (1.0, 0.5, 1.0), strict=True)
    segments = [{"text": t, "role": "assistant", "kind": "cot", "train": train, "weight": w} for t, train, w in told]
    return made | {"segments": segments}


ROWS = [halved(number) for number in (1, 5, 2, 3)]


def trainer(tokenizer: Any, folder: Path, *, batch_size: int, accumulate: int, packed: bool = False) -> Any:
    prepared = prepared_of(ROWS, tokenizer, Fit(2048))
    config = run(folder, batch_size=batch_size, accumulate=accumulate)
    model = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32).train()
    return WeightedTrainer(
        model=model,
        args=SFTConfig(**arguments(config, folder), max_length=None, dataset_kwargs={"skip_prepare_dataset": True}),
        data_collator=Collator(prepared.tokens, tokenizer.pad_token_id, packed),
        train_dataset=shared_out([[0, 1], [2, 3]] if packed else [[0], [1], [2], [3]], config),
        processing_class=tokenizer,
    )


def gradient(made: Any, batches: int) -> torch.Tensor:
    """Return the gradient of one optimizer step."""
    taken, items = made.get_batch_samples(iter(made.get_train_dataloader()), batches, torch.device("cpu"))
    made.current_gradient_accumulation_steps = len(taken)
    for batch in taken:
        made.training_step(made.model, batch, items)
    return torch.cat([parameter.grad.flatten() for parameter in made.model.parameters()])


def test_the_loss_is_the_weighted_mean_of_the_tokens(tokenizer: Any, tmp_path: Path) -> None:
    made = trainer(tokenizer, tmp_path, batch_size=4, accumulate=1)
    batch = next(iter(made.get_train_dataloader()))
    logits = made.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    losses = cross_entropy(logits.transpose(1, 2), batch["labels"][:, 1:], reduction="none", ignore_index=-100)
    weights = batch["weights"][:, 1:]

    assert set(weights.unique().tolist()) == {0.0, 0.5, 1.0}
    torch.testing.assert_close(made.compute_loss(made.model, batch), (losses * weights).sum() / weights.sum())


@pytest.mark.parametrize(("batch_size", "accumulate", "packed"), [(2, 2, False), (1, 4, False), (1, 2, True)])
def test_a_step_is_the_same_however_its_rows_are_batched(
    tokenizer: Any, tmp_path: Path, batch_size: int, accumulate: int, packed: bool
) -> None:
    whole = gradient(trainer(tokenizer, tmp_path, batch_size=4, accumulate=1), 1)
    split = trainer(tokenizer, tmp_path, batch_size=batch_size, accumulate=accumulate, packed=packed)

    torch.testing.assert_close(gradient(split, accumulate), whole, atol=2e-5, rtol=1e-3)
