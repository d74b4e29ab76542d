"""From a measurement to its steps: one that reads the problems, then one a model and mode."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.columns import PROBLEMS
from data.dataset.manifest import read_manifest
from data.dataset.newest import newest_version
from data.errors import ConfigError, VaricotError
from data.inputs.every import content_digest
from pipelines.measure.adapters import adapter_on
from pipelines.measure.condition import check_condition
from pipelines.measure.origins import unchecked
from pipelines.measure.run_file import Measurement, Mode, Model
from pipelines.plan.step import Step
from pipelines.plan.wiring import wiring
from stages.asking.prompts import Adapter, Prompt, RenderPrompt
from stages.check_answer import CheckAnswer
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine
from stages.replies.split_reply import SplitReply
from stages.sample_cots import SampleCoTs
from stages.tokens import load_tokenizer

PROMPT = "measured"
"""`prompt_id` of what is asked; every model is given the same seeds."""


@dataclass(frozen=True)
class Cell:
    """A model in a mode, and the step that makes its checked replies."""

    model: Model
    mode: Mode
    identity: str
    """Name and revision of the model."""
    adapter: Adapter | None
    step: Step


@dataclass(frozen=True)
class MeasurePlan:
    """The steps of a measurement, in the order they are run."""

    read: Step
    cells: tuple[Cell, ...]
    trained_on: tuple[Path, ...] = ()
    """Dataset versions that no problem may be in."""
    unchecked: tuple[str, ...] = ()
    """Of models that were trained on something else: its name, in words."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step."""
        return (self.read, *(cell.step for cell in self.cells))


@dataclass(frozen=True)
class Served:
    """A model that was found: what answers, and what names it."""

    model: Model
    engine: AnyEngine
    identity: str
    adapter: Adapter | None


def plan_measurement(asked: Measurement) -> MeasurePlan:
    """Turn a measurement into steps; nothing is asked of a model.

    Raises:
        ConfigError: with every fault.
        InputError: the problems cannot be found.
    """
    faults = list(_repeats(asked))
    served: list[Served] = []
    for model in asked.models:
        try:
            served.append(_served(asked, model))
        except VaricotError as error:
            faults += (f"model {model.name}: {fault}" for fault in error.faults)
    trained_on: list[Path] = []
    for folder in asked.training:
        try:
            trained_on.append(newest_version(Path(folder)))
            read_manifest(trained_on[-1])
        except VaricotError as error:
            faults += (f"training: {fault}" for fault in error.faults)
    read = Step("read", source=asked.problems, also={"content": content_digest(asked.problems)})
    cells = tuple(_cell(asked, it, mode, read) for it in served for mode in asked.modes)
    faults += [fault for cell in cells for fault in wiring(f"model {cell.model.name}", cell.step, PROBLEMS)]
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    return MeasurePlan(read, cells, tuple(trained_on), tuple(unchecked(asked.models, trained_on)))


def _repeats(asked: Measurement) -> Iterator[str]:
    yield from _twice("models", [model.name for model in asked.models])
    yield from _twice("modes", [mode.name for mode in asked.modes])


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    seen = list(names)
    if repeated := sorted({name for name in seen if seen.count(name) > 1}):
        yield f"{what} {repeated} are given more than once; give each a name or a setting of its own"


def _served(asked: Measurement, model: Model) -> Served:
    engine = asked.engine_of(model)
    if engine is None:
        raise ConfigError("nothing serves it; give it an `engine`, or one to the measurement")
    adapter = None if model.adapter is None else adapter_on(engine, model.adapter)
    check_condition(model)
    return Served(model, engine, engine.model_identity(), adapter)


def _cell(asked: Measurement, it: Served, mode: Mode, read: Step) -> Cell:
    sampling = Sampling(max_tokens=asked.max_tokens, temperature=mode.temperature, top_p=mode.top_p, top_k=mode.top_k)
    prompt = Prompt(
        name=PROMPT,
        samples=mode.samples,
        wishes=(*asked.wishes, *it.model.wishes),
        condition=it.model.condition,
        control_value=it.model.control_value,
        adapter=it.adapter,
    )
    rendered = RenderPrompt(template=it.model.prompt or asked.prompt)
    sample = SampleCoTs(
        engine=it.engine, prompts=(prompt,), sampling=sampling, seed=asked.seed, thinking=asked.thinking
    )
    also = {"tokenizer": load_tokenizer(asked.counter).identity, "model": it.engine.step_identity()}
    stages = (rendered, sample, SplitReply(tokenizer=asked.counter, thinking=asked.thinking), CheckAnswer())
    step = Step(f"{it.model.name}-{mode.name}", stages, (read,), also=also)
    return Cell(it.model, mode, it.identity, it.adapter, step)
