"""Stretches of a text with holes cut into them."""

from stages.cutting.units import Span


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return stretches with holes cut into them, in one pass over both; each in order and apart."""
    pieces: list[Span] = []
    first = 0
    for begin, end in spans:
        while first < len(holes) and holes[first][1] <= begin:
            first += 1
        place = first
        while place < len(holes) and holes[place][0] < end:
            pieces.append((begin, holes[place][0]))
            begin = holes[place][1]
            place += 1
        pieces.append((begin, end))
    return [piece for piece in pieces if piece[0] < piece[1]]
