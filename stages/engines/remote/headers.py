"""What goes with every request beside its body: the key, headers and query; secrets come from the environment alone."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from data.errors import EngineError
from data.json_object import JsonObject

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTED = re.compile(r"[\x20-\x7e]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{24,}")

_OURS = """
accept accept-encoding connection content-encoding content-length content-type expect host keep-alive te
trailer transfer-encoding upgrade
"""
OURS = frozenset(_OURS.split())
"""Headers that the client sets by what it sends."""

_SECRET = re.compile(
    r"(^|[-_])(authorization|auth|cookie|credentials?|key|passw(or)?d|secret|sig|signature|token)$|apikey$"
)
_SECRET_FIELD = re.compile(
    r"(x[-_])?api[-_]?key|authorization|(access|auth)[-_]?token|bearer|(client[-_]?)?secret|cookie|passw(or)?d"
)


def secret(fault: str) -> PydanticCustomError:
    """Return a fault that is told without the value it is about, which may be a key."""
    return PydanticCustomError("secret", "{fault}", {"fault": fault})


def holds_secret(values: Any) -> Iterator[str]:
    """Yield the names, at any depth, under which a key is usually given."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            if _SECRET_FIELD.fullmatch(str(name).lower()) and isinstance(value, str):
                yield str(name)
            yield from holds_secret(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from holds_secret(value)


def _headers(given: JsonObject) -> JsonObject:
    _refuse_ours(given)
    for name, value in given.items():
        if _SECRET.search(name.lower()):
            raise secret(f"{name} holds a secret by its name: say {{{name}: VARIABLE}} in `headers_env` instead")
        if not isinstance(value, str) or not _PRINTED.fullmatch(value):
            raise ValueError(f"{name}: not a text of printable ASCII characters; quote a number")
    return given


def _variables(given: JsonObject) -> JsonObject:
    _refuse_ours(given)
    for value in given.values():
        _variable(value)
    return given


def _query(given: JsonObject) -> JsonObject:
    for name, value in given.items():
        if _SECRET.search(name.lower()):
            raise secret(f"{name} holds a secret by its name: addresses are logged on the way; use `headers_env`")
        if not isinstance(value, str):
            raise ValueError(f"{name}: not a text; quote a number")
    return given


def _refuse_ours(given: JsonObject) -> None:
    for name in given:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if name.lower() in OURS:
            raise ValueError(f"{name} is set by what is sent; leave it out")


def _variable(name: Any) -> str:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name) or _HEXADECIMAL.fullmatch(name):
        raise secret("not the name of an environment variable; put the secret in one, and name it here")
    return name


Headers = Annotated[JsonObject, AfterValidator(_headers)]
"""Headers by name."""
HeaderVariables = Annotated[JsonObject, AfterValidator(_variables)]
"""Environment variables by the header whose value they hold."""
Query = Annotated[JsonObject, AfterValidator(_query)]
"""Parameters of the address by name."""
Variable = Annotated[str, AfterValidator(_variable)]
"""The name of an environment variable."""


@dataclass(frozen=True)
class Envelope:
    """What every request to a server goes with."""

    key: str | None = field(default=None, repr=False)
    """Sent as `Authorization: Bearer`; None for none."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What must never be shown, the key among them."""


def envelope(key_variable: str | None, headers: JsonObject, variables: JsonObject, query: JsonObject) -> Envelope:
    """Read the secrets and return what goes with every request.

    Raises:
        EngineError: with every variable that is not set, or holds no header's value.
    """
    named = {"api_key_env": key_variable} if key_variable else {}
    named |= {f"headers_env.{name}": variable for name, variable in variables.items()}
    values = {where: os.environ.get(variable, "").strip() for where, variable in named.items()}
    faults = []
    for where, value in values.items():
        variable = f"the environment variable {named[where]} (`{where}`)"
        if not value:
            faults.append(
                f"{variable} is not set: put the server's key in it, or set `{where}` to null if it needs none"
            )
        elif not _PRINTED.fullmatch(value):
            faults.append(f"{variable} holds a control or other character that no header can carry: set it anew")
    if faults:
        raise EngineError(*faults)
    return Envelope(
        key=values.get("api_key_env"),
        headers={**headers, **{name: values[f"headers_env.{name}"] for name in variables}},
        query=dict(query),
        # The key of `Api-Key 0123` is its last word, and echoed without the first.
        secrets=tuple(dict.fromkeys(form for value in values.values() for form in (value, value.split()[-1]))),
    )
