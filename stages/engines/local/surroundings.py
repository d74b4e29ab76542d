"""The environment variables that an engine's child processes start with."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def surroundings(variables: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for as long as a child process is started, then put everything back.

    A spawned process can be told nothing but through its environment, which is that of this process; whatever
    else the start changes there is undone too, so that starting an engine leaves no trace.
    """
    with _ONE_AT_A_TIME:
        before = dict(os.environ)
        os.environ.update(variables)
        try:
            yield
        finally:
            for name in os.environ.keys() - before.keys():
                del os.environ[name]
            for name, value in before.items():
                if os.environ.get(name) != value:
                    os.environ[name] = value
