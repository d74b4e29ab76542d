"""All rows at once: plain supervised fine-tuning."""

from collections.abc import Sequence
from typing import Literal

import pyarrow as pa

from data.spec import spec
from data.table import Row
from sft.schedules.stage import Planned, Tools, TrainingStage


@spec
class Standard:
    """One stage with every row as it is."""

    kind: Literal["standard"] = "standard"

    @property
    def reads(self) -> Sequence[pa.Field]:
        """Nothing more."""
        return ()

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the one stage."""
        return Planned([TrainingStage("standard", rows)])
