"""Where the steps of a plan are made: a site has what they need up, from the first that needs it to the last."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from pipelines.execute.worker import Parts
from pipelines.plan.step import Step
from pipelines.train.alone import Job, Watch


class Site(ABC):
    """This process, or Ray; engines and workers stay up between steps that ask for the same."""

    @abstractmethod
    def work(self, step: Step, parts: Parts) -> None:
        """Work off the parts of a step.

        Raises:
            EngineError: an engine could not be started or gave up.
        """

    @abstractmethod
    def train(self, jobs: Sequence[Job], stopping: Callable[[], bool], watch: Watch) -> None:
        """Train one after another, in processes of their own, once every engine of this site is let go.

        Args:
            jobs: what is trained, and where.
            stopping: is looked at several times a second; when true, a checkpoint is written and training left.
            watch: is told each line of the metrics.

        Raises:
            TrainingStopped: `stopping` said so; the same call goes on.
            VaricotError: something a person can mend.
        """

    @abstractmethod
    def close(self) -> None:
        """Take down what is up."""
