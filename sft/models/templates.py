"""Chat templates that a run names: a file of its own, or one that TRL ships."""

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


def _shipped() -> Path:
    found = find_spec("trl")  # its import takes seconds
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "chat_templates"
