from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from data.columns import ANSWER, MEASURES, PROMPT, REASONING, REPLY
from data.prompts.template import Template
from data.table import from_rows
from stages.cutting.recheck import AnswerLikelihood, RecheckAnswer
from stages.scorers.models import Weights
from stages.scorers.surprisal import context_ids
from tests.stages.scorers.small import language_model

FIELDS = (PROMPT, REPLY, REASONING, ANSWER, MEASURES)
QUESTION = "Compute 3 + 4."
REPLY_TEXT = "3 + 4 = 7\n\nThe final answer is: $\\boxed{7}$"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return Weights(model=language_model(tmp_path_factory.mktemp("lm")))


def rechecked(by: AnswerLikelihood, *replies: str, question: str = QUESTION, **more: Any) -> list[dict[str, Any]]:
    rows = [{"prompt": Template().turns(question), "reply": reply, **more} for reply in replies]
    return list(RecheckAnswer(by=by)(from_rows(rows, FIELDS)).to_pylist())


def test_the_likelihood_is_the_geometric_mean_of_the_answers_tokens_behind_question_and_chain(weights: Weights) -> None:
    reply = "3 + 4 = 17\n\nThe final answer is: $\\boxed{17}$"
    (row,) = rechecked(AnswerLikelihood(weights=weights, min_likelihood=0.0), reply)
    reader = weights.load("language_model")
    head = context_ids(reader, Template().turns(QUESTION)[-1]["content"])
    (ids,), _ = reader.encode([reply[: reply.rindex("17") + 2]])
    lm = AutoModelForCausalLM.from_pretrained(weights.model, dtype=torch.float32)
    with torch.no_grad():
        logs = lm(torch.tensor([[*head, *ids]])).logits.log_softmax(-1)[0]
    last = [float(logs[at - 1, [*head, *ids][at]]) for at in range(len(head) + len(ids) - 2, len(head) + len(ids))]

    assert row["dropped"] is None
    assert row["measures"] == [{"name": "answer_likelihood", "value": pytest.approx(np.exp(np.mean(last)), rel=1e-4)}]


def test_a_chain_after_which_the_answer_is_unlikely_leaves_and_says_how_unlikely(weights: Weights) -> None:
    (row,) = rechecked(AnswerLikelihood(weights=weights, min_likelihood=0.99), REPLY_TEXT)

    assert row["dropped"] == "answer_unlikely"
    assert 0 < row["measures"][0]["value"] < 0.99


def test_measures_that_are_there_stay(weights: Weights) -> None:
    by = AnswerLikelihood(weights=weights, min_likelihood=0.0)
    (row,) = rechecked(by, REPLY_TEXT, measures=[{"name": "other", "value": 1.0}])

    assert [measure["name"] for measure in row["measures"]] == ["other", "answer_likelihood"]


def test_a_chain_of_any_length_is_read_from_its_end_and_a_question_that_fills_the_model_leaves(
    weights: Weights,
) -> None:
    by = AnswerLikelihood(weights=weights, min_likelihood=0.0)
    rows = rechecked(by, "so 3 + 4 = 7. " * 4000 + REPLY_TEXT, REPLY_TEXT)
    (unread,) = rechecked(by, REPLY_TEXT, question="Tom has 3. " * 40)

    assert [row["dropped"] for row in rows] == [None, None]
    assert unread["dropped"] == "question_too_long"


def test_a_reply_without_a_box_is_unlikely_and_no_rows_are_no_error(weights: Weights) -> None:
    by = AnswerLikelihood(weights=weights)

    assert rechecked(by, "It is 7.")[0]["dropped"] == "answer_unlikely"
    assert rechecked(by) == []


def test_a_model_that_can_do_the_task_finds_the_answer_likely_after_its_work_and_unlikely_after_others() -> None:
    question = "Tom has 15 coins. Tom finds 8 more coins. He loses 3 coins. How many coins does Tom have now?"
    work = "15 + 8 = 23. 23 - 3 = 20."
    others = ("15 + 8 = 24. 24 - 3 = 21.", "Tom finds loses.")
    replies = [f"<think>\n{told}\n</think>\n\nThe answer is \\boxed{{20}}." for told in (work, *others)]
    by = AnswerLikelihood(weights=Weights(model="data/pocket", device="cpu"))
    rows = rechecked(by, *replies, question=question)

    assert [row["dropped"] for row in rows] == [None, "answer_unlikely", "answer_unlikely"]
