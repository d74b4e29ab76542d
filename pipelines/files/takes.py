"""Take an adapter that exists, so that later steps can scale it like one that a step has trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from data.spec import PLACE, spec
from pipelines.files.trains import MODEL
from pipelines.plan.step import Means, Writes
from sft.config import Base, Direction
from sft.models.origin import base_digest, check_base, find
from stages.engines.weights import folder_digest


@spec
class Takes(Writes):
    """Write an adapter of this base as it is: plain LoRA, its whole update."""

    adapter: Annotated[str, PLACE]
    base: Base
    direction: Direction = "long_to_short"
    """What more of it does to chains."""

    def uses(self) -> Mapping[str, str]:
        base = base_digest(find(self.base))
        check_base(Path(self.adapter), base)
        return {"adapter": folder_digest(Path(self.adapter)), "base": base}

    def write(self, folder: Path, means: Means) -> None:
        from sft.adapters.mixed import Part, mix  # torch takes seconds to import

        if not (folder / MODEL).is_dir():
            mix([Part(Path(self.adapter), 1.0)], folder / MODEL)
