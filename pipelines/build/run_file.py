"""A run file: all that one dataset is made from and by."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, JsonValue

from data.dataset.splits import Splits
from data.inputs.every import AnyProblems, AnyTraces
from data.prompts.template import AnyPrompt, Template
from data.spec import Positive, spec
from data.thinking.thinking import Thinking
from pipelines.build.screening import Decontaminate, Deduplicate
from pipelines.execute.execution import Execution
from pipelines.methods.every import AnyMethod
from stages.engines.every import AnyEngine, EngineOrName, NamedEngines
from stages.engines.local.local import Local
from stages.tokens import WORDS, tokenizer_of


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
class Run(Execution):
    """What `python -m flows build` reads."""

    problems: AnyProblems | None = None
    """Where problems come from; give this or `traces`."""
    traces: AnyTraces | None = None
    """Where chains of thought that exist already come from."""
    decontaminate: Decontaminate | None = None
    """Benchmarks whose problems leave before anything is asked; null looks for none (docs/inputs.md)."""
    deduplicate: Deduplicate | None = None
    """Near-duplicates leave before anything is asked; null keeps all that are not the same (docs/inputs.md)."""
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
