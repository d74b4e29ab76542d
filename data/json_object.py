"""A JSON object as a value: frozen, hashable, and the same whatever order it was written in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, JsonValue
from pydantic_core import CoreSchema, core_schema


class JsonObject(Mapping[str, Any]):
    """Settings that are passed on as they are: known by their canonical text, and safe to share."""

    __slots__ = ("_values", "text")

    text: str
    """The canonical JSON."""

    def __init__(self, values: Mapping[str, Any] = {}) -> None:
        self.text = json.dumps(_plain(values), sort_keys=True, ensure_ascii=False, allow_nan=False)
        self._values: dict[str, Any] = json.loads(self.text)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, JsonObject):
            return self.text == other.text
        return isinstance(other, Mapping) and self == JsonObject(other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type["JsonObject"], tuple[dict[str, Any]]]:
        return JsonObject, (self._values,)

    def copied(self) -> dict[str, Any]:
        """Return it as a dictionary of one's own, to be changed freely."""
        return dict(json.loads(self.text))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        values = core_schema.no_info_after_validator_function(cls, handler(dict[str, JsonValue]))
        known = core_schema.union_schema([core_schema.is_instance_schema(cls), values], mode="left_to_right")
        return core_schema.json_or_python_schema(json_schema=values, python_schema=known)


def _plain(value: Any) -> Any:
    """Return JSON types: mappings of any kind as dictionaries."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


EMPTY = JsonObject()
