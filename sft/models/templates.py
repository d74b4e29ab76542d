"""Chat templates that TRL ships, and those that a run names."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from data.errors import ConfigError


def template_of(name: str) -> str:
    """Return the text of a chat template.

    Raises:
        ConfigError: there is no such file, and TRL ships none of this name.
    """
    path = Path(name)
    shipped = _shipped() / f"{name}.jinja"
    if path.is_file():
        return path.read_text("utf-8")
    if path.name == name and shipped.is_file():
        return shipped.read_text("utf-8")
    known = ", ".join(sorted(one.stem for one in _shipped().glob("*.jinja")))
    raise ConfigError(f"chat_template {name!r}: no such file, and none that TRL ships: {known}")


def training_template(template: str) -> str | None:
    """Return the template by which TRL trains what this one asks; None where it ships none.

    The same that `trl.get_training_chat_template` gives for a tokenizer, but that needs no import of TRL, is None for
    templates that TRL does not know, and is given whether or not its own way to mask would need it.
    """
    for path in _shipped().glob("*_training.jinja"):
        asked_by = path.with_stem(path.stem.removesuffix("_training"))
        if asked_by.is_file() and asked_by.read_text("utf-8") == template:
            return path.read_text("utf-8")
    return None


@cache
def _shipped() -> Path:
    found = find_spec("trl")  # its import takes seconds
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "chat_templates"
