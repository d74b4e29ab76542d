"""The run files of a preset as they are run: their commits written out, where they are kept said."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines.papers.pins import Resolve, pinned
from pipelines.papers.preset import Part, Preset
from pipelines.papers.smaller import POCKET, shrunk, under, with_model

COMMITS = "commits.json"


@dataclass(frozen=True)
class Wish:
    """How a preset is run."""

    runs: Path
    """The folder under which its runs are kept."""
    model: str | None = None
    """A model in the place of the paper's; null for the paper's, or at a small size the pocket model."""
    small: bool = False
    """Whether at a small size."""

    @property
    def stand_in(self) -> str | None:
        """Return the model that is asked and trained in place of the paper's."""
        return self.model or (POCKET if self.small else None)


def prepare(preset: Preset, wish: Wish, resolve: Resolve | None = None) -> Mapping[Part, Path]:
    """Write the run files as they are run, and return where they lie.

    The commits of models and datasets are those of the first time; they lie beside the files.

    Raises:
        ConfigError: the Hub does not tell a commit.
    """
    trees = preset.trees
    if wish.stand_in is not None:
        trees = with_model(trees, wish.stand_in)
    if wish.small:
        trees = shrunk(trees, preset.small)
    folder = wish.runs / "papers" / preset.name
    trees = under(pinned(trees, folder / COMMITS, resolve), str(wish.runs))
    folder.mkdir(parents=True, exist_ok=True)
    paths: dict[Part, Path] = {}
    for part, tree in trees.items():
        paths[part] = folder / f"{part}.yaml"
        paths[part].write_text(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True), "utf-8")
    return paths
