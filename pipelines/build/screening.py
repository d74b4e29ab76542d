"""What a run leaves out before anything is asked: problems of benchmarks, and near-duplicates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from data.inputs.every import AnyProblems
from data.spec import Name, Positive, spec
from pipelines.files.benchmark_index import IndexBenchmarks
from pipelines.files.near_duplicates import FindNearDuplicates
from pipelines.plan.step import Step, files_step, rows_step
from stages.screening.contaminated import DropContaminated
from stages.screening.near_duplicates import DropNearDuplicates
from stages.stage import Stage


@spec
class Decontaminate:
    """The benchmarks whose problems are not trained on; a problem that shares a run of words with one leaves."""

    against: Annotated[Mapping[Name, AnyProblems], Field(min_length=1)]
    """Benchmarks by name, each a block as `problems` is; only their questions count."""
    words: Annotated[Positive, Field(le=64)] = 13
    """Words, numbers and signs of a run."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The least share of a problem's runs that a benchmark has; 0 takes one for enough."""


@spec
class Deduplicate:
    """Which problems are nearly the same: alike in all hashes of one band of their MinHash. The first by id stays."""

    words: Annotated[Positive, Field(le=64)] = 5
    """Words, numbers and signs of a shingle."""
    bands: Annotated[Positive, Field(le=256)] = 14
    """More bands find less alike ones."""
    hashes: Annotated[Positive, Field(le=64)] = 8
    """Hashes of a band; more find only more alike ones. Found by half is what is alike by (1/bands)^(1/hashes)."""
    same_gold: bool = False
    """Whether only problems with one answer are near-duplicates: those with other numbers stay then."""


def screened(read: Step, folder: Path, decontaminate: Decontaminate | None, deduplicate: Deduplicate | None) -> Step:
    """Return the step that leaves out what a run says of what a step has read; that step itself where it says nothing.

    Args:
        read: reads the source.
        folder: of the run.
    """
    stages: list[Stage] = []
    after: list[Step] = []
    contaminated = None
    if decontaminate is not None:
        index = files_step("benchmarks", IndexBenchmarks(against=decontaminate.against, words=decontaminate.words))
        contaminated = DropContaminated(
            folder=_folder(folder, index),
            revision=index.fingerprint,
            benchmarks=tuple(decontaminate.against),
            words=decontaminate.words,
            share=decontaminate.share,
        )
        stages.append(contaminated)
        after.append(index)
    if deduplicate is not None:
        finding = FindNearDuplicates(
            words=deduplicate.words,
            bands=deduplicate.bands,
            hashes=deduplicate.hashes,
            same_gold=deduplicate.same_gold,
            contaminated=contaminated,
        )
        found = Step("near_duplicates", needs=(read,), files=finding, also=finding.uses(), after=tuple(after))
        stages.append(DropNearDuplicates(folder=_folder(folder, found), revision=found.fingerprint))
        after.append(found)
    return rows_step("screened", stages, read, after=tuple(after)) if stages else read


def _folder(run: Path, step: Step) -> str:
    return str(run / "artifacts" / step.folder)
