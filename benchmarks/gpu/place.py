"""Where checks run: the folder they share, and on what."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Device = Literal["cuda", "cpu"]


@dataclass(frozen=True)
class Place:
    """What every check is given."""

    folder: Path
    """Empty at the beginning; the folder of a check has its name."""
    device: Device
    model: Path
    """A folder with the model that is trained and asked."""

    @property
    def on_gpu(self) -> bool:
        """Whether there is a GPU."""
        return self.device == "cuda"

    def made_by(self, check: str) -> Path:
        """Return the folder of a check."""
        return self.folder / check
