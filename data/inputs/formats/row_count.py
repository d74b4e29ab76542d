"""How many rows a file of a size can hold: a small one that declares millions is made to be read for hours."""

SMALL_ROWS = 1_000_000
"""So many rows are read whatever the size of the file."""


def most_rows(size: int) -> int:
    """Return how many rows a file of so many bytes may hold: one a byte, which no row of text comes near."""
    return max(SMALL_ROWS, size)


def too_many_rows(shown: str, rows: int, size: int) -> str:
    """Return what a person is told of a file with more rows than that."""
    return (
        f"{shown}: {rows:,} rows in a file of {size:,} bytes; this is refused as a decompression bomb: if it is none, "
        "unpack it, or write it in files of fewer rows"
    )
