"""Takes what a build tells, keeps the tally of the step at work, logs every event and puts it into words."""

from collections.abc import Callable, Mapping
from typing import Any

from flows.running.event_log import EventLog
from flows.running.step_lines import StepLines
from flows.running.tally import Standing, Tally
from flows.wording import counted, duration
from pipelines.execute.counts import Counts
from pipelines.plan.step import Step
from stages.asking.dialogue import Dialogue
from stages.asking.meter import Meter
from stages.sample_cots import SampleCoTs


class Telling:
    """Implements `pipelines.execute.progress.Progress`."""

    def __init__(self, log: EventLog, say: Callable[[str], None]) -> None:
        self._log, self._say = log, say
        self._tally: Tally | None = None
        self._rows: dict[str, int] = {}
        """Rows of finished steps, by fingerprint."""
        self._lines = StepLines(say)
        self._trains = False
        """Whether the step at work trains."""
        self._spent: dict[str, float] = {"calls": 0, "replayed": 0, "tokens": 0, "cost": 0.0}

    @property
    def drains(self) -> bool:
        """Whether a step is at work that looks at a wish to stop by itself."""
        return self._tally is not None or self._trains

    @property
    def standing(self) -> Standing | None:
        """How the step at work stands."""
        tally = self._tally
        return tally.standing() if tally is not None else None

    @property
    def spent(self) -> dict[str, float]:
        """What this run has cost so far: the finished steps and the one at work."""
        standing = self.standing
        if standing is None:
            return dict(self._spent)
        return {name: amount + getattr(standing, name) for name, amount in self._spent.items()}

    def reused(self, step: Step, rows: int) -> None:
        """Say that a step was there already."""
        self._rows[step.fingerprint] = rows
        self._log.tell("step_reused", step=step.folder, rows=rows)
        self._say(f"{step.name}: {rows:,} rows, there already")

    def began(self, step: Step, parts: int, left: int) -> None:
        """Say that a step has begun."""
        self._trains = step.files is not None and step.files.workers > 0
        if step.needs and step.files is None:
            before = [self._rows.get(needed.fingerprint) for needed in step.needs]
            rows, samples = (None if None in before else sum(map(int, filter(None, before)))), samples_of(step)
            wanted = None if rows is None or samples is None or not parts else rows * samples * left / parts
            self._tally = Tally(step.name, parts, left, wanted)
        self._log.tell("step_began", step=step.folder, parts=parts, left=left)
        there = f", {parts - left:,} of {parts:,} parts there already" if left < parts else ""
        self._say(f"{step.name}: begun{there}")

    def part(self, step: Step, counts: Counts) -> None:
        """Count a finished part."""
        if self._tally is not None:
            self._tally.add(counts)
        self._log.tell("part", step=step.folder, rows=counts.rows, usage=dict(counts.usage))

    def live(self, step: Step, meter: Meter) -> None:
        """Take what the open parts have cost so far."""
        if self._tally is not None:
            self._tally.live(meter)

    def trained(self, step: Step, line: Mapping[str, Any]) -> None:
        """Say every few seconds how the training of a step stands."""
        self._lines({**line, "stage": f"{step.name} ({line['stage']})"})

    def finished(self, step: Step, counts: Counts, ended_early: str | None) -> None:
        """Say that a step is complete, or which limit ended it."""
        self._spent, self._tally, self._trains = self.spent, None, False
        self._rows[step.fingerprint] = counts.rows
        usage = dict(counts.usage)
        self._log.tell("step_finished", step=step.folder, **counts.as_json(), usage=usage, ended_early=ended_early)
        early = f"; ended early by the {ended_early}" if ended_early is not None else ""
        self._say(f"{step.name}: {_summary(counts)}{early}")


def samples_of(step: Step) -> int | None:
    """Return how many replies a row of this step needs; None where there are none or it depends on the replies."""
    dialogues = [stage for stage in step.stages if isinstance(stage, Dialogue)]
    samplers = [stage for stage in dialogues if isinstance(stage, SampleCoTs)]
    if not samplers or len(samplers) < len(dialogues):
        return None
    return sum(prompt.samples for stage in samplers for prompt in stage.prompts)


def line(standing: Standing) -> str:
    """Return how a step stands, in a line."""
    told = [f"{standing.done:,}/{standing.parts:,} parts", f"{standing.rows:,} rows"]
    if standing.verdicts:
        told.append(counted(standing.verdicts))
    elif standing.rejected:
        told.append(f"rejected: {counted(standing.rejected)}")
    if standing.calls or standing.replayed:
        told.append(f"{standing.calls:,} calls ({standing.in_flight:,} in flight), {standing.replayed:,} replayed")
    if standing.tokens_per_second is not None:
        told.append(f"{standing.tokens_per_second:,.0f} tokens/s")
    if standing.cost:
        told.append(f"cost {standing.cost:,.4f}")
    left = duration(standing.seconds_left)
    told.append("time left: unknown yet" if standing.seconds_left is None else f"about {left} left")
    return f"{standing.name}: {'; '.join(told)}"


def _summary(counts: Counts) -> str:
    told = [f"{counts.rows:,} rows"]
    if counts.verdicts:
        told.append(counted(counts.verdicts))
    if counts.rejected:
        told.append(f"rejected: {counted(counts.rejected)}")
    usage: dict[str, Any] = counts.usage
    if usage.get("calls") or usage.get("replayed"):
        told.append(f"{usage['calls']:,} calls, {usage['replayed']:,} replayed, {usage['tokens']:,} tokens")
    return "; ".join(told)
