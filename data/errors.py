"""What a person can mend.

VaricotError
  ConfigError      a run file, or how its parts are wired
  InputError       a file or dataset to read
  EngineError      a model that could not be started, or gave up for good
  TrainingError    a training that cannot go on
  EmptyDataset     a build that made no row
  ArtifactError    something in the store that is damaged, foreign or in use

Each says what was wrong, what there is, where, and how to mend it; the command line prints it without a traceback.
"""

from collections.abc import Sequence


class VaricotError(Exception):
    """A fault a person can mend, told whole: `faults` holds every one that was found."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults: Sequence[str] = faults


class ConfigError(VaricotError):
    """A run file, or how its parts are wired, is wrong."""


class InputError(VaricotError):
    """A file or dataset cannot be read as asked."""


class EngineError(VaricotError):
    """A model could not be started, or gave up for good."""


class TrainingError(VaricotError):
    """Training cannot go on; the last good checkpoint is named and kept."""


class EmptyDataset(VaricotError):
    """Everything was done, and not one row came of it."""


class ArtifactError(VaricotError):
    """Something in the store is damaged, was made by another version, or is in use."""
