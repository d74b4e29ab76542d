"""Refuse problems that cannot be measured on: those a model was trained on, and those without a gold."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from data.columns import GOLD, PROBLEM_ID, QUESTION
from data.dataset.manifest import MIX, read_manifest
from data.dataset.shards import read_split
from data.errors import InputError
from data.questions import normalised
from data.store import Artifact
from data.table import values

TEST = "test"
"""The one split of a dataset that nothing is trained on or chosen by, but for what a build trains by the way."""
LISTED = 20
"""Problems a fault names."""


def refuse_unfit(problems: Artifact, training: Iterable[Path]) -> None:
    """Check the problems before anything is asked.

    Raises:
        InputError: some have no gold, or are in a training dataset by id or by question; says which.
    """
    wanted = [PROBLEM_ID.name, QUESTION.name, GOLD.name]
    rows = [row for part in problems.listed() for row in problems.read(part, wanted).to_pylist()]
    faults = list(
        _told("have no gold, and cannot be measured", (r[PROBLEM_ID.name] for r in rows if r[GOLD.name] is None))
    )
    ids = {row[PROBLEM_ID.name] for row in rows}
    questions = {normalised(row[QUESTION.name]): row[PROBLEM_ID.name] for row in rows}
    for folder in training:
        found = {problem for one in (folder, *within(folder)) for problem in _shared(one, ids, questions)}
        faults += _told(f"are in the training dataset {folder}; measure on others", found)
    if faults:
        raise InputError(*faults)


def within(version: Path) -> Iterator[Path]:
    """Yield the datasets that the build of a version has trained on by the way (CoT-Valve, LearnSkip), whole."""
    for manifest in sorted(version.parents[1].glob("artifacts/*/dataset/*/manifest.json")):
        yield manifest.parent


def _shared(folder: Path, ids: set[str], questions: dict[str, str]) -> Iterator[str]:
    """Yield the problems that are in a dataset too."""
    splits = read_manifest(folder).configs[MIX]
    for split in splits:
        if split == TEST:
            continue
        for rows in read_split(folder / MIX / split):
            yield from ids.intersection(values(rows, PROBLEM_ID))
            asked = (normalised(question) for question in values(rows, QUESTION))
            yield from (questions[question] for question in asked if question in questions)


def _told(what: str, found: Iterable[str]) -> Iterator[str]:
    named = sorted(found)
    if named:
        more = f" and {len(named) - LISTED:,} more" if len(named) > LISTED else ""
        yield f"{len(named):,} problems {what}: {', '.join(named[:LISTED])}{more}"
