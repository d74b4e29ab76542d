"""A paper's preset: up to three run files, the table that the paper reports, and what of its setting is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from data.errors import ConfigError
from data.spec import Name, Positive, load, read_tree, spec

Part = str
"""A run file of a preset by its name: `build`, `tune`, `measure`, and others whose names begin with `measure_`."""
Tree = Mapping[str, Any]
"""A run file as JSON types."""
PAPER = "paper.yaml"
SMALL = "small.yaml"


@spec
class Reported:
    """A row of a paper's table."""

    model: Name
    """What `measure.yaml` calls it."""
    called: str
    """What the paper calls it."""
    accuracy: Annotated[float, Field(ge=0, le=100)] | None = None
    """In percent; null where the paper does not tell."""
    tokens: Annotated[float, Field(ge=0)] | None = None
    """Mean tokens of the chain of thought."""
    source: str
    """Which table, or which section."""


@spec
class Paper:
    """What a paper reports of the setting that its preset holds."""

    title: str
    paper: str
    """Authors, year and arXiv number."""
    train: Positive
    """Problems that the build reads."""
    test: Positive
    """Problems that are measured on."""
    reported: tuple[Reported, ...] = ()
    unknown: tuple[str, ...] = ()
    """Settings that could not be read at a source, and what stands in the run files instead."""
    differs: tuple[str, ...] = ()
    """What is done otherwise here, and why."""


@dataclass(frozen=True)
class Preset:
    """A preset as it was read."""

    folder: Path
    paper: Paper
    trees: Mapping[Part, Tree]
    """Its run files, those that it has, in the order in which they run: a method without training has no `tune`."""
    small: Mapping[Part, Tree]
    """What is laid over them for a run at a small size, beyond what is done to every preset."""

    @property
    def name(self) -> str:
        """Return what the preset is called."""
        return self.folder.resolve().name


def read_preset(folder: Path) -> Preset:
    """Read the files of a preset.

    Raises:
        ConfigError: there is no preset, or a file of it is no YAML.
    """
    if not (folder / PAPER).is_file():
        known = ", ".join(sorted(path.parent.name for path in folder.parent.glob(f"*/{PAPER}"))) or "none"
        raise ConfigError(f"{folder}: no preset lies here (it has a {PAPER}); beside it: {known}")
    paths = [
        folder / "build.yaml",
        folder / "tune.yaml",
        folder / "measure.yaml",
        *sorted(folder.glob("measure_*.yaml")),
    ]
    trees = {path.stem: _mapping(path) for path in paths if path.is_file()}
    if "build" not in trees:
        raise ConfigError(f"{folder}: a preset has a build.yaml, and this has none")
    small = _mapping(folder / SMALL) if (folder / SMALL).is_file() else {}
    if others := sorted(set(small) - set(trees)):
        raise ConfigError(f"{folder / SMALL}: is laid over {', '.join(trees)}; there is {', '.join(others)}")
    return Preset(folder, load(Paper, folder / PAPER), trees, {part: small.get(part, {}) for part in trees})


def _mapping(path: Path) -> Tree:
    tree = read_tree(path)
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: not a YAML mapping")
    return tree
