"""Every scorer there is; a new one is a file beside this, an import and a member of the union."""

from typing import Annotated

from pydantic import Field

from stages.scorers.conditional import Conditional
from stages.scorers.controls import AtRandom, Truncation
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.self_information import SelfInformation
from stages.scorers.steps import AnswerPerplexity, StepEntropy, StepSurprisal

AnyScorer = Annotated[LLMLingua2 | SelfInformation | Conditional | AtRandom | Truncation, Field(discriminator="kind")]
"""A scorer of a run file, told apart by `kind`."""

AnyStepScorer = Annotated[
    StepEntropy | StepSurprisal | AnswerPerplexity | AtRandom | Truncation, Field(discriminator="kind")
]
"""A scorer of whole steps."""
EveryScorer = Annotated[
    LLMLingua2 | SelfInformation | Conditional | StepEntropy | StepSurprisal | AnswerPerplexity | AtRandom | Truncation,
    Field(discriminator="kind"),
]
"""Any of both."""
