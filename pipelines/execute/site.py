"""Where the steps of a plan are made: a site has what they need up, from the first that needs it to the last."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from pipelines.execute.worker import Parts
from pipelines.plan.step import Step
from pipelines.train.alone import Watch
from sft.config import Training


class Site(ABC):
    """This process, or Ray; engines and workers stay up between steps that ask for the same."""

    @abstractmethod
    def work(self, step: Step, parts: Parts) -> None:
        """Work off the parts of a step.

        Raises:
            EngineError: an engine could not be started or gave up.
        """

    @abstractmethod
    def train(self, training: Training, output: Path, stopping: Callable[[], bool], watch: Watch) -> None:
        """Train into a folder, beside this process, once every engine of this site is let go.

        Args:
            training: what is trained.
            output: where.
            stopping: is looked at several times a second; when true, a checkpoint is written and training left.
            watch: is told each line of the metrics.

        Raises:
            TrainingStopped: `stopping` said so; the same call goes on.
            VaricotError: something a person can mend.
        """

    @abstractmethod
    def close(self) -> None:
        """Take down what is up."""
