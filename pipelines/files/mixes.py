"""Make adapters of the adapters that steps have trained: each counted so many times."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from data.spec import spec
from pipelines.files.trains import MODEL
from pipelines.plan.step import Means, Writes


@spec
class Mixes(Writes):
    """Write one adapter for each row of numbers: how many times each needed step's update counts."""

    times: Annotated[tuple[tuple[float, ...], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_has_a_folder(self) -> Self:
        names = [mixed_name(times) for times in self.times]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{repeated} are named more than once; numbers count to six digits")
        return self

    def write(self, folder: Path, means: Means) -> None:
        from sft.adapters.mixed import Part, mix  # torch takes seconds to import

        for times in self.times:
            if not (folder / mixed_name(times)).is_dir():
                parts = [Part(made / MODEL, count) for made, count in zip(means.needs, times, strict=True)]
                mix(parts, folder / mixed_name(times))


def mixed_name(times: Sequence[float]) -> str:
    """Return the folder of an adapter by its numbers."""
    return "times" + "".join(f"_{count:g}" for count in times)
