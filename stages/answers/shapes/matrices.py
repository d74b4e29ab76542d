r"""Matrices and what is made of them: sums, products and multiples, worked out cell by cell as text.

`\frac{1}{7}\begin{pmatrix}1\\2\end{pmatrix}` becomes the matrix of the cells `(\frac{1}{7})(1)` and `(\frac{1}{7})(2)`.
"""

import re

from stages.answers.formulas.lexer import UnreadableError
from stages.answers.shapes.split import split_top

Cells = list[list[str]]
_MATRIX = re.compile(r"\\begin\{([pbB]?matrix|array|smallmatrix)\}(?:\{[lcr|]*\})?(.*?)\\end\{\1\}", re.DOTALL)
_SIGN = re.compile(r"[-+]")
_MOST_CELLS = 100


def matrix_cells(text: str) -> Cells | None:
    """Return the cells of a matrix or of an expression of matrices; none when there is no matrix."""
    if not _MATRIX.search(text):
        return None
    pieces = split_top(text.strip(), _SIGN)
    total: Cells | None = None
    for place in range(0, len(pieces), 2):
        if not pieces[place].strip() and place == 0:
            continue
        term = _term(pieces[place])
        if place and pieces[place - 1] == "-":
            term = [[f"-({cell})" for cell in row] for row in term]
        total = term if total is None else _added(total, term)
    return total


def _term(text: str) -> Cells:
    """Return the product of the matrices and scalars of one term."""
    product: Cells | None = None
    scalars: list[str] = []
    position = 0
    for match in _MATRIX.finditer(text):
        scalars.append(_scalar(text[position : match.start()]))
        cells = _cells(match[2])
        product = cells if product is None else _multiplied(product, cells)
        position = match.end()
    rest = _scalar(text[position:])
    if product is None:
        raise UnreadableError("unreadable")
    factor = "".join(f"({scalar})" for scalar in scalars if scalar)
    tail = rest if rest.startswith("/") or not rest else f"({rest})"
    return [[f"{factor}({cell}){tail}" if factor or tail else cell for cell in row] for row in product]


def _scalar(text: str) -> str:
    text = text.strip().removeprefix("\\cdot").removesuffix("\\cdot").removesuffix("\\times").removesuffix("*").strip()
    return "" if text in ("", "(", ")") else text


def _cells(inner: str) -> Cells:
    rows = [row for row in re.split(r"\\\\|\\cr(?![a-z])", inner) if row.strip()]
    cells = [[cell.strip() for cell in row.split("&")] for row in rows]
    if sum(map(len, cells)) > _MOST_CELLS or any(len(row) != len(cells[0]) for row in cells):
        raise UnreadableError("unreadable")
    return cells


def _added(one: Cells, other: Cells) -> Cells:
    if [len(row) for row in one] != [len(row) for row in other]:
        raise UnreadableError("unreadable")
    return [[f"({a})+({b})" for a, b in zip(row, twin, strict=True)] for row, twin in zip(one, other, strict=True)]


def _multiplied(one: Cells, other: Cells) -> Cells:
    if any(len(row) != len(other) for row in one):
        raise UnreadableError("unreadable")
    columns = list(zip(*other, strict=True))
    return [["+".join(f"({a})({b})" for a, b in zip(row, column, strict=True)) for column in columns] for row in one]
