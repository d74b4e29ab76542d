"""What models are merged and how, as a run file says it; reading one loads nothing."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.spec import spec
from sft.config import Base

Precision = Literal["bfloat16", "float16", "float32"]
"""In what the weights of a result are written."""


@spec
class Source(Base):
    """A model that is merged."""

    weight: float = 1.0
    """How much it counts against the others; `slerp` has its `t` instead."""


@spec
class Linear:
    """The weighted mean of the models."""

    kind: Literal["linear"] = "linear"


@spec
class Slerp:
    """What lies between two models on the arc that joins them, tensor by tensor."""

    kind: Literal["slerp"] = "slerp"
    t: Annotated[float, Field(ge=0, le=1)] = 0.5
    """0 is the first model, 1 the second."""


@spec
class TaskArithmetic:
    """The base and the sum of what the models differ from it by, each times its weight."""

    kind: Literal["task_arithmetic"] = "task_arithmetic"
    scale: float = 1.0
    """What the sum is multiplied by (the paper's lambda)."""


@spec
class Ties:
    """As task arithmetic, of the largest differences alone, and where they disagree in sign, of the majority's."""

    kind: Literal["ties"] = "ties"
    density: Annotated[float, Field(gt=0, le=1)] = 0.2
    """The share of each tensor's differences that is kept, the largest; the paper takes it of the whole model's."""
    scale: float = 1.0
    """What the mean of those that agree is multiplied by (the paper's lambda)."""


@spec
class Dare:
    """As task arithmetic, of differences of which most are dropped at random and the others made larger for it."""

    kind: Literal["dare"] = "dare"
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """The share of differences that is dropped."""
    seed: Annotated[int, Field(ge=0)] = 0
    rescale: bool = True
    """Divide what is left by the share that is left, so that the expectation stays."""
    combine: Literal["linear", "ties"] = "linear"
    """`ties` elects a sign for what is left and takes the mean of those that agree; nothing more is trimmed."""
    scale: float = 1.0


Rule = Annotated[Linear | Slerp | TaskArithmetic | Ties | Dare, Field(discriminator="kind")]


@spec
class Recipe:
    """What `python -m flows convert merge` reads."""

    models: Annotated[tuple[Source, ...], Field(min_length=2)]
    """Configuration, tokenizer, chat template and generation settings of the result are those of the first."""
    method: Rule
    base: Base | None = None
    """What the models were trained from; `task_arithmetic`, `ties` and `dare` work on what they differ from it by."""
    dtype: Precision | None = None
    """Of the result; None keeps the first model's. Numbers are added up in float32 always."""
    shard_gigabytes: Annotated[float, Field(gt=0, le=50)] = 2.0
    """The most that one file of the result holds; a tensor larger than this has a file of its own."""

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        kind, weights = self.method.kind, [model.weight for model in self.models]
        on_base = kind in ("task_arithmetic", "ties", "dare")
        faults = []
        if on_base and self.base is None:
            faults.append(f"{kind} adds to a base what the models differ from it by: give `base`")
        if not on_base and self.base is not None:
            faults.append(f"{kind} has no use for a `base`: leave it out, or list it among `models`")
        if kind == "slerp" and len(self.models) != 2:
            faults.append(f"slerp joins two models, not {len(self.models)}")
        if kind == "slerp" and set(weights) != {1.0}:
            faults.append("slerp knows no `weight`: give `t` of its method")
        if kind == "linear" and sum(weights) <= 0:
            faults.append(f"the weights {weights} add up to {sum(weights):g}: a mean needs a sum above 0")
        elects = kind == "ties" or (isinstance(self.method, Dare) and self.method.combine == "ties")
        if elects and min(weights) <= 0:
            faults.append(f"the weights {weights} are not all above 0, and a vote needs that")
        if faults:
            raise ValueError("; ".join(faults))
        return self
