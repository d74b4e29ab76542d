"""Labels beside those of plain TRL, on templates where TRL's way is right."""

from pathlib import Path
from typing import Any, cast

import pytest
import torch
from datasets import Dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from sft.rows.collate import Collator
from tests.sft.rows.test_templates import tokenizer_of
from tests.sft.small import POCKET, row, tokens_of

PLAIN = ["llama3_1", "llama3_2", "cohere"]
"""Templates that write an answer as it is, and nothing behind its end."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pocket", *PLAIN])
def test_the_labels_are_those_of_plain_trl(name: str, tokenizer: Any, tmp_path: Path) -> None:
    rows = [row(number, 1 + number % 3) for number in range(4)]
    if name != "pocket":
        tokenizer = tokenizer_of(name)
        tokenizer.pad_token = tokenizer.eos_token
    trainer = SFTTrainer(
        model=str(POCKET),
        args=SFTConfig(output_dir=str(tmp_path), use_cpu=True, max_length=None, report_to="none", bf16=False),
        train_dataset=Dataset.from_list([{key: one[key] for key in ("prompt", "completion")} for one in rows]),
        processing_class=tokenizer,
    )
    theirs = trainer.data_collator(list(cast(Dataset, trainer.train_dataset)))
    collator = Collator(tokens_of(rows, tokenizer), tokenizer.pad_token_id, packed=False)

    ours = collator([{"rows": [number], "counts": True} for number in range(len(rows))])

    assert torch.equal(ours["labels"], theirs["labels"])
    assert torch.equal(ours["input_ids"], theirs["input_ids"])
