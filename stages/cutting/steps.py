"""Whole steps of a chain of thought: which only check, and what stands where others were."""

from collections.abc import Sequence

from stages.cutting.cut_spans import without
from stages.cutting.first_correct import looks_back
from stages.cutting.units import Span, Units
from stages.replies.answer_segment import box_wrappers

NO_CHECKS = "no_checks"


def checks(units: Units) -> list[bool]:
    """Tell of each step whether it begins to check, or to doubt, what was said before it."""
    return [looks_back(units.text[begin:end]) for begin, end in units.spans]


def ratio_of_all(sizes: Sequence[int], ratio: float, may_go: Sequence[bool]) -> float:
    """Return the share of all steps that stays where the ratio is one of those that may go."""
    going = sum(size for size, goes in zip(sizes, may_go, strict=True) if goes)
    return 1 - (1 - ratio) * going / max(1, sum(sizes))


def with_marks(units: Units, keep: Sequence[bool], mark: str) -> str:
    """Return what is left with a mark in place of each run of steps that was cut; boxes on the way are opened."""
    holes = box_wrappers(units.text)
    pieces: list[str] = []
    place, skips = 0, False
    for (begin, end), stays in zip(units.spans, keep, strict=True):
        if stays or not skips:
            pieces.append(units.text[place:begin])
            pieces.append(_opened(units.text, (begin, end), holes) if stays else mark)
        place, skips = end, not stays
    return "".join(pieces)


def _opened(text: str, span: Span, holes: list[Span]) -> str:
    return "".join(text[begin:end] for begin, end in without([span], holes))
