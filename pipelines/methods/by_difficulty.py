"""Easy problems short, hard ones long: how long a chain a problem is taught by follows from how often it is solved.

Every problem is sampled several times; its pass rate names a band, and the band the length quantiles of its right
chains that are kept. One band of always-solved problems with both ends is LCPO's choice of pairs (arXiv 2508.10164);
long and short chains of one problem side by side are the mixture of LS-Mixture (arXiv 2505.03469), whose short ones a
model rewrites. Keeps: the model's own chains, long ones where it has to think. Loses: problems that are never solved;
with few samples the rate is rough, and it is the sampling model's, not the trained one's.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.pass_rate import Band, Bands, KeepByPassRate
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.training_rows import AsTrainingRows

BANDS = (
    Band(solved=0.75, quantiles=(0.0,)),
    Band(solved=0.25, quantiles=(0.5,)),
    Band(solved=0.0, quantiles=(1.0,)),
)


@spec
class ByDifficulty(Method):
    """Of each problem the right chains at the lengths that its pass rate calls for."""

    kind: Literal["by_difficulty"] = "by_difficulty"
    paper: ClassVar[str] = "LCPO, Hong et al. 2025, arXiv 2508.10164; LS-Mixture, Yu et al. 2025, arXiv 2505.03469"

    samples: Positive = 16
    """Samples a problem, from which its pass rate is known."""
    bands: Bands = BANDS
    """From easy to hard: problems solved at least so often, and the length quantiles kept of them."""
    sampling: Sampling = Sampling(temperature=1.0, top_p=1.0)

    @model_validator(mode="after")
    def _bands_fall(self) -> Self:
        if faults := list(_faults(self.bands)):
            raise ValueError("; ".join(faults))
        return self

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=self.samples),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        return (
            GroupStats(),
            KeepVerified(),
            DropRepeats(),
            KeepByPassRate(bands=self.bands),
            AsTrainingRows(method=self.called),
        )


def _faults(bands: Bands) -> Iterator[str]:
    for before, after in pairwise(bands):
        if after.solved >= before.solved:
            yield f"bands go from often to seldom solved, and {after.solved:g} comes after {before.solved:g}"
    if not any(band.quantiles for band in bands):
        yield "no band has `quantiles`, so nothing would be kept"
