from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from stages.cutting.units import units_of
from stages.scorers import surprisal
from stages.scorers.conditional import Conditional
from stages.scorers.models import Reader, Weights
from stages.scorers.scorer import Thought
from stages.scorers.self_information import SelfInformation
from stages.scorers.surprisal import Read, context_ids, surprisals
from tests.stages.scorers.small import language_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return language_model(tmp_path_factory.mktemp("lm"))


@pytest.fixture
def reader(model: str) -> Reader:
    return Weights(model=model).load("language_model")


def test_surprisal_is_minus_the_log_probability_after_what_came_before(model: str, reader: Reader) -> None:
    (ids,), (offsets,) = reader.encode(["So 3 + 4 = 7."])
    (found,) = surprisals(reader, [Read([0], ids, offsets)], 2048, 0, 4096)
    lm = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    with torch.no_grad():
        logs = lm(torch.tensor([[0, *ids]])).logits.log_softmax(-1)[0]

    assert found == pytest.approx([-float(logs[at, token]) for at, token in enumerate(ids)], abs=1e-5)


def test_texts_of_any_length_are_scored_alike_alone_and_together(reader: Reader) -> None:
    texts = ["a", "So 3 + 4 = 7. " * 5, "x" * 400, ""]
    ids, offsets = reader.encode(texts)
    reads = [Read([0], *found) for found in zip(ids, offsets, strict=True)]
    together = surprisals(reader, reads, 100, 40, 4096)
    alone = [surprisals(reader, [read], 100, 40, 1)[0] for read in reads]

    for one, other, tokens in zip(together, alone, ids, strict=True):
        assert len(one) == len(tokens)
        assert one == pytest.approx(other, abs=1e-4)


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many rows of how many tokens are read at once, batch by batch."""
    seen, read = list[tuple[int, int]](), surprisal._negative_log_probabilities

    def watched(reader: Reader, rows: Any) -> Any:
        seen.append((len(rows), max(map(len, rows))))
        return read(reader, rows)

    monkeypatch.setattr(surprisal, "_negative_log_probabilities", watched)
    return seen


def test_a_neighbour_with_a_long_context_changes_nothing(reader: Reader, rows_read: list[tuple[int, int]]) -> None:
    (ids,), (offsets,) = reader.encode(["So 3 + 4 = 7. " * 40])
    read, neighbour = Read([0], ids, offsets), Read([0] + [5] * 200, ids[:30], offsets[:30])
    (alone,) = surprisals(reader, [read], 2048, 40, 512)
    rows_alone = sum(rows for rows, _ in rows_read)
    together, _ = surprisals(reader, [read, neighbour], 2048, 40, 512)

    assert together == pytest.approx(alone, abs=1e-4)
    assert sum(rows for rows, _ in rows_read) == 2 * rows_alone + 1


def test_a_batch_holds_its_contexts_within_the_budget(reader: Reader, rows_read: list[tuple[int, int]]) -> None:
    (ids,), (offsets,) = reader.encode(["So 3 + 4."])
    surprisals(reader, [Read([0] * context, ids, offsets) for context in (90, 100, 100, 110, 60)], 2048, 40, 300)

    assert all(rows == 1 or rows * width <= 300 for rows, width in rows_read)
    assert sum(rows for rows, _ in rows_read) == 5


def test_a_text_whose_context_leaves_no_room_is_not_read(reader: Reader, rows_read: list[tuple[int, int]]) -> None:
    ids, offsets = reader.encode(["So 3 + 4 = 7. " * 9, "So."])
    reads = [
        Read([0] * (reader.longest - room), *found) for room in (31, 32) for found in zip(ids, offsets, strict=True)
    ]
    unread, *others = surprisals(reader, reads, 2048, 512, 512)

    assert np.isnan(unread).all()
    assert not any(np.isnan(found).any() for found in others)
    assert sum(rows for rows, _ in rows_read) <= len(ids[0]) / 16 + 2


def test_self_information_adds_up_over_a_unit(model: str, reader: Reader) -> None:
    text = "So 3 + 4."
    (scores,) = SelfInformation(weights=Weights(model=model)).score([Thought("What?", units_of(text), "7")])
    (ids,), (offsets,) = reader.encode([text])
    (tokens,) = surprisals(reader, [Read(context_ids(reader, None), ids, offsets)], 2048, 0, 4096)
    inside = [b < 2 and e > 0 for b, e in offsets]

    assert scores[0] == pytest.approx(sum(np.array(tokens)[inside]))
    assert len(scores) == len(units_of(text))


def test_conditional_importance_is_what_knowing_the_answer_changes(model: str) -> None:
    text, scorer = "So 3 + 4.", Conditional(weights=Weights(model=model))
    known, other, unknown = scorer.score([Thought("What?", units_of(text), answer) for answer in ("7", "9", None)])
    asked = SelfInformation(weights=Weights(model=model), sees_question=True)
    (plain,) = asked.score([Thought("What?", units_of(text), None)])

    assert unknown == pytest.approx(plain, abs=1e-4)
    assert not np.allclose(known, other)
    assert not np.allclose(known, unknown)
