"""What a run file may say of how its models mark their reasoning."""

from pydantic import Field, model_validator

from data.spec import spec

LONGEST = 100
"""A mark is a token or a tag, not a paragraph."""


@spec
class Thinking:
    """Marks that the table does not know, and whether replies begin inside the reasoning."""

    open: str | None = Field(default=None, max_length=LONGEST)
    """The mark before the reasoning, if it is not one that models are known to use."""
    close: str | None = Field(default=None, max_length=LONGEST)
    """The mark after it."""
    opened: bool = False
    """The chat template ends in the open mark, so replies begin inside the reasoning (a local engine sees for itself
    whether its template does)."""

    @model_validator(mode="after")
    def _are_a_pair(self) -> "Thinking":
        if (self.open is None) != (self.close is None):
            missing = "close" if self.close is None else "open"
            raise ValueError(f"marks come in pairs: give `{missing}` too, e.g. open: <ponder>, close: </ponder>")
        for name, mark in (("open", self.open), ("close", self.close)):
            if mark is not None and mark.strip() != mark:
                raise ValueError(f"`{name}` is {mark!r}: give the mark without blanks round it")
            if mark == "":
                raise ValueError(f"`{name}` is empty: give the mark that stands in the replies, or leave both out")
        if self.open is not None and self.open == self.close:
            raise ValueError(f"`open` and `close` are both {self.open!r}: the two marks must differ")
        return self
