"""CoT-Valve: one direction in weight space turns the length of thought (Ma et al. 2025, arXiv 2502.09601).

The base plus alpha times an update is asked at several alphas, and of each problem the verified chains at all of them
are the dataset (MixChain). Where the update comes from is the form (`along`, in `valve/`). Keeps: chains of the model's
own distribution, at lengths nobody asked for in words. Loses: problems that no turned model solves; beyond
alpha 1 answers go wrong before chains get shorter. Imported traces (a published MixChain) are checked and kept alike.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from data.spec import spec
from pipelines.files.mixes import mixed_name
from pipelines.methods.method import Branch, Method, Setting, checked, guarded
from pipelines.methods.training_inside import (
    in_todays_words,
    with_training,
)
from pipelines.methods.valve.forms import AnyForm
from pipelines.methods.valve.given import Models
from pipelines.methods.valve.trained import Update
from pipelines.methods.valve.workshop import Workshop
from pipelines.plan.step import rows_step
from sft.config import Learning
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import KeepVerified
from stages.choosing.remark_order import RemarkOrder
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.training_rows import AsTrainingRows

Alpha = Annotated[float, Field(ge=-2, le=4)]


@spec
class CoTValve(Method):
    """The verified chains of each problem at every alpha."""

    kind: Literal["cot_valve"] = "cot_valve"
    paper: ClassVar[str] = "Ma et al. 2025, arXiv 2502.09601"

    alphas: Annotated[tuple[Alpha, ...], Field(min_length=1)] = (0.0, 0.25, 0.5, 0.75, 1.0)
    """How far the base is turned; above 1 extrapolates, below 0 turns the other way."""
    along: AnyForm = Update()
    """What it is turned along."""
    training: Learning = Learning()
    """How what is trained is: an adapter, plain or rsLoRA, for the update must scale."""
    sampling: Sampling = Sampling(max_tokens=1024, temperature=0.0, top_p=1.0)
    """How the chain at each alpha is drawn."""

    one_model: ClassVar[str] = "it turns the weights of one model"

    @model_validator(mode="before")
    @classmethod
    def _older_words(cls, said: Any) -> Any:
        return in_todays_words(said, with_training)

    @model_validator(mode="after")
    def _alphas_differ(self) -> Self:
        named = [mixed_name((alpha,)) for alpha in self.alphas]
        if len(set(named)) < len(named):
            raise ValueError(f"alphas {list(self.alphas)}: two of them are alike in six digits; give each once")
        return self

    @property
    def sampled_by(self) -> tuple[str, ...]:
        return self.along.engines if isinstance(self.along, Models) else super().sampled_by

    def branch(self, setting: Setting) -> Branch:
        shop = Workshop(self.called, setting, self.training, self.sampling)
        chains = checked("check", (), setting) if setting.imported else self.along.chains(shop, self.alphas)
        return Branch(self, chains, rows_step(self.called, guarded(self.stages(setting), setting), chains))

    def stages(self, setting: Setting) -> Sequence[Stage]:
        order = RemarkOrder(direction=self.along.direction)
        return (GroupStats(), KeepVerified(), order, AsTrainingRows(method=self.called))
