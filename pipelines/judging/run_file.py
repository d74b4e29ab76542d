"""A judging's run file: which rows at which levels, what is trained on them, and who answers."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.prompts.template import AnyPrompt, Template
from data.spec import PLACE, Positive, spec
from pipelines.execute.execution import Execution
from sft.config import Training
from stages.engines.local.local import Local
from stages.rewriting.adapt import FOLDS


@spec
class Judging(Execution):
    """What `python -m flows judge` reads."""

    training: Training
    """What is trained for each fold, seed and level; its dataset is one of `c3ot` with `levels: 6`."""
    engine: Local
    """Serves the base with the adapters; needs `max_loras`."""
    folds: Annotated[int, Field(ge=2)] = FOLDS
    """Models trained for each seed and level, each on all folds but one; `adapt_folds` of the run that reads them."""
    seeds: Positive = 3
    """Models trained for each fold and level; a problem counts as solved where one of them solves it."""
    prompt: AnyPrompt = Template()
    """What the problems are put in: the `prompt` of the run that made the dataset."""
    max_tokens: Positive = 1024
    grace_seconds: Annotated[float, Field(ge=0), PLACE] = 60.0
    """How long a step of a training and its checkpoint, or replies in flight, may go on after a stop."""
    seed: int = 0
    """Of the folds; the seed of the run that is to read the judgements."""

    @model_validator(mode="after")
    def _answers_with_adapters(self) -> "Judging":
        if self.training.adapter.kind == "full" or not self.engine.max_loras:
            raise ValueError("adapters answer: train one (adapter.kind) and set `max_loras` of the engine")
        return self

    @property
    def place(self) -> Literal["here", "ray"]:
        """Return where models train and answer; `here` where nothing is said."""
        return self.where or "here"
