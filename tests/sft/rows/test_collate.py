from itertools import accumulate
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


def test_without_padding_all_packs_are_one_row_that_tells_where_each_row_begins(tokenizer: Any) -> None:
    rows = [row(1), row(5, length=4), row(2)]
    samples = [{"rows": [0, 1], "counts": True}, {"rows": [2], "counts": False}]
    tokens = tokens_of(rows, tokenizer)
    padded, free = (
        Collator(tokens, tokenizer.pad_token_id, True, padding_free=flat)(samples) for flat in (False, True)
    )
    model = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    lengths = [len(ids) for ids, _ in (tokens[number] for number in range(3))]
    names = ("input_ids", "position_ids")

    with torch.no_grad():
        logits = [model(**{name: batch[name] for name in names}, use_cache=False).logits for batch in (padded, free)]

    assert free["input_ids"].shape == (1, sum(lengths))
    assert free["cu_seq_lens_q"].tolist() == free["cu_seq_lens_k"].tolist() == [0, *accumulate(lengths)]
    assert free["max_length_q"] == free["max_length_k"] == max(lengths)
    assert free["weights"].sum() == padded["weights"].sum() > 0 == free["weights"][0, -lengths[2] :].sum()
    both = torch.cat([logits[0][0, : sum(lengths[:2])], logits[0][1, : lengths[2]]])
    torch.testing.assert_close(logits[1][0], both, atol=1e-4, rtol=1e-4)
