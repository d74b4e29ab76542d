"""Tells workers that were lost, whose training goes on, from workers that failed, whose training does not."""

from collections.abc import Mapping

from data.errors import TrainingError, VaricotError

SHOWN = 600
"""Characters told of an error that is not ours: its end, where Python says what it was."""


def are_lost(failures: Mapping[int, Exception], workers: int) -> bool:
    """Tell whether a worker may have been lost, from what became of each that failed, by its number.

    One that is lost takes others along, which fail in the middle of talking to it, and may be the first to be heard.
    """
    if any(isinstance(failure, VaricotError) or _is_full(failure) for failure in failures.values()):
        return False
    return bool(failures) and (workers > 1 or any(_said_by_ray(failure) for failure in failures.values()))


def fault_of(error: Exception, failures: Mapping[int, Exception], restarts: int) -> VaricotError:
    """Return what a person is told: the fault of ours that a worker raised, else what each worker ended with."""
    for failure in failures.values():
        if isinstance(failure, VaricotError):
            return failure
    told = [f"worker {rank}: {_told(failure)}" for rank, failure in sorted(failures.items())] or [_told(error)]
    again = f" (after {restarts} restarts)" if restarts else ""
    advice = "; the last checkpoint is kept, and the same command goes on from it"
    return TrainingError(*(f"{fault}{again}{advice}" for fault in told))


def _said_by_ray(failure: Exception) -> bool:
    """Tell whether Ray says it of a worker, and not the worker of itself."""
    return type(failure).__module__.startswith("ray.")


def _is_full(failure: Exception) -> bool:
    """Tell whether a device has no memory left, which it will not have the next time either."""
    return type(failure).__name__ == "OutOfMemoryError" and not _said_by_ray(failure)


def _told(failure: Exception) -> str:
    text = " ".join(str(failure).split())
    memory = "; halve `batch_size` and double `accumulate`" if _is_full(failure) else ""
    return f"{type(failure).__name__}: {text[-SHOWN:]}{memory}"
