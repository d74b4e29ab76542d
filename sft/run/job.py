"""What a run needs before its first stage: base, tokenizer, rows, schedule; everything wrong with them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.spec import digest
from data.table import Row
from sft.adapters.added import add_to_model, add_to_tokenizer
from sft.adapters.attach import attach
from sft.config import Training
from sft.models.base import load_model, load_tokenizer, positions, stops_of
from sft.models.origin import find
from sft.models.templates import template_of
from sft.objectives.every import Preference
from sft.rows import pairs
from sft.rows.labels import Labels
from sft.rows.lazy import Picked
from sft.rows.prepare import Fit, Prepared, prepare, prepared_in
from sft.rows.source import Source
from sft.rows.tools import tools_of
from sft.run.claim import identity_of, read_source
from sft.schedules.stage import Planned, TrainingStage

FORMAT = 1
"""Of the files of tokens; another one is written anew."""
HELD_OUT = "held-out"
"""Begins what is told of rows that are watched, not trained."""


@dataclass(frozen=True)
class Job:
    """A run with all that it is made from."""

    config: Training
    base: Path
    identity: Mapping[str, Any]
    source: Source
    tokenizer: Any
    stops: frozenset[str]
    """Tokens at which the base stops."""
    known_tokens: int
    new_tokens: Sequence[int]

    @property
    def context(self) -> int:
        """The most tokens a row may have: what the run asks for, and what the base can place."""
        return min(self.config.max_tokens, positions(self.base) or self.config.max_tokens)

    def model(self, start: Path | None) -> Any:
        """Return the model ready to train, from the base or from what an earlier stage or run ended in."""
        whole = self.config.adapter.kind == "full" and start is not None
        model = load_model(start if whole and start is not None else self.base, self.config)
        if not whole:
            add_to_model(model, self.new_tokens, self.known_tokens)
        return attach(model, self.config, self.new_tokens, start)

    def prepared(self, stage: TrainingStage, held_out: Sequence[Row], folder: Path) -> Prepared:
        """Return the rows of a stage as tokens; for a preference, the rows of pairs one after another.

        Args:
            stage: what is trained.
            held_out: rows to watch.
            folder: holds tokens, those of this stage under a name of all that they are made of; they are taken again.

        Raises:
            ConfigError: rows that cannot be trained, or no two that make a pair.
        """
        place = folder / digest([FORMAT, self.identity, stage.name])[:12]
        return prepared_in(place) or self._prepare(stage, held_out, place)

    def _prepare(self, stage: TrainingStage, held_out: Sequence[Row], place: Path) -> Prepared:
        objective, config = self.config.objective, self.config
        labels = Labels(self.tokenizer, self.stops)
        fit = Fit(self.context, config.on_too_long, config.on_unfit)
        if objective.kind == "sft":
            return prepare(stage.rows, held_out, labels, fit, place)
        train, watched = (_paired(rows, objective) for rows in (stage.rows, held_out))
        if not train.pairs:
            raise ConfigError(
                f"stage {stage.name!r}: no two rows make a pair ({dict(train.left_out)}); {objective.kind} needs "
                "problems with a shorter and a longer right answer to one prompt"
            )
        flat, told = _rows(stage.rows, train), _rows(held_out, watched)
        left = {**train.left_out, **_unwatched(watched.left_out)}
        return prepare(flat, told, labels, fit, place, unit=2, left_out=left)


def _paired(rows: Sequence[Row], objective: Preference) -> pairs.Paired:
    return pairs.paired(rows, per_problem=objective.pairs_per_problem, shorter_by=objective.shorter_by)


def _rows(rows: Sequence[Row], found: pairs.Paired) -> Sequence[Row]:
    return Picked(rows, [at for pair in found.pairs for at in (pair.chosen_at, pair.rejected_at)])


def find_job(config: Training, *, verified: bool = False) -> Job:
    """Find everything a run is made from; `verified` says that the dataset was seen to be whole.

    Raises:
        ConfigError, InputError, ArtifactError: it is not there, or does not fit.
    """
    base, source = find(config.base), read_source(config, verified=verified)
    whole = identity_of(config, base, source)
    tokenizer = load_tokenizer(base if config.start is None else Path(config.start))
    if config.chat_template is not None:
        tokenizer.chat_template = template_of(config.chat_template)
    known = len(tokenizer)
    new = add_to_tokenizer(tokenizer, source.added_tokens)
    if new and config.start is not None:
        raise ConfigError(
            f"start: the rows need tokens that {config.start} has not learned; train from the base instead"
        )
    return Job(config, base, whole, source, tokenizer, stops_of(tokenizer, base), known, new)


def plans(job: Job) -> tuple[Planned, Mapping[str, TrainingStage]]:
    """Return the stages to train and, by their names, those to watch; what is left out of either is counted.

    Raises:
        ConfigError: the schedule does not fit the rows, or refuses those to watch, or patience has nothing to watch.
    """
    tools = tools_of(job.tokenizer)
    plan = job.config.schedule.plan(job.source.train, tools)
    held_out = job.config.schedule.plan(job.source.held_out, tools)
    watched = {stage.name: stage for stage in held_out.stages}
    faults = list(plan.faults)
    if job.source.held_out and not any(stage.rows for stage in held_out.stages):
        own = [fault for fault in held_out.faults if fault not in plan.faults]
        faults += [f"{HELD_OUT}: {fault} (or watch none: `dataset.held_out: null`)" for fault in own]
    if job.config.patience is not None:
        blind = [stage.name for stage in plan.stages if not (stage.name in watched and watched[stage.name].rows)]
        faults += [f"patience: no held-out rows for stage {name!r}" for name in blind]
    if faults:
        raise ConfigError(*faults)
    return replace(plan, left_out={**plan.left_out, **_unwatched(held_out.left_out)}), watched


def _unwatched(left_out: Mapping[str, int]) -> Mapping[str, int]:
    """Return counts of held-out rows under names that tell them from those of rows to train."""
    return {f"{HELD_OUT}: {reason}": count for reason, count in left_out.items()}
