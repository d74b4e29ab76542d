"""A `@spec` is a frozen, strict, keyword-only dataclass: its fields are its whole configuration.

Its JSON is its identity (`identity`, `fingerprint`); fields marked `PLACE` say where or how fast, not what,
and bear no identity, and those marked `LATER` bear one only where they are set. `load` reads one from YAML and names
every fault at once.
"""

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, dataclass_transform, get_type_hints

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic.fields import FieldInfo

from data.errors import ConfigError
from data.secrets import HIDDEN, is_secret_name

T = TypeVar("T")
MAX_BYTES = 1 << 20
"""A run file larger than this is refused before it is parsed."""
MAX_NODES = 20_000
"""So many keys and values a run file may hold: the prompt bank has some hundreds."""


class Place:
    """Marks a field that says where or how fast, not what."""


PLACE = Place()
"""Use as `Annotated[int, PLACE]`: the field bears no identity."""


class Later:
    """Marks a field that was added to a spec after work was done with it."""


LATER = Later()
"""Use as `Annotated[float, LATER]`: at its default the field bears no identity, so what was done counts."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
def spec(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, strict, keyword-only dataclass that refuses unknown fields."""
    config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True, allow_inf_nan=False)
    return cast(type[T], pydantic_dataclass(frozen=True, kw_only=True, config=config)(cls))


def identity(value: Any) -> Any:
    """Return what bears identity in `value` as JSON types: class names and fields, without `PLACE` fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        cls: Any = type(value)
        given = ((name, getattr(value, name), default) for name, default in _bearing(cls).items())
        return {"is": cls.__name__} | {
            name: identity(item) for name, item, default in given if name not in _later(cls) or item != default
        }
    if isinstance(value, Mapping):
        return {str(key): identity(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [identity(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{type(value).__name__} has no identity: a spec holds JSON types and specs only")


def settings(value: Any) -> dict[str, Any]:
    """Return what bears identity in a dataclass and is not at its default, as JSON types.

    A field that is new, with a default, thus changes the identity of nothing that was there before it.
    """
    cls: Any = type(value)
    given = ((name, getattr(value, name), default) for name, default in _bearing(cls).items())
    return {name: _settings(item) for name, item, default in given if default is _NO_DEFAULT or item != default}


def _settings(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool):  # most are, and every request is asked this
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return settings(value)
    return [_settings(item) for item in value] if isinstance(value, list | tuple) else identity(value)


_NO_DEFAULT = object()


@lru_cache(maxsize=256)
def _bearing(cls: Any) -> Mapping[str, Any]:
    """Return the fields of a dataclass that bear identity, with their defaults."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: _default(f) for f in dataclasses.fields(cls) if not _marked(hints[f.name], Place)}


@lru_cache(maxsize=256)
def _later(cls: Any) -> frozenset[str]:
    """Return the fields of a dataclass that bear identity only where they are not at their default."""
    return frozenset(name for name, hint in get_type_hints(cls, include_extras=True).items() if _marked(hint, Later))


def _default(field: Any) -> Any:
    if isinstance(field.default, FieldInfo):
        return _NO_DEFAULT if field.default.is_required() else field.default.get_default(call_default_factory=True)
    if field.default is not dataclasses.MISSING:
        return field.default
    return _NO_DEFAULT if field.default_factory is dataclasses.MISSING else field.default_factory()


def fingerprint(value: Any) -> str:
    """Return the SHA-256 hex digest of the identity of `value`."""
    return digest(identity(value))


def digest(value: Any) -> str:
    """Return the SHA-256 hex digest of JSON types, written canonically."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def load(cls: type[T], path: Path) -> T:
    """Read a spec from a YAML file.

    Raises:
        ConfigError: with every fault found, each naming the file and the field.
    """
    return parse(cls, json.dumps(read_tree(path)), where=str(path))


def read_tree(path: Path) -> Any:
    """Return what a YAML file holds as JSON types.

    Raises:
        ConfigError: there is none, it is too large, or no plain YAML.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file")
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"{path}: over {MAX_BYTES:,} bytes; a run file is a page of YAML")
    try:
        tree = yaml.load(path.read_text("utf-8"), Loader=_PlainLoader)
        json.dumps(tree)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}") from error
    except (yaml.YAMLError, TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a plain YAML mapping: {_one_line(error)}") from None
    return tree


def parse(cls: type[T], text: str, *, where: str) -> T:
    """Make a spec from JSON text (JSON, so that a list may fill a tuple and strictness still holds).

    Raises:
        ConfigError: with every fault found, each beginning with `where` and the field.
    """
    try:
        return TypeAdapter(cls).validate_json(text)
    except ValidationError as error:
        raise ConfigError(
            *(f"{where}: {_fault(fault)}" for fault in error.errors())
        ) from None  # its own text shows values


def _marked(hint: Any, mark: type[Place] | type[Later]) -> bool:
    return any(isinstance(extra, mark) for extra in getattr(hint, "__metadata__", ()))


def _fault(fault: Any) -> str:
    field = ".".join(str(part) for part in fault["loc"]) or "the file"
    message = fault["msg"].removeprefix("Value error, ")
    if is_secret_name(next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")):
        # What stands under such a name is never shown, whatever is wrong with it: it may be a key.
        advice = ": a key comes from the environment, name its variable in `api_key_env`"
        return f"{field}: {message}{advice if fault['type'] == 'unexpected_keyword_argument' else ''}"
    there = (
        ""
        if fault["type"] in ("missing", "dataclass_type", "secret")
        else f" (there is {_shown(fault['input'])!r:.80})"
    )
    return f"{field}: {message}{there}"


def _shown(value: Any) -> Any:
    """Return a value with what may be a secret in it hidden."""
    if isinstance(value, Mapping):
        return {name: HIDDEN if is_secret_name(str(name)) else _shown(item) for name, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value


def _one_line(error: Exception) -> str:
    """Return what is wrong and where; a parser's own words would quote the line, which may hold a key."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return " ".join(f"{error.context or ''} {error.problem or ''}{place}".split())
    return " ".join(str(error).split())


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that also refuses aliases and repeated keys: a run file says each thing once, in the open.

    A date stays the text that it is: JSON has none, and `api-version: 2024-10-21` means just that.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - its class declares it so
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise yaml.YAMLError(f"more than {MAX_NODES:,} keys and values; a run file is a page of YAML")
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed: write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        counts = Counter(str(key.value) for key, _ in node.value)
        if repeated := sorted(key for key, count in counts.items() if count > 1):
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {repeated} given more than once")
        return super().construct_mapping(node, deep)


Positive = Annotated[int, Field(gt=0)]
"""A whole number, at least 1."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A name that may become a folder: lower-case letters, digits, `-` and `_`, at most 64."""
