"""What a dataset says of itself beyond its rows: how it was made, from what, and what may be done with it.

Nothing here may tell when or on which machine it was made: the same run gives the same `About`.
"""

from typing import Annotated

from pydantic import Field, JsonValue

from data.dataset.lengths import Lengths
from data.spec import Name, spec


@spec
class Model:
    """A model that took part."""

    name: str
    """As the run file names it."""

    revision: str
    """The revision or weight digest that was used."""

    licence: str | None = None
    """Its licence; None where it is not stated."""


@spec
class Source:
    """Where problems or traces come from."""

    name: str
    """File name, dataset id or task."""

    revision: str | None = None
    """Revision or digest of what was read."""

    licence: str | None = None
    """Its licence; None where it is not stated."""

    rows: Annotated[int, Field(ge=0)] | None = None
    """How many rows were read from it."""


@spec
class Method:
    """A method as it was configured."""

    title: str
    """What the paper calls it."""

    paper: str | None = None
    """A link to the paper."""

    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """Its fields."""


@spec
class About:
    """How a dataset was made; all of it goes into the manifest, what people ask for into the card."""

    name: Name
    """Name of the run."""

    run: str
    """Identity of the run: the fingerprint of its specs."""

    run_file: str
    """Text of the run file, so that the dataset can be made again from its card."""

    steps: dict[str, str] = Field(default_factory=dict)
    """Fingerprint of each step."""

    models: tuple[Model, ...] = ()
    """Every model that replied, rewrote or scored."""

    tokenizer: str
    """Name and revision of the tokenizer that counted."""

    checker: str
    """Version of the answer checker."""

    prompts: dict[str, str] = Field(default_factory=dict)
    """Digest of each prompt by its id."""

    methods: dict[Name, Method] = Field(default_factory=dict)
    """The methods by config name."""

    sources: tuple[Source, ...] = ()
    """Where problems and traces come from."""

    problems: Annotated[int, Field(ge=0)]
    """Problems that were read: what coverage is a share of."""

    before: dict[Name, Lengths] = Field(default_factory=dict)
    """By config: lengths of all correct traces that it chose from or shortened."""

    ended_early: str | None = None
    """The limit that ended the build before all problems were done; None when they all were."""

    figures: dict[str, JsonValue] = Field(default_factory=dict)
    """Further figures of the report, kept in the manifest."""


def licence_of(sources: tuple[Source, ...]) -> str | None:
    """Return the licence that all sources share, or None."""
    found = {source.licence for source in sources}
    return found.pop() if len(found) == 1 else None
