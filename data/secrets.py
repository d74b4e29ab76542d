"""Keys and tokens: how they are kept out of all that is written."""

import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

HIDDEN = "***"
SHORTEST = 6
"""A shorter secret may stand in a text by chance."""
HEAD = 12
"""So much of a long key is enough to be recognised: servers echo keys cut off."""

_SECRET_NAMES = re.compile(
    r"(^|[_\-.])(api_?key|key|token|secret|password|passwd|passphrase|credential|authorization|bearer)s?($|[_\-.])",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name is likely to hold a secret, or the name of one."""
    return _SECRET_NAMES.search(name) is not None and not name.endswith("_tokens")


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
