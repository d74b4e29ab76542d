from random import Random

import torch
from transformers import AutoTokenizer

from data.tasks.every import POCKET
from makers.pocket_scorer.pairs import IGNORED, Batches, labelled, pair

TOKENIZER = AutoTokenizer.from_pretrained("data/pocket")


def test_the_shorter_version_is_shorter_for_every_task() -> None:
    for task in POCKET:
        drawn = [pair(Random(at), task) for at in range(20)]

        assert sum(len(short) < len(long) for long, short in drawn) >= 19


def test_labels_are_one_a_token_and_some_of_each() -> None:
    for at in range(20):
        ids, kept = labelled(TOKENIZER, Random(at), 510)

        assert len(ids) == len(kept)
        assert 0 < sum(kept) < len(kept)


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    batches = Batches(TOKENIZER, 1, 3, 128)
    ids, labels = batches[5]

    assert torch.equal(ids, Batches(TOKENIZER, 1, 3, 128)[5][0])
    assert not torch.equal(ids, batches[6][0])
    assert torch.equal(labels == IGNORED, ids == TOKENIZER.pad_token_id)
