"""From a run to its steps: pure, and checked before anything is asked of a model."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from data.columns import TRACES
from data.errors import ConfigError
from data.inputs.every import columns as source_columns
from data.inputs.every import content_digest
from pipelines.build.engine_names import EngineNames, unused_engines
from pipelines.build.run_file import Run
from pipelines.methods.method import Branch, Setting
from pipelines.plan.step import Step
from stages.asking.dialogue import Dialogue
from stages.engines.engine import fixes
from stages.engines.remote.remote import Remote
from stages.judge_answer import JudgeAnswer
from stages.sample_cots import SampleCoTs
from stages.stage import Stage
from stages.tokens import WORDS


@dataclass(frozen=True)
class Plan:
    """The steps of a run, in the order they are run."""

    read: Step
    branches: tuple[Branch, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step once, those it needs before it."""
        ordered = (step for branch in self.branches for step in (*branch.traces.in_order(), *branch.rows.in_order()))
        return tuple({step.fingerprint: step for step in (self.read, *ordered)}.values())


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
    engines = EngineNames.of(run)
    faults = [*unused_engines(run), *_uncounted(run)]
    setting = Setting(
        engine=engines.default,
        tokenizer=run.counter,
        seed=run.seed,
        prompt=run.prompt,
        thinking=run.thinking,
        read=read,
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
        faults += [*_wiring(branch, source_columns(source)), *_mixed_engines(branch), *_raced_and_judged(branch, run)]
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    return Plan(read, tuple(branches))


def _refuse_repeats(run: Run) -> None:
    kinds = [method.kind for method in run.methods]
    if repeated := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        raise ConfigError(f"{run.name}: methods {repeated} are given more than once; give each a run of its own")


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
                f"{method.kind}: {method.told_in_tokens}, and without `tokenizer` only words are counted, of which "
                "a text has fewer; name the model's own, a folder or `id@commit`, or say `tokenizer: words`"
            )


def _mixed_engines(branch: Branch) -> Iterator[str]:
    """Yield the steps in which another engine would answer than the one a stage names: a step starts one."""
    for step in branch.rows.in_order():
        dialogues = [stage for stage in step.stages if isinstance(stage, Dialogue)]
        for stage in dialogues[1:]:
            if stage.engine != dialogues[0].engine:
                first, other = dialogues[0].engine.model_identity(), stage.engine.model_identity()
                yield (
                    f"{branch.method.kind}: in step {step.name} {type(stage).__name__} asks {other}, and would be "
                    f"answered by {first}, which {type(dialogues[0]).__name__} asks; give each a step of its own"
                )


def _raced_and_judged(branch: Branch, run: Run) -> Iterator[str]:
    stages = [stage for step in branch.rows.in_order() for stage in step.stages]
    if run.judge is not None and any(isinstance(stage, SampleCoTs) and stage.race for stage in stages):
        yield (
            f"{branch.method.kind}: `race` cuts replies short by their verdicts before the judge has spoken; give "
            "`race: false`, or leave `judge` out"
        )


def _wiring(branch: Branch, columns: Sequence[pa.Field]) -> Iterator[str]:
    """Yield what is wrong with a branch: each step has the columns of the steps it needs and those its stages write."""
    there: dict[str, dict[str, pa.Field]] = {}
    for step in branch.rows.in_order():
        given = {f.name: f for f in columns} if step.source else {}
        for before in step.needs:
            given |= there[before.fingerprint]
        yield from _unread(branch.method.kind, step.stages, given.values())
        there[step.fingerprint] = given | {f.name: f for stage in step.stages for f in stage.writes}
    yield from _absent(branch.method.kind, there[branch.rows.fingerprint])


def wiring(name: str, stages: Sequence[Stage], columns: Sequence[pa.Field]) -> Iterator[str]:
    """Yield what is wrong with stages in this order over rows with these columns; `name` says whose they are."""
    yield from _unread(name, stages, columns)
    yield from _absent(name, {f.name for f in (*columns, *(f for stage in stages for f in stage.writes))})


def _unread(name: str, stages: Sequence[Stage], columns: Iterable[pa.Field]) -> Iterator[str]:
    there = {f.name for f in columns}
    for number, stage in enumerate(stages, start=1):
        named = f"{name}: stage {number} ({type(stage).__name__})"
        if missing := [f.name for f in stage.reads if f.name not in there]:
            yield f"{named} reads {missing}; there is {sorted(there)}"
        if isinstance(stage, Dialogue) and (lacking := stage.needs - stage.engine.capabilities):
            there_is = f"there is {sorted(stage.engine.capabilities)}"
            yield f"{named} needs an engine that takes {sorted(lacking)}; {there_is}: {fixes(lacking)}"
        there |= {f.name for f in stage.writes}


def _absent(name: str, there: Container[str]) -> Iterator[str]:
    if absent := [f.name for f in TRACES if f.name not in there]:
        yield f"{name}: nothing writes {absent}, which every dataset row has"
