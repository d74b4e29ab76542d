"""From a run to its steps: pure, and checked before anything is asked of a model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data.errors import ConfigError
from data.inputs.every import columns as source_columns
from data.inputs.every import content_digest
from pipelines.build.engine_names import EngineNames, unused_engines
from pipelines.build.run_file import Run
from pipelines.build.screening import screened
from pipelines.methods.method import Branch, Setting
from pipelines.plan.step import Step, in_order
from pipelines.plan.wiring import wiring
from stages.engines.remote.remote import Remote
from stages.judge_answer import JudgeAnswer
from stages.sample_cots import SampleCoTs
from stages.tokens import WORDS


@dataclass(frozen=True)
class Plan:
    """The steps of a run, in the order they are run."""

    read: Step
    """Reads the source."""
    problems: Step
    """Has the rows that methods work on: those that were read, or what screening has left of them."""
    branches: tuple[Branch, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step once, those it needs before it."""
        ends = (step for branch in self.branches for step in (branch.traces, branch.rows))
        return tuple(in_order([self.problems, *ends]))


def plan(run: Run) -> Plan:
    """Turn a run into steps.

    Raises:
        ConfigError: with every fault in how the parts are wired.
    """
    source = run.problems or run.traces
    if source is None or (run.problems and run.traces):
        raise ConfigError(f"{run.name}: give either `problems` or `traces`")
    _refuse_repeats(run)
    read = Step("read", source=source, also={"content": content_digest(source)})
    problems = screened(read, run.folder, run.decontaminate, run.deduplicate)
    engines = EngineNames.of(run)
    faults = [*unused_engines(run), *_uncounted(run)]
    setting = Setting(
        engine=engines.default,
        tokenizer=run.counter,
        seed=run.seed,
        prompt=run.prompt,
        thinking=run.thinking,
        read=problems,
        imported=run.traces is not None,
        folder=run.folder,
        on_loop=run.on_loop,
    )
    try:
        setting = replace(setting, judge=_judge(run, engines))
    except ConfigError as error:
        faults += error.faults
    branches: list[Branch] = []
    for method in run.methods:
        try:
            branches.append(method.branch(method.placed(engines.placed(method, setting))))
        except ConfigError as error:
            faults += error.faults
    for branch in branches:
        faults += [*wiring(branch.method.called, branch.rows, source_columns(source)), *_raced_in_vain(branch, run)]
    planned = Plan(read, problems, tuple(branches))
    workers = max(step.files.workers if step.files else 0 for step in planned.steps)
    if run.place == "here" and workers > 1:
        faults.append(f"{run.name}: `where: here` trains with one worker, not {workers}; say `where: ray`")
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    return planned


RESERVED = ("mix", "rejected")
"""Configs that every dataset has."""


def _refuse_repeats(run: Run) -> None:
    names = [method.called for method in run.methods]
    faults = []
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"{run.name}: methods {repeated} are given more than once; give each a `name` of its own")
    if taken := sorted({name for name in names if name in RESERVED}):
        faults.append(f"{run.name}: {taken}: every dataset has configs of these names; give the method another `name`")
    if faults:
        raise ConfigError(*faults)


def _judge(run: Run, engines: EngineNames) -> JudgeAnswer | None:
    if run.judge is None:
        return None
    return JudgeAnswer(
        engine=engines.get(run.judge.engine, "judge"),
        max_tokens=run.judge.max_tokens,
        template_args=run.judge.template_args,
        seed=run.seed,
    )


def _uncounted(run: Run) -> Iterator[str]:
    """Yield the methods that tell a model numbers of tokens in a run that can count words only."""
    if run.tokenizer is not None or run.counter != WORDS or not any(isinstance(e, Remote) for e in run.every_engine):
        return
    for method in run.methods:
        if method.told_in_tokens is not None:
            yield (
                f"{method.called}: {method.told_in_tokens}, and without `tokenizer` only words are counted, of which "
                "a text has fewer; name the model's own, a folder or `id@commit`, or say `tokenizer: words`"
            )


def _raced_in_vain(branch: Branch, run: Run) -> Iterator[str]:
    stages = [stage for step in branch.rows.in_order() for stage in step.stages]
    raced = any(isinstance(stage, SampleCoTs) and stage.race for stage in stages)
    if raced and branch.method.pass_rate is not None:
        yield (
            f"{branch.method.called}: `race` cuts short what would tell how often a problem is solved, which "
            "`pass_rate` needs; give `race: false`, or leave `pass_rate` out"
        )
    if raced and run.judge is not None:
        yield (
            f"{branch.method.called}: `race` cuts replies short by their verdicts before the judge has spoken; give "
            "`race: false`, or leave `judge` out"
        )
