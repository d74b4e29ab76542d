"""A run file: all that one dataset is made from and by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from data.dataset.splits import Splits
from data.inputs.every import AnyProblems, AnyTraces
from data.prompts.template import AnyPrompt, Template
from data.spec import PLACE, Name, Positive, spec
from data.thinking.thinking import Thinking
from pipelines.methods.every import AnyMethod
from stages.engines.every import AnyEngine, EngineOrName, NamedEngines
from stages.engines.local.local import Local
from stages.tokens import WORDS, tokenizer_of


@spec
class Limits:
    """Ends a build early, with a valid dataset of what is done. Null is no limit."""

    tokens: Positive | None = None
    """Generated tokens, all methods together, earlier runs of this build included."""
    cost: Annotated[float, Field(gt=0)] | None = None
    """In the currency of the engine's prices, earlier runs included."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """Wall-clock time of one run."""


@spec
class Cluster:
    """Where Ray runs: one machine on loopback, or a cluster by its address."""

    address: str | None = None
    """`host:port` of a running cluster whose machines share this folder; null starts Ray here."""
    cpus: Positive | None = None
    """Logical CPUs of the Ray started here; null for all."""


@spec
class Judge:
    """A model that decides where the checker leaves a verdict open; a step of its own (docs/answers.md)."""

    engine: EngineOrName
    """Who judges: a block, or the name of one in `engines`."""
    max_tokens: Positive = 1024
    """Room for its one word, and for what it thinks before."""
    template_args: Mapping[str, JsonValue] = Field(default_factory=dict)
    """Arguments of its chat template, such as `enable_thinking: false`."""


@spec
class Run:
    """What `python -m flows build` reads."""

    name: Name
    """Names the folder under `runs`."""
    problems: AnyProblems | None = None
    """Where problems come from; give this or `traces`."""
    traces: AnyTraces | None = None
    """Where chains of thought that exist already come from."""
    licence: str | None = None
    """Licence of the source, for the dataset card."""
    engine: AnyEngine | None = None
    """The model that is asked; not needed for traces."""
    engines: NamedEngines = Field(default_factory=dict)
    """More models, by name, for methods (`engine`, `teachers`), their rewriter or the judge to name."""
    judge: Judge | None = None
    """Who decides on final answers that the checker leaves open; null leaves them undecided."""
    on_loop: Literal["keep", "drop"] = "keep"
    """What becomes of replies that say the same over and over; those kept bear the remark `loops`."""
    prompt: AnyPrompt = Template()
    """What every question is put in: the name of a preset, or a block; a method may have its own (docs/prompts.md)."""
    thinking: Thinking = Thinking()
    """How the models mark their reasoning, where that is not one of the known ways (docs/prompts.md)."""
    tokenizer: str | None = None
    """Counts tokens: a folder, `id@commit` on the Hub, or `words`; null takes a local engine's own, else `words`."""
    methods: tuple[AnyMethod, ...] = Field(min_length=1)
    """What is made of the traces; each becomes a config of the dataset."""
    seed: int = 0
    splits: Splits = Splits()
    where: Annotated[Literal["here", "ray"] | None, PLACE] = None
    """`here` runs in this process, `ray` on actors; null takes `ray` where there is a local engine."""
    cluster: Annotated[Cluster, PLACE] = Cluster()
    block: Annotated[Positive, PLACE] = 32
    """Problems worked on together and written as one part."""
    order: Annotated[Literal["longest_first", "as_they_come"], PLACE] = "longest_first"
    """Which problems are asked first; long ones last would leave stragglers."""
    limits: Annotated[Limits, PLACE] = Limits()
    grace_seconds: Annotated[float, Field(ge=0), PLACE] = 20.0
    """How long replies in flight may go on after a stop."""
    runs: Annotated[str, PLACE] = "runs"
    """The folder all runs are kept in."""

    @property
    def folder(self) -> Path:
        """Return the folder of the run."""
        return Path(self.runs).resolve() / self.name

    @property
    def counter(self) -> str:
        """Return the tokenizer that counts."""
        if self.tokenizer is not None:
            return self.tokenizer
        local = next((engine for engine in self.every_engine if isinstance(engine, Local)), None)
        return WORDS if local is None else tokenizer_of(local.model, local.revision)

    @property
    def every_engine(self) -> tuple[AnyEngine, ...]:
        """Return the engines that it describes as the run's, `engine` first."""
        return (*(() if self.engine is None else (self.engine,)), *self.engines.values())

    @property
    def place(self) -> Literal["here", "ray"]:
        """Return where the stages run."""
        local = any(isinstance(engine, Local) for engine in self.every_engine)
        return self.where or ("ray" if local else "here")
