"""A measurement's run file: which models are put to which problems, and how."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from data.conditions import Condition
from data.inputs.every import AnyProblems
from data.prompts.template import AnyPrompt, Template
from data.spec import Name, Positive, spec
from data.thinking.thinking import Thinking
from pipelines.execute.execution import Execution
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local
from stages.tokens import WORDS, tokenizer_of


@spec
class Mode:
    """A way to draw replies: greedy at temperature 0, else `samples` replies a problem."""

    temperature: Annotated[float, Field(ge=0)] = 0.0
    samples: Positive = 1
    """Replies a problem."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Positive | None = None

    @model_validator(mode="after")
    def _draws(self) -> "Mode":
        if self.temperature == 0 and self.samples > 1:
            raise ValueError(f"at temperature 0 all samples are alike; there is samples: {self.samples}; give 1")
        return self

    @property
    def name(self) -> str:
        """Return what the mode is called in reports: `greedy`, `t0.7x8`."""
        return "greedy" if self.temperature == 0 else f"t{self.temperature:g}x{self.samples}"


@spec
class Model:
    """One model to measure: an engine, an adapter on it or not, asked with wishes or not."""

    name: Name
    role: Literal["method", "control"] = "method"
    """How the plot marks it; the first model is the base, whatever stands here."""
    engine: AnyEngine | None = None
    """Null takes the engine of the measurement."""
    adapter: str | None = None
    """Folder of a LoRA adapter that answers in place of the bare model."""
    prompt: AnyPrompt | None = None
    """What this model is asked in, where that is not the measurement's `prompt`."""
    wishes: tuple[str, ...] = ()
    """Added to the instruction after those of the measurement, such as *Be concise.*"""
    condition: Condition | None = None
    """Text that says how long to think, as the adapter was trained to read it."""
    control_value: float | None = None
    """What the condition asks for: a ratio, a budget, a number of steps."""
    allow_extrapolate: bool = False
    """Ask for a value that the adapter was not trained on; it then often does the opposite."""
    billion_parameters: Annotated[float, Field(gt=0)] | None = None
    """Null counts those of a local model in a folder; elsewhere the accuracy-efficiency is not told."""


@spec
class Measurement(Execution):
    """What `python -m flows measure` reads."""

    problems: AnyProblems
    """What is asked; held out from training, with a gold each."""
    models: Annotated[tuple[Model, ...], Field(min_length=1)]
    """The first is the base that the others are compared with."""
    engine: AnyEngine | None = None
    """Serves every model that has no engine of its own."""
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)] = (Mode(),)
    """Every model is measured in each of them."""
    max_tokens: Positive = 4096
    """A reply is cut off after this many tokens, and counted as truncated."""
    prompt: AnyPrompt = Template()
    """What every question is put in; give what the models were trained on."""
    thinking: Thinking = Thinking()
    """How the models mark their reasoning, where that is not one of the known ways."""
    wishes: tuple[str, ...] = ()
    """Added to the instruction of every question, for every model."""
    training: tuple[str, ...] = ()
    """Dataset versions the models were trained on, or runs (their newest version); a problem in one is refused."""
    tokenizer: str | None = None
    """Counts reasoning tokens, of all models alike; null takes the base's own where it is local, else `words`."""
    seed: int = 0
    """Of the samples, and of the bootstrap."""

    @property
    def counter(self) -> str:
        """Return the tokenizer that counts."""
        engine = self.engine_of(self.models[0])
        if self.tokenizer is not None:
            return self.tokenizer
        return tokenizer_of(engine.model, engine.revision) if isinstance(engine, Local) else WORDS

    @property
    def every_engine(self) -> tuple[AnyEngine, ...]:
        """Return the engines of its models."""
        return tuple(engine for model in self.models if (engine := self.engine_of(model)) is not None)

    def engine_of(self, model: Model) -> AnyEngine | None:
        """Return what serves a model, if anything does."""
        return model.engine or self.engine
