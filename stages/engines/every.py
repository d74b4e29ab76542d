"""Every engine, in the open: a new one is an import and a union member."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from stages.engines.fake import Fake
from stages.engines.local.local import Local
from stages.engines.remote.remote import Remote

AnyEngine = Annotated[Local | Remote | Fake, Field(discriminator="kind")]
"""The engine of a run file, told apart by `kind`."""


EngineName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""A name of an engine in `engines`: letters, digits, `.`, `-` and `_`, at most 64, such as `R1` or `qwen2.5-7b`."""


def _named(value: Any) -> Any:
    if isinstance(value, list):
        raise ValueError(
            "give each engine a name, as in `engines: {r1: {kind: remote, ...}, qwen: {...}}`, and let methods name "
            "them: `engine: r1`, or `teachers: [r1, qwen]`"
        )
    return value


NamedEngines = Annotated[Mapping[EngineName, AnyEngine], BeforeValidator(_named)]
"""The `engines` of a run file, by name."""


def _tag(value: Any) -> str | None:
    if isinstance(value, str):
        return "name"
    return value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)


EngineOrName = Annotated[
    Annotated[Local, Tag("local")]
    | Annotated[Remote, Tag("remote")]
    | Annotated[Fake, Tag("fake")]
    | Annotated[EngineName, Tag("name")],
    Discriminator(
        _tag,
        custom_error_type="engine_or_name",
        custom_error_message="give an engine (a block with `kind`: local, remote or fake), or a name from `engines`",
    ),
]
"""An engine, or the name of one in `engines` of the run file."""
