"""Long texts in overlapping windows, each token read where it has the most context, windows of like length together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Tokens `begin` to `end` of a text are read; what is found of `first` to `last` is used."""

    text: int
    begin: int
    end: int
    first: int
    last: int

    def __len__(self) -> int:
        return self.end - self.begin


def windows(lengths: Sequence[int], size: int, before: int, after: int) -> Iterator[Window]:
    """Cut texts of so many tokens into windows of at most `size`.

    Every token is used once, with at least `before` tokens of context on its left and `after` on its right, but where
    the text ends sooner.
    """
    if size <= before + after:
        raise ValueError(f"windows of {size} tokens leave no room beside {before} + {after} tokens of context")
    for text, length in enumerate(lengths):
        first = 0
        while first < length:
            begin = max(0, first - before)
            end = min(length, begin + size)
            last = length if end == length else end - after
            yield Window(text, begin, end, first, last)
            first = last


def batches(cut: Sequence[Window], budget: int, length: Callable[[Window], int] = len) -> Iterator[list[Window]]:
    """Put windows of like length together, at most `budget` tokens a batch, padding included; one at least.

    Args:
        length: of the row that is read for a window, where that is more than its own tokens.
    """
    batch: list[Window] = []
    for window in sorted(cut, key=lambda it: (length(it), it.text, it.begin)):
        if batch and length(window) * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
