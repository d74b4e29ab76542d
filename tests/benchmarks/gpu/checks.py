"""Checks that end in every way there is."""

import os
import sys
import time

from benchmarks.gpu.outcome import CheckFailed, Figures, NotPossible
from benchmarks.gpu.place import Place


def fine(place: Place) -> Figures:
    return {"ratio": 0.98765, "model": place.model.name}


def wrong(place: Place) -> Figures:
    raise CheckFailed("the loss went up")


def broken(place: Place) -> Figures:
    raise RuntimeError("CUDA error:\nan illegal access")


def lacking(place: Place) -> Figures:
    raise NotPossible("there is no GPU")


def without_package(place: Place) -> Figures:
    import no_such_package_anywhere  # type: ignore[import-not-found]  # that is what it is for

    return {"never": no_such_package_anywhere}


def without_module(place: Place) -> Figures:
    import benchmarks.gpu.no_such_module  # type: ignore[import-not-found]  # as above

    return {"never": benchmarks.gpu.no_such_module}


def dying(place: Place) -> Figures:
    sys.stderr.write("out of memory\n")
    sys.stderr.flush()
    os._exit(7)


def hanging(place: Place) -> Figures:
    time.sleep(600)
    return {}
