"""Every method, in the open: a new one is an import and a union member."""

from typing import Annotated, get_args

from pydantic import Field

from pipelines.methods.budget_in_target import BudgetInTarget
from pipelines.methods.by_difficulty import ByDifficulty
from pipelines.methods.c3ot import C3oT
from pipelines.methods.cot_valve import CoTValve
from pipelines.methods.first_correct import FirstCorrect
from pipelines.methods.hybrid import Hybrid
from pipelines.methods.learn_skip import LearnSkip
from pipelines.methods.method import Method
from pipelines.methods.prompted import Prompted
from pipelines.methods.shortest_correct import ShortestCorrect
from pipelines.methods.step_cutting import StepCutting
from pipelines.methods.system2_to_1 import System2To1
from pipelines.methods.token_budget import TokenBudget
from pipelines.methods.token_skip import TokenSkip

Methods = (
    ShortestCorrect
    | TokenSkip
    | C3oT
    | System2To1
    | CoTValve
    | LearnSkip
    | TokenBudget
    | Prompted
    | FirstCorrect
    | ByDifficulty
    | Hybrid
    | BudgetInTarget
    | StepCutting
)

AnyMethod = Annotated[Methods, Field(discriminator="kind")]
"""A method of a run file, told apart by `kind`."""

METHODS: tuple[type[Method], ...] = get_args(Methods)
"""Every method."""
