from typing import Any

import pytest

from data.columns import ANSWER, COT, FINAL_ANSWER, PROMPT, REASONING, REPLY
from data.prompts.template import Template
from data.table import from_rows
from stages.cutting.score_tokens import ScoreTokens
from stages.cutting.units import units_of
from stages.scorers.conditional import Conditional
from stages.scorers.every import AnyScorer
from stages.scorers.models import Weights
from stages.scorers.self_information import SelfInformation
from tests.stages.scorers.small import language_model
from tests.stages.traces import marked

WORK = "Tom has 3, and 3 + 4 = 7."
FIELDS = (PROMPT, REPLY, REASONING, ANSWER, COT, FINAL_ANSWER)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return Weights(model=language_model(tmp_path_factory.mktemp("lm")))


def test_a_trace_whose_question_leaves_no_room_leaves_and_its_neighbours_do_not_notice(weights: Weights) -> None:
    for scorer in (Conditional(weights=weights), SelfInformation(weights=weights, sees_question=True)):
        alone = scored(scorer, ["What?"])
        together = scored(scorer, ["What?", "Tom has 3. " * 40])

        assert [row["dropped"] for row in together] == [None, "question_too_long"]
        assert together[0]["unit_scores"] == pytest.approx(alone[0]["unit_scores"], abs=1e-4)
        assert len(alone[0]["unit_scores"]) == len(units_of(WORK))


def scored(scorer: AnyScorer, questions: list[str]) -> list[dict[str, Any]]:
    rows = [
        {"prompt": Template().turns(asked), "reply": marked(WORK, "7"), "cot": WORK, "final_answer": "7"}
        for asked in questions
    ]
    return list(ScoreTokens(scorer=scorer)(from_rows(rows, FIELDS)).to_pylist())
