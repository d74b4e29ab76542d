"""`python -m flows`: run a command, and turn how it ended into words and an exit code."""

import sys
import traceback

from flows.command_line import app
from flows.faults import faults_of
from flows.terminal import BROKEN_PIPE, ERR, harmless

FAULT = 1
BUG = 70


def main() -> None:
    """Run the command line and exit."""
    try:
        app()
    except BrokenPipeError:
        sys.exit(BROKEN_PIPE)
    except Exception as error:
        sys.exit(report(error))


def report(error: Exception) -> int:
    """Tell what went wrong and return the exit code: a line a fault where a person can mend it, else a traceback."""
    faults = faults_of(error)
    if faults is not None:
        for fault in faults:
            ERR.print(f"error: {harmless(fault)}", soft_wrap=True)
        return FAULT
    ERR.print(harmless("".join(traceback.format_exception(error))), soft_wrap=True)
    ERR.print(
        f"This is a fault of ours ({type(error).__name__}), not of your run file: please report it with the lines "
        "above. What a build had finished is safe; the same command goes on from there."
    )
    return BUG


if __name__ == "__main__":
    main()
