"""Make the dataset of a run from the artifacts of its methods."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.columns import METHOD, MODEL, MODEL_REVISION, SOURCE
from data.dataset.about import About, Model, Source
from data.dataset.about import Method as MethodAbout
from data.dataset.write import write_dataset
from data.spec import digest, identity
from data.store import Artifact
from data.table import values, with_column
from pipelines.build.plan import Plan
from pipelines.build.report import MethodReport, figures, method_report
from pipelines.build.run_file import Run
from pipelines.execute.executor import Executor
from pipelines.methods.method import Branch, sampled
from stages.answers.check import CHECKER_VERSION
from stages.choosing.keep_chosen import KeepChosen
from stages.sample_cots import SampleCoTs
from stages.tokens import load_tokenizer


@dataclass(frozen=True)
class Published:
    """A version, and the reports of its methods."""

    folder: Path
    reports: dict[str, MethodReport]


def publish(executor: Executor, run: Run, plan: Plan, run_file: str) -> Published:
    """Write the dataset of complete artifacts and return its folder (the same version again, if it is there)."""
    reports = {
        branch.method.called: method_report(
            executor.artifact(plan.problems),
            executor.artifact(branch.traces),
            executor.artifact(branch.rows),
            [executor.artifact(step) for step in sampled(branch.traces)],
            [executor.artifact(step) for step in branch.between],
            ends=_keeps_both_ends(branch),
        )
        for branch in plan.branches
    }
    configs = {branch.method.called: executor.artifact(branch.rows).tables() for branch in plan.branches}
    about = _about(executor, run, plan, run_file, reports)
    folder = write_dataset(executor.folder / "dataset", configs, _rejected(executor, plan), run.splits, about)
    return Published(folder, reports)


def _keeps_both_ends(branch: Branch) -> bool:
    chosen = [
        stage for step in (*branch.between, branch.rows) for stage in step.stages if isinstance(stage, KeepChosen)
    ]
    return any(stage.choose == "extremes" for stage in chosen)


def _rejected(executor: Executor, plan: Plan) -> Iterator[pa.Table]:
    asked = (step for branch in plan.branches for step in sampled(branch.traces))
    shared = {step.fingerprint: step for step in (plan.read, plan.problems, *asked)}
    for step in shared.values():
        yield from executor.artifact(step).rejects()
    for branch in plan.branches:
        own = {step.fingerprint: step for step in branch.rows.in_order() if step.fingerprint not in shared}
        for step in own.values():
            for rows in executor.artifact(step).rejects():
                yield with_column(rows, METHOD, [branch.method.called] * rows.num_rows)


def _about(executor: Executor, run: Run, plan: Plan, run_file: str, reports: dict[str, MethodReport]) -> About:
    facts = _facts([executor.artifact(branch.traces) for branch in plan.branches])
    replied = {name for name, _ in facts.models}
    used = {(name, revision) for role, name, revision in _used(plan.branches) if role in ("model", "scorer")}
    others = {(name, revision) for name, revision in used if name not in replied}
    manifests = [executor.artifact(step).manifest or {} for step in plan.steps]
    ended = [m["ended_early"] for m in manifests if m.get("ended_early")]
    return About(
        name=run.name,
        run=digest([step.fingerprint for step in plan.steps]),
        run_file=run_file,
        steps={step.folder: step.fingerprint for step in plan.steps},
        models=tuple(Model(name=name, revision=revision) for name, revision in sorted(facts.models | others)),
        tokenizer=load_tokenizer(run.counter).identity,
        checker=CHECKER_VERSION,
        prompts=_prompts(plan.branches),
        methods={b.method.called: _method(b) for b in plan.branches},
        sources=tuple(Source(name=name, licence=run.licence) for name in sorted(facts.sources)),
        problems=max((report.problems for report in reports.values()), default=0),
        before={kind: report.before for kind, report in reports.items() if report.before is not None},
        ended_early=ended[0] if ended else None,
        figures={kind: figures(report) for kind, report in reports.items()},
    )


def _method(branch: Branch) -> MethodAbout:
    settings: dict[str, Any] = identity(branch.method)
    title = type(branch.method).__name__
    return MethodAbout(title=title, paper=branch.method.paper, settings=settings)


def _prompts(branches: tuple[Branch, ...]) -> dict[str, str]:
    stages = [stage for branch in branches for step in branch.rows.in_order() for stage in step.stages]
    prompts = [prompt for stage in stages if isinstance(stage, SampleCoTs) for prompt in stage.prompts]
    asked = {prompt.name: digest(identity(prompt)) for prompt in prompts}
    return asked | {name: sha for role, name, sha in _used(branches) if role == "prompt"}


def _used(branches: tuple[Branch, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield the role, name and revision of what methods use to make their rows."""
    for step in (step for branch in branches for step in branch.rows.in_order()):
        for role, told in step.also.items():
            name, _, revision = told.rpartition("@")
            yield role.partition(".")[0], name, revision


@dataclass(frozen=True)
class _Facts:
    sources: set[str]
    models: set[tuple[str, str]]


def _facts(artifacts: list[Artifact]) -> _Facts:
    sources: set[str] = set()
    models: set[tuple[str, str]] = set()
    for artifact in artifacts:
        for part in artifact.listed():
            rows = artifact.read(part, [SOURCE.name, MODEL.name, MODEL_REVISION.name])
            sources |= set(values(rows, SOURCE))
            pairs = zip(values(rows, MODEL), values(rows, MODEL_REVISION), strict=True)
            models |= {(name, revision or "") for name, revision in pairs if name}
    return _Facts(sources, models)
