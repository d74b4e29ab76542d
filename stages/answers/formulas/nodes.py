"""A formula as a tree of plain nodes, and its JSON form for the pipe to a child process."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One operation, number or name."""

    op: str
    """What it is: num, var, const, add, mul, div, neg, pow, root, call, log, fact, binom, abs, pm, mp, degree ..."""
    args: tuple["Node", ...] = ()
    value: str = ""
    """The digits of a num, the name of a var, const or call."""


def to_json(node: Node) -> object:
    """Return `node` as nested lists."""
    return [node.op, node.value, [to_json(arg) for arg in node.args]]


def from_json(data: object) -> Node:
    """Return the node that `to_json` wrote."""
    if not isinstance(data, list) or len(data) != 3:
        raise TypeError("a node is a list of three")
    op, value, args = data
    return Node(str(op), tuple(from_json(arg) for arg in args), str(value))


def variables(node: Node) -> frozenset[str]:
    """Return the names of the variables in `node`."""
    if node.op == "var":
        return frozenset((node.value,))
    return frozenset().union(*(variables(arg) for arg in node.args))


def contains(node: Node, *ops: str) -> bool:
    """Tell whether any operation of `node` is one of `ops`."""
    return node.op in ops or any(contains(arg, *ops) for arg in node.args)


def renamed(node: Node, names: dict[str, str]) -> Node:
    """Return `node` with its variables renamed."""
    if node.op == "var":
        return Node("var", (), names.get(node.value, node.value))
    return Node(node.op, tuple(renamed(arg, names) for arg in node.args), node.value)


def with_sign(node: Node, plus: bool) -> Node:
    """Return `node` with every plus-minus settled one way (and every minus-plus the other)."""
    args = tuple(with_sign(arg, plus) for arg in node.args)
    if node.op in ("pm", "mp"):
        positive = plus == (node.op == "pm")
        if len(args) == 1:
            return args[0] if positive else Node("neg", args)
        return Node("add", (args[0], args[1] if positive else Node("neg", (args[1],))))
    return Node(node.op, args, node.value)
