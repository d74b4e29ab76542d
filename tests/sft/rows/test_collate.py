from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from sft.rows.collate import Collator
from sft.rows.labels import IGNORED
from tests.sft.small import POCKET, labels_of, row, tokens_of


def collator(tokenizer: Any, rows: list[dict[str, Any]], *, packed: bool) -> Collator:
    return Collator(tokens_of(rows, tokenizer), tokenizer.pad_token_id, packed)


def test_the_label_tensor_holds_the_completion_and_its_end_alone(tokenizer: Any) -> None:
    rows = [row(1), row(2, length=5)]
    batch = collator(tokenizer, rows, packed=False)([{"rows": [0], "counts": True}, {"rows": [1], "counts": True}])

    for at, it in enumerate(rows):
        trained = batch["labels"][at][batch["labels"][at] != IGNORED]
        assert tokenizer.decode(trained) == it["completion"][0]["content"] + tokenizer.eos_token
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(labels_of(tokenizer).of(it).input_ids) for it in rows]
    assert set(batch) == {"input_ids", "labels", "weights", "attention_mask"}


def test_the_end_is_attended_and_trained_where_pad_and_end_are_one_token(tokenizer: Any) -> None:
    tokenizer.pad_token = tokenizer.eos_token
    batch = collator(tokenizer, [row(1), row(2, length=5)], packed=False)(
        [{"rows": [0], "counts": True}, {"rows": [1], "counts": True}]
    )
    last = int(batch["attention_mask"][0].sum()) - 1

    assert batch["labels"][0, last] == tokenizer.eos_token_id
    assert (batch["labels"][0, last + 1 :] == IGNORED).all()
    assert (batch["attention_mask"][0, last + 1 :] == 0).all()


@pytest.mark.parametrize("other", [1, 9])
def test_a_packed_row_sees_nothing_of_its_neighbours(tokenizer: Any, other: int) -> None:
    rows = [row(other, length=other), row(5, length=4), row(other + 1)]
    model = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    pack = collator(tokenizer, rows, packed=True)([{"rows": [0, 1, 2], "counts": True}, {"rows": [2], "counts": True}])
    alone = collator(tokenizer, rows, packed=False)([{"rows": [1], "counts": True}])
    begin = len(labels_of(tokenizer).of(rows[0]).input_ids)
    width = alone["input_ids"].shape[1]

    with torch.no_grad():
        packed = model(input_ids=pack["input_ids"], position_ids=pack["position_ids"], use_cache=False).logits
        single = model(input_ids=alone["input_ids"], attention_mask=alone["attention_mask"]).logits

    torch.testing.assert_close(packed[0, begin : begin + width], single[0], atol=1e-4, rtol=1e-4)
    assert "attention_mask" not in pack
