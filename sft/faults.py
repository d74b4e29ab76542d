"""What goes wrong while a model is trained, and a person can mend."""

from data.errors import VaricotError


class TrainingError(VaricotError):
    """Training cannot go on; the last good checkpoint is named and kept."""
