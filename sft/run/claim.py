"""What a run is: its settings and the digests of what it is made from; a folder holds one run, and tells a done one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import ArtifactError
from data.spec import digest, identity
from data.store import read_json, write_json
from sft.config import Training
from sft.models.origin import base_digest, base_of, check_base
from sft.models.templates import template_of
from sft.models.trained import RECORD, Trained, read_trained
from sft.rows import pairs
from sft.rows.source import Source, read
from sft.run.start import check_start

CLAIM = "run.json"
"""Names the run that a folder holds."""


def read_source(config: Training, *, verified: bool = False) -> Source:
    """Return the rows of a run, with the columns that its schedule and objective read.

    Args:
        config: the run.
        verified: whether the dataset was seen to be whole.

    Raises:
        InputError: they cannot be read as asked.
    """
    more = (*config.schedule.reads, *(pairs.READS if config.objective.kind != "sft" else ()))
    return read(config.dataset, more, watched=config.patience is not None, verified=verified)


def identity_of(config: Training, base: Path, source: Source) -> Mapping[str, Any]:
    """Return what names a run.

    Raises:
        ArtifactError: `start` is of another base, or does not say of which.
        ConfigError: `start` has other settings than `adapter` asks for.
    """
    named, start = base_digest(base), None if config.start is None else Path(config.start)
    if start is not None:
        if base_of(start) is None:
            raise ArtifactError(f"{start}: no {RECORD}, so it does not say which base it was trained on")
        check_base(start, named)
        check_start(start, config.adapter)
    begun = None if start is None else digest(read_json(start / RECORD)["weights"])
    template = {} if config.chat_template is None else {"chat_template": digest(template_of(config.chat_template))}
    return {"config": identity(config), "base": named, "dataset": source.digest, "start": begun, **template}


def claim(output: Path, run: Mapping[str, Any]) -> None:
    """Make a folder this run's, or see that it is.

    Raises:
        ArtifactError: it is another's.
    """
    path = output / CLAIM
    was = read_json(path) if path.is_file() else None
    if was is None:
        write_json(path, run)
    elif was != run:
        differ = sorted(key for key in run if was.get(key) != run[key])
        raise ArtifactError(f"{output}: holds another run ({', '.join(differ)} differ); train into another folder")


def done(config: Training, output: Path) -> Trained:
    """Return what this run, which is done, has left in its folder.

    Raises:
        ArtifactError: its record says that the update turns another way than the run says now.
    """
    found = read_trained(output)
    was = found.record.get("update", {}).get("direction")
    if was != config.turns:
        raise ArtifactError(
            f"{found.folder}: done, and recorded with direction {was!r}; the run says {config.turns!r} now, and what "
            "is done is not recorded anew; put `direction` back, or train into another folder"
        )
    return found
