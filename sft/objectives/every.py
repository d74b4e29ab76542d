"""What training lowers: the loss of a row's tokens, or of preferring a short answer over a long one.

Kept: DPO (Rafailov et al. 2023) with the model as it was at the start for reference, and SimPO (Meng et al. 2024),
which needs none and compares means a token. Lost: nothing of either; TRL's own trainers for them render and cut the
rows anew, so the losses are computed here on rows that are tokens already.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from data.spec import Positive, spec

if TYPE_CHECKING:
    import torch  # takes seconds, and whoever reads a run file pays for it

Above0 = Annotated[float, Field(gt=0)]


@spec
class LogLikelihood:
    """Supervised fine-tuning: every row is learned."""

    kind: Literal["sft"] = "sft"


@spec
class Dpo:
    """Prefer the shorter of two right answers, by how much likelier than at the start each has become."""

    kind: Literal["dpo"] = "dpo"
    beta: Above0 = 0.1
    """How dear it is to leave the reference: the higher, the dearer."""
    pairs_per_problem: Positive = 1
    shorter_by: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """The chosen answer lacks at least this share of the tokens of the rejected one."""

    def loss(self, log_probs: "torch.Tensor", tokens: "torch.Tensor", reference: "torch.Tensor") -> "torch.Tensor":
        """Return the loss of each pair from the log-probabilities of (pairs, 2) answers, the chosen one first."""
        from torch.nn.functional import logsigmoid  # as above

        gained = log_probs - reference
        return -logsigmoid(self.beta * (gained[:, 0] - gained[:, 1]))


@spec
class SimPo:
    """Prefer the shorter of two right answers, by the mean log-probability a token and a margin."""

    kind: Literal["simpo"] = "simpo"
    beta: Above0 = 2.0
    margin: Annotated[float, Field(ge=0)] = 1.0
    """How far ahead the chosen answer is to be (the paper's gamma)."""
    pairs_per_problem: Positive = 1
    shorter_by: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """The chosen answer lacks at least this share of the tokens of the rejected one."""

    def loss(self, log_probs: "torch.Tensor", tokens: "torch.Tensor", reference: "torch.Tensor") -> "torch.Tensor":
        """Return the loss of each pair from the log-probabilities of (pairs, 2) answers, the chosen one first."""
        from torch.nn.functional import logsigmoid  # as above

        means = log_probs / tokens
        return -logsigmoid(self.beta * (means[:, 0] - means[:, 1]) - self.margin)


Preference = Dpo | SimPo
AnyObjective = Annotated[LogLikelihood | Dpo | SimPo, Field(discriminator="kind")]
