"""Which columns of a table are read, or what is missing: told once for the file, not once a row."""

from collections import Counter
from collections.abc import Iterable, Sequence

from data.errors import InputError
from data.inputs.record import Origin
from data.inputs.rows.paths import top


def check_columns(origin: Origin, named: Iterable[str], there: Sequence[str]) -> list[str]:
    """Return the table's own columns that the mapping names, or whose parts it names.

    Raises:
        InputError: some are not there, or a name is there twice.
    """
    tops = {name: top(name, there) for name in named}
    shown = ", ".join(repr(name) for name in there[:50])
    faults = [
        f"{origin.shown}: column {name!r}: there is no such column; there are {shown}; fix the mapping in the run file"
        for name, top in tops.items()
        if top not in there
    ]
    twice = sorted(name for name, count in Counter(there).items() if count > 1)
    faults += [f"{origin.shown}: the header names column {name!r} more than once; rename one" for name in twice[:20]]
    if faults:
        raise InputError(*faults)
    return list(dict.fromkeys(tops.values()))
