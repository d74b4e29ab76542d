"""What methods write into a turn beside its chain, as the trainer sees it."""

from typing import Any

import pytest

from data.columns import TRAINING
from data.table import from_rows
from data.thinking.turn import write_turn
from sft.adapters.added import add_to_tokenizer
from sft.rows.labels import IGNORED
from stages.targets.budget import Marks, WriteBudget
from stages.targets.pieces import ANSWER, CHAIN, Piece, in_pieces
from tests.sft.rows.test_labels import ROW
from tests.sft.small import labels_of


def trained(tokenizer: Any, pieces: list[Piece], added: list[str]) -> tuple[str, list[float], list[int]]:
    """Return the trained text of a row in pieces, and the weight of each of its tokens."""
    row = in_pieces(ROW, pieces, added)
    found = labels_of(tokenizer).of(row)
    at = [place for place, label in enumerate(found.labels) if label != IGNORED]
    ids = [found.input_ids[place] for place in at]
    return tokenizer.decode(ids), [found.weights[place] for place in at], ids


def test_a_switch_is_one_trained_token_in_front_of_a_quick_turn(tokenizer: Any) -> None:
    (switch,) = add_to_tokenizer(tokenizer, ["<short>"])
    pieces = [Piece("<short>", "switch", weight=2.0), Piece("The answer is \\boxed{5}.", ANSWER)]
    text, weights, ids = trained(tokenizer, pieces, ["<short>"])

    assert text == "<short>The answer is \\boxed{5}." + tokenizer.eos_token
    assert ids[0] == switch
    assert weights == [2.0] + [1.0] * (len(weights) - 1)


@pytest.mark.parametrize("train", [True, False])
def test_a_mark_within_the_chain_is_one_token_and_trained_where_that_is_said(tokenizer: Any, train: bool) -> None:
    (mark,) = add_to_tokenizer(tokenizer, ["<left_8>"])
    pieces = [
        Piece("<think>\n2 + 3", CHAIN),
        Piece("<left_8>", "remaining", train=train),
        Piece(" = 5.\n</think>\n\n", CHAIN),
        Piece("The answer is \\boxed{5}.", ANSWER),
    ]
    text, weights, ids = trained(tokenizer, pieces, ["<left_8>"])

    assert (mark in ids) == train
    assert text.count("<left_8>") == int(train)
    assert text.replace("<left_8>", "").startswith("<think>\n2 + 3 = 5.")
    assert set(weights) == {1.0}


def test_without_its_marks_the_trained_turn_is_the_plain_one(tokenizer: Any) -> None:
    said = write_turn("2 + 3 = 5.", "The answer is \\boxed{5}.")
    asked = {**ROW, "completion": [{"role": "assistant", "content": said}]}
    row = {**asked, "control_kind": "tokens", "control_value": 8.0, "question": "2 + 3?", "messages": []}
    stage = WriteBudget(form=Marks(parts=4, at="token", train=True), tokenizer="data/pocket")
    (made,) = stage(from_rows([{**row, "segments": [], "added_tokens": []}], TRAINING)).to_pylist()
    marks = set(add_to_tokenizer(tokenizer, made["added_tokens"]))
    found = [label for label in labels_of(tokenizer).of(made).labels if label != IGNORED]

    assert len([label for label in found if label in marks]) >= 3
    assert tokenizer.decode([label for label in found if label not in marks]) == said + tokenizer.eos_token
