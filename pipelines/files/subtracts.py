"""Make an adapter of the difference of two models of one family."""

from collections.abc import Mapping
from pathlib import Path

from data.spec import Positive, spec
from pipelines.files.trains import MODEL
from pipelines.plan.step import Means, Writes
from sft.config import Base, Direction
from sft.models.origin import base_digest, find


@spec
class Subtracts(Writes):
    """Write the LoRA that turns `base` towards `other`."""

    base: Base
    other: Base
    rank: Positive
    direction: Direction = "long_to_short"
    """Which of the two thinks longer."""

    def uses(self) -> Mapping[str, str]:
        return {role: base_digest(find(it)) for role, it in self._models.items()}

    def write(self, folder: Path, means: Means) -> None:
        from sft.adapters.difference import difference  # torch takes seconds to import

        if not (folder / MODEL).is_dir():
            difference(self.base, self.other, folder / MODEL, rank=self.rank, direction=self.direction)

    @property
    def _models(self) -> Mapping[str, Base]:
        return {"base": self.base, "other": self.other}
