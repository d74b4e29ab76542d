"""From a measurement to its steps: one that reads the problems, then one a model and mode."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.columns import PROBLEMS
from data.dataset.manifest import read_manifest
from data.dataset.newest import newest_version
from data.errors import ConfigError, VaricotError
from data.inputs.every import content_digest
from data.prompts.template import Template
from data.thinking.thinking import Thinking
from pipelines.measure.adapters import adapter_on
from pipelines.measure.condition import check_condition
from pipelines.measure.origins import unchecked
from pipelines.measure.parameters import billion_parameters
from pipelines.measure.reckons import Cell, Reckons, Unseen
from pipelines.measure.run_file import Measurement, Mode, Model
from pipelines.plan.step import Step, files_step
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
class MeasurePlan:
    """The steps of a measurement, in the order they are run."""

    read: Step
    unseen: Step
    """Refuses problems that cannot be measured on."""
    cells: tuple[Step, ...]
    """A model in a mode each: its checked replies."""
    figures: Step

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step."""
        return (self.read, self.unseen, *self.cells, self.figures)


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
    cells = tuple(_cell(it, mode) for it in served for mode in asked.modes)
    steps = tuple(_step(asked, it, mode, read) for it in served for mode in asked.modes)
    for cell, step in zip(cells, steps, strict=True):
        faults += wiring(f"model {cell.model.name}", step, PROBLEMS)
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    training = tuple(str(version) for version in trained_on)
    others = tuple(unchecked(asked.models, trained_on))
    figures = Reckons(asked=asked, cells=cells, trained_on=training, unchecked=others)
    unseen = files_step("unseen", Unseen(training=training), read)
    return MeasurePlan(read, unseen, steps, files_step("figures", figures, read, *steps))


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


def _cell(it: Served, mode: Mode) -> Cell:
    size = billion_parameters(it.model, it.engine)
    return Cell(model=it.model, mode=mode, identity=it.identity, adapter=it.adapter, billion_parameters=size)


def _step(asked: Measurement, it: Served, mode: Mode, read: Step) -> Step:
    sampling = Sampling(max_tokens=asked.max_tokens, temperature=mode.temperature, top_p=mode.top_p, top_k=mode.top_k)
    prompt = Prompt(
        name=PROMPT,
        samples=mode.samples,
        wishes=(*asked.wishes, *it.model.wishes),
        condition=it.model.condition,
        control_value=it.model.control_value,
        adapter=it.adapter,
    )
    asking = Asking(
        engine=it.engine,
        template=it.model.prompt or asked.prompt,
        sampling=sampling,
        seed=asked.seed,
        thinking=asked.thinking,
        counter=asked.counter,
    )
    return asking.step(f"{it.model.name}-{mode.name}", prompt, read)


@dataclass(frozen=True)
class Asking:
    """How a model is asked whose replies are checked and reckoned with."""

    engine: AnyEngine
    template: Template
    sampling: Sampling
    counter: str
    """The tokenizer that counts."""
    seed: int = 0
    thinking: Thinking = field(default_factory=Thinking)

    def step(self, name: str, prompt: Prompt, read: Step, after: tuple[Step, ...] = ()) -> Step:
        """Return the step that asks the problems of another, and checks the replies."""
        sample = SampleCoTs(
            engine=self.engine, prompts=(prompt,), sampling=self.sampling, seed=self.seed, thinking=self.thinking
        )
        split = SplitReply(tokenizer=self.counter, thinking=self.thinking)
        also = {"tokenizer": load_tokenizer(self.counter).identity, "model": self.engine.step_identity()}
        stages = (RenderPrompt(template=self.template), sample, split, CheckAnswer())
        return Step(name, stages, (read,), also=also, after=after)
