"""Tell what a person can mend from what is our own fault."""

from data.errors import VaricotError


def faults_of(error: BaseException) -> list[str] | None:
    """Return every fault a person can mend, each once; None when anything else went wrong too.

    Rows and parts are worked on side by side, so faults may come in (nested) groups.
    """
    if isinstance(error, VaricotError):
        return list(error.faults)
    if not isinstance(error, BaseExceptionGroup):
        return None
    found = [faults_of(inner) for inner in error.exceptions]
    if any(faults is None for faults in found):
        return None
    return list(dict.fromkeys(fault for faults in found if faults is not None for fault in faults))
