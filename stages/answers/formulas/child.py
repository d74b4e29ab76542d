"""The child process that compares formulas: limits itself, then answers one line for each line it reads.

Started as `python -m stages.answers.formulas.child` with an empty environment: it runs the same whoever its parent is.
It holds no secret, opens no file and no socket, and may be killed at any moment: nothing but its own row is lost.
"""

import json
import resource
import sys
from fractions import Fraction

from stages.answers.formulas.evaluation import NoValueError
from stages.answers.formulas.nodes import from_json
from stages.answers.formulas.numeric import equal, proportion

_MEMORY_BYTES = 900 * 2**20
_CPU_SECONDS = 120
_OPEN_FILES = 8
_LIMITS = (
    (resource.RLIMIT_AS, _MEMORY_BYTES),
    (resource.RLIMIT_CPU, _CPU_SECONDS),
    (resource.RLIMIT_NOFILE, _OPEN_FILES),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)


def main() -> None:
    """Serve requests from standard input until it closes."""
    for limit, most in _LIMITS:
        resource.setrlimit(limit, (most, most))
    _send({"ready": True})
    for line in sys.stdin:
        try:
            answer = _answer(json.loads(line))
        except MemoryError:
            _send({"reason": "memory"})
            return
        _send(answer)


def _answer(request: dict[str, object]) -> dict[str, object]:
    try:
        left, right = from_json(request["left"]), from_json(request["right"])
        if request["ask"] == "proportion":
            return {"result": proportion(left, right)}
        tolerance = request["tolerance"]
        allowed = None if tolerance is None else Fraction(str(tolerance))
        return {"result": int(equal(left, right, allowed, bool(request["relative"])))}
    except RecursionError:
        return {"reason": "too_deep"}
    except NoValueError as error:
        return {"reason": str(error)}
    except (ArithmeticError, ValueError, TypeError):
        return {"reason": "no_value"}


def _send(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
