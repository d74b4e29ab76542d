import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from stages.cutting.units import read_units
from stages.replies.statement import statement
from stages.scorers.models import Weights
from stages.scorers.scorer import Thought
from stages.scorers.steps import MOST_STEPS, AnswerPerplexity, StepEntropy, StepSurprisal
from stages.scorers.surprisal import context_ids
from tests.stages.scorers.small import language_model

TEXT = "So 3 + 4.\n\nIt is 7.\n\nYes."
UNITS = read_units(TEXT, "paragraphs")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return Weights(model=language_model(tmp_path_factory.mktemp("lm")))


def logs_of(weights: Weights, question: str, text: str) -> tuple[torch.Tensor, list[int], int]:
    """Return the log-probabilities at each place, the ids, and where those of the text begin."""
    reader = weights.load("language_model")
    head = context_ids(reader, question)
    (ids,), _ = reader.encode([text])
    lm = AutoModelForCausalLM.from_pretrained(weights.model, dtype=torch.float32)
    with torch.no_grad():
        return lm(torch.tensor([[*head, *ids]])).logits.log_softmax(-1)[0], [*head, *ids], len(head)


def test_step_entropy_is_the_sum_of_the_entropies_of_its_tokens(weights: Weights) -> None:
    (scores,) = StepEntropy(weights=weights).score([Thought("What?", UNITS, "7")])
    logs, _, begin = logs_of(weights, "What?", TEXT)
    entropies = -(logs.exp() * logs).sum(-1)

    for score, (first, last) in zip(scores, UNITS.spans, strict=True):
        assert score == pytest.approx(float(entropies[begin + first - 1 : begin + last - 1].sum()), rel=1e-4)


def test_step_surprisal_is_that_of_its_first_token(weights: Weights) -> None:
    (scores,) = StepSurprisal(weights=weights).score([Thought("What?", UNITS, "7")])
    logs, ids, begin = logs_of(weights, "What?", TEXT)

    for score, (first, _) in zip(scores, UNITS.spans, strict=True):
        assert score == pytest.approx(-float(logs[begin + first - 1, ids[begin + first]]), rel=1e-4)


def test_answer_perplexity_is_the_ratio_without_the_step_to_that_with_all(weights: Weights) -> None:
    (scores,) = AnswerPerplexity(weights=weights).score([Thought("What?", UNITS, "7")])

    def surprisal(text: str) -> float:
        reply = f"{text}\n\n{statement('7')}"
        reply = reply[: reply.rindex("7") + 1]
        logs, ids, _ = logs_of(weights, "What?", reply)
        return -float(logs[len(ids) - 2, ids[-1]])

    without = ("It is 7.\n\nYes.", "So 3 + 4.\n\nYes.", "So 3 + 4.\n\nIt is 7.")
    assert scores == pytest.approx([np.exp(surprisal(text) - surprisal(TEXT)) for text in without], rel=1e-3)


def test_a_step_that_holds_the_answer_is_worth_more_to_it_than_one_that_does_not() -> None:
    question = "Tom has 15 coins. Tom finds 8 more coins. He loses 3 coins. How many coins does Tom have now?"
    units = read_units("Tom is here.\n\n15 + 8 = 23. 23 - 3 = 20.", "paragraphs")
    scorer = AnswerPerplexity(weights=Weights(model="data/pocket", device="cpu"))
    (scores,) = scorer.score([Thought(question, units, "20")])

    assert scores[1] > 1 and scores[1] > scores[0]


def test_more_steps_than_are_left_out_one_by_one_are_not_read(weights: Weights) -> None:
    units = read_units("a\n" * (MOST_STEPS + 1), "lines")
    (scores,) = AnswerPerplexity(weights=weights).score([Thought("What?", units, "7")])

    assert np.isnan(scores).all() and len(scores) == MOST_STEPS + 1
    assert [scored.tolist() for scored in StepEntropy(weights=weights).score([])] == []
