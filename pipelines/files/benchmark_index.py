"""Index the questions of benchmarks by their runs of words, so that no problem of theirs is trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from data.columns import DROPPED, QUESTION
from data.errors import InputError
from data.inputs.every import AnyProblems, Problems, content_digest, read_problems
from data.spec import Name, Positive, spec
from data.store import write_json
from data.table import split_dropped, values
from pipelines.plan.step import Means, Writes
from stages.screening.contaminated import SUFFIX
from stages.screening.ngrams import Hashes, ngrams, words

ABOUT = "benchmarks.json"
"""Of each benchmark: questions read, rows left out by reason, and runs of words."""


@spec
class IndexBenchmarks(Writes):
    """Write the sorted hashes of each benchmark's runs of words: eight bytes each."""

    against: Annotated[Mapping[Name, AnyProblems], Field(min_length=1)]
    words: Positive

    def uses(self) -> Mapping[str, str]:
        return {f"benchmark.{name}": content_digest(source) for name, source in self.against.items()}

    def write(self, folder: Path, means: Means) -> None:
        told = {}
        for name, source in self.against.items():
            hashes, counts = self._indexed(name, source)
            np.save(folder / f"{name}{SUFFIX}", hashes, allow_pickle=False)
            told[name] = {**counts, "ngrams": len(hashes)}
        write_json(folder / ABOUT, {"words": self.words, "benchmarks": told})

    def _indexed(self, name: str, source: Problems) -> tuple[Hashes, dict[str, object]]:
        runs: list[Hashes] = []
        left: dict[str, int] = {}
        for table in read_problems(source):
            rows, gone = split_dropped(table)
            runs += [ngrams(words(question), self.words) for question in values(rows, QUESTION)]
            for reason in values(gone, DROPPED) if gone.num_rows else ():
                left[reason] = left.get(reason, 0) + 1
        if not sum(map(len, runs)):
            raise InputError(f"decontaminate: benchmark {name!r} has no question that can be read (rejected: {left})")
        return np.unique(np.concatenate(runs)), {"questions": len(runs), "rejected": dict(sorted(left.items()))}
