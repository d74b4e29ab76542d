"""C3oT: a long and a short chain of thought under two conditions (Kang et al. 2024, arXiv 2412.11664).

Every verified trace is rewritten shorter, by a model or by rules; long and short are trained together, each behind a
condition, and the trained model is asked under the short one. Keeps: both lengths, and an answer that was verified
again. Loses: traces nobody could rewrite shorter and sound (the report says why), and what the rewriter left out.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.conditions import VALUE, Condition
from data.errors import ConfigError
from data.spec import spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import KeepSameAnswer, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.engines.every import EngineOrName
from stages.replies.split_reply import SplitReply
from stages.rewriting.adapt import FOLDS, KeepHighestRight
from stages.rewriting.rewrite_by_rules import RewriteByRules
from stages.rewriting.rewrite_cot import RewriteCoT
from stages.rewriting.rewritten import Standards
from stages.stage import Stage
from stages.training_rows import AsTrainingRows

LONG = "Answer and provide a detailed thought process: "
"""The published condition of the long row."""
SHORT = "Answer and provide as brief a thought process as possible: "
"""The published condition of the short row, and of inference."""
AT_LEVEL = f"Answer and provide a thought process in compression level of {VALUE}: "
"""The published condition of a level, 1 to 6."""


@spec
class C3oT(Method):
    """One verified trace a problem and its rewriting, each behind its published condition."""

    kind: Literal["c3ot"] = "c3ot"
    paper: ClassVar[str] = "Kang et al. 2024, arXiv 2412.11664"

    by: Literal["model", "rules"] = "model"
    """What rewrites; `rules` needs no model and is the baseline."""
    rewriter: EngineOrName | None = None
    """The model that rewrites, or its name in `engines`; null for the engine that samples (the first of `teachers`)."""
    rewriting: Sampling = Sampling()
    """How rewritings are drawn; leave room for the longest of them."""
    retries: Annotated[int, Field(ge=0, le=16)] = 2
    """Further attempts at a rewriting that was not taken."""
    tell_reason: bool = True
    """Tell the rewriter why its last attempt was not taken; the pocket model was not taught that: false for it."""
    otherwise: Literal["drop", "rules"] = "drop"
    """What becomes of a trace whose attempts all failed: its pair leaves, or the rules rewrite it."""
    standards: Standards = Standards()
    levels: Literal[1, 6] = 1
    """6 makes a row for each compression level that was reached (the paper's mixed conditions), beside the long one."""
    ask_for_levels: bool = True
    """Ask for each level by its length; false draws plain rewritings, as many as there are attempts, and takes those
    whose length is a level's: for the pocket model, which was not taught to write to a length."""
    adapt: str | None = None
    """JSON-lines file of judgements; of six levels the highest that was answered right is kept (the paper's Adapt)."""
    adapt_folds: Annotated[int, Field(ge=2)] = FOLDS
    """Folds of the judging that wrote that file (its `folds`)."""
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0)
    """How the one trace of a problem is drawn."""

    @property
    def engine_names(self) -> tuple[str, ...]:
        return (*super().engine_names, *((self.rewriter,) if isinstance(self.rewriter, str) else ()))

    @property
    def told_in_tokens(self) -> str | None:
        return "`levels: 6` are shares of tokens" if self.levels == 6 else None

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=1),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        return (
            GroupStats(),
            KeepVerified(),
            KeepChosen(choose="first"),
            self._rewriting(setting),
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            *self._adapted(setting),
            AsTrainingRows(method=self.called, conditions=self.conditions),
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what is put on prompts, when rows are made and when the trained model is asked."""
        levelled = self.levels == 6 and self.adapt is None
        at_level = Condition(control_kind="level", prefix=AT_LEVEL)
        return (Condition(control_kind="none", prefix=LONG), at_level if levelled else self.asked)

    @property
    def asked(self) -> Condition:
        """Return the one condition the trained model is asked under."""
        return Condition(control_kind="ratio_removed", prefix=SHORT)

    def _rewriting(self, setting: Setting) -> Stage:
        if self.by == "rules":
            if self.levels != 1:
                raise ConfigError(f"{self.called}: rules cannot rewrite to a level; with `levels: 6` take `by: model`")
            self._refuse_what_rules_ignore()
            return RewriteByRules(method=self.called, tokenizer=setting.tokenizer, standards=self.standards)
        if self.levels == 6 and self.otherwise == "rules":
            raise ConfigError(f"{self.called}: rules cannot rewrite to a level; leave `otherwise` out with `levels: 6`")
        named = setting.named[self.rewriter] if isinstance(self.rewriter, str) else self.rewriter
        engine = named or setting.engine
        if engine is None:
            raise ConfigError(f"{self.called}: there is no model to rewrite with; give `rewriter`, or `by: rules`")
        return RewriteCoT(
            engine=engine,
            method=self.called,
            tokenizer=setting.tokenizer,
            thinking=setting.thinking,
            sampling=self.rewriting,
            seed=setting.seed,
            retries=self.retries,
            tell_reason=self.tell_reason,
            otherwise=self.otherwise,
            standards=self.standards,
            levels=self.levels,
            ask_for_levels=self.ask_for_levels,
        )

    def _refuse_what_rules_ignore(self) -> None:
        plain = C3oT()
        told = {
            "rewriter": self.rewriter != plain.rewriter,
            "rewriting": self.rewriting != plain.rewriting,
            "retries": self.retries != plain.retries,
            "tell_reason": self.tell_reason != plain.tell_reason,
            "otherwise": self.otherwise != plain.otherwise,
            "ask_for_levels": self.ask_for_levels != plain.ask_for_levels,
        }
        if ignored := [name for name, given in told.items() if given]:
            raise ConfigError(f"{self.called}: `by: rules` asks no model; leave out {', '.join(ignored)}")

    def _adapted(self, setting: Setting) -> Sequence[Stage]:
        if self.adapt is None and self.adapt_folds != FOLDS:
            raise ConfigError(f"{self.called}: `adapt_folds` is told of the judgements of `adapt`, and there are none")
        if self.adapt is None:
            return ()
        if self.levels != 6:
            raise ConfigError(f"{self.called}: `adapt` chooses among levels; give `levels: 6`")
        return (KeepHighestRight(judgements=self.adapt, seed=setting.seed, folds=self.adapt_folds),)
