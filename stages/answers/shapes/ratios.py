"""Proportions (`a:b:c`), compared term by term up to a common factor; what may be a time is compared as it stands."""

from stages.answers.formulas.formulas import Formulas, UndecidedError
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import Node
from stages.answers.quantities.moments import moments_equal
from stages.answers.shapes.shapes import Atom, Ratio, Reading
from stages.answers.shapes.values import node_of


def same_ratio(gold: Reading, answer: Reading, formulas: Formulas) -> bool:
    """Tell whether two proportions are the same; a value alone is its ratio to one."""
    same_moment = moments_equal(_written(gold), _written(answer))
    if same_moment is not None:
        return same_moment
    golds, answers = _terms(gold), _terms(answer)
    if len(golds) != len(answers) or len(golds) < 2:
        return False
    literal = isinstance(gold, Ratio) and isinstance(answer, Ratio) and gold.literal and answer.literal
    if literal or any(node.op == "num" and not node.value.strip("0.") for node in (*golds, *answers)):
        return all(formulas.equal(one, other) for one, other in zip(golds, answers, strict=True))
    return all(
        formulas.equal(Node("mul", (golds[0], right)), Node("mul", (left, answers[0])))
        for left, right in zip(golds[1:], answers[1:], strict=True)
    )


def _written(reading: Reading) -> str:
    """Return a ratio or a value as it is written, so that it can be read as a time."""
    if isinstance(reading, Ratio):
        return ":".join(term.text for term in reading.terms if isinstance(term, Atom))
    return reading.text if isinstance(reading, Atom) else ""


def _terms(reading: Reading) -> list[Node]:
    if isinstance(reading, Ratio):
        return [_node(term) for term in reading.terms]
    return [_node(reading), Node("num", (), "1")] if isinstance(reading, Atom) else []


def _node(reading: Reading) -> Node:
    if not isinstance(reading, Atom):
        raise UndecidedError("unreadable")
    try:
        return node_of(reading)
    except UnreadableError as error:
        raise UndecidedError(str(error)) from error
