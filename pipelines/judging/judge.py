"""Train on all folds but one, ask the problems of that one at every level they have, and write down who was right."""

from dataclasses import dataclass
from pathlib import Path

from data.spec import load
from pipelines.execute.executor import make_file
from pipelines.execute.progress import Progress
from pipelines.judging.judges import JUDGEMENTS
from pipelines.judging.plan import JudgePlan, plan_judging
from pipelines.judging.run_file import Judging
from pipelines.stop import Stop


@dataclass(frozen=True)
class JudgeOrder:
    """A judging that was read and planned."""

    run: Judging
    plan: JudgePlan


def read_judge_order(path: Path) -> JudgeOrder:
    """Read and plan a judging; nothing is trained yet.

    Raises:
        ConfigError: with every fault.
        InputError: the dataset has nothing to judge.
    """
    asked = load(Judging, path)
    return JudgeOrder(asked, plan_judging(asked))


def judge(order: JudgeOrder, stop: Stop, progress: Progress) -> Path:
    """Make the judgements that are not there yet and return their file.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    return make_file(order.run, order.plan.steps, JUDGEMENTS, stop, progress)
