"""Length under control by text on the prompt: a ratio marker (TokenSkip), a prefix for long and short (C3oT).

One function puts the text on when a dataset is made, when it is trained and when the trained model is asked, so
trained prompts and prompts at inference are equal to the byte.
"""

import re
from collections.abc import Mapping, Sequence

from data.prompts.turns import last_user
from data.spec import spec

VALUE = "{value}"
_NUMBER = r"-?\d+(?:\.\d+)?"
_TELLING = 4
"""Characters from which a part of the text gives it away by itself; a lone bracket does not."""


@spec
class Condition:
    """What is put on the prompts of rows with a kind of control."""

    control_kind: str
    """Rows with this kind: ratio_kept, ratio_removed, level, budget, steps, alpha, mode, tokens or none."""
    prefix: str = ""
    """Put before the last user turn; `{value}` becomes the row's control value."""
    suffix: str = ""
    """Put after the last user turn, likewise."""
    plain_at: float | None = None
    """Rows with exactly this value stay as they are (TokenSkip marks no full chain: 1.0)."""

    def on(self, prompt: Sequence[Mapping[str, str]], value: float | None) -> list[Mapping[str, str]]:
        """Return the prompt with the text on its last user turn, as it is trained and as it is to be asked."""
        if value is not None and value == self.plain_at:
            return list(prompt)
        at = last_user(prompt)
        text = self._filled(self.prefix, value) + prompt[at]["content"] + self._filled(self.suffix, value)
        return [*prompt[:at], {**prompt[at], "content": text}, *prompt[at + 1 :]]

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds what this puts on, or a telling part of it, whatever the value."""
        parts = [part.strip() for own in (self.prefix, self.suffix) for part in own.split(VALUE)]
        if any(part in text for part in parts if len(part) >= _TELLING):
            return True
        return any(re.search(_pattern(own), text) for own in (self.prefix, self.suffix) if own.strip())

    @property
    def needs_value(self) -> bool:
        """Whether the text holds the value."""
        return VALUE in self.prefix + self.suffix

    @staticmethod
    def _filled(text: str, value: float | None) -> str:
        return text if value is None else text.replace(VALUE, plain_number(value))


def plain_number(value: float) -> str:
    """Return a control value as a person writes it: 0.5, 50, 1."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _pattern(text: str) -> str:
    return _NUMBER.join(re.escape(part) for part in text.strip().split(VALUE))
