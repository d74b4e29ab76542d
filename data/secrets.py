"""Keys and tokens: how they are kept out of all that is written."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "***"
SHORTEST = 6
"""A shorter secret may stand in a text by chance."""
HEAD = 12
"""So much of a long key is enough to be recognised: servers echo keys cut off."""

_SECRET_NAMES = re.compile(
    r"api_?key|(^|[_\-.])(key|token|secret|password|passwd|passphrase|credential|authorization|bearer)s?($|[_\-.])",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name is likely to hold a secret, or the name of one."""
    return _SECRET_NAMES.search(name) is not None and not name.endswith("_tokens")


def variables(value: Any) -> Iterator[str]:
    """Yield the environment variables that a spec names for secrets: in fields that end in `_env`, at any depth."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            inner = getattr(value, field.name)
            if not field.name.endswith("_env"):
                yield from variables(inner)
            elif isinstance(inner, Mapping):
                yield from map(str, inner.values())
            elif isinstance(inner, str):
                yield inner
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from variables(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from variables(inner)


def redactor(secrets: Iterable[str | None]) -> Callable[[str], str]:
    """Return a function that takes these secrets out of a text, however they are written in it."""
    forms: set[str] = set()
    for secret in secrets:
        if secret is None or len(secret) < SHORTEST:
            continue
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
            head = form[:HEAD] if len(form) >= 2 * HEAD else form
            forms.add(re.escape(head) + (r"[\w.\-%+/=]*" if head != form else ""))
    if not forms:
        return str
    pattern = re.compile("|".join(sorted(forms, key=len, reverse=True)), re.IGNORECASE)
    return lambda text: pattern.sub(HIDDEN, text)
