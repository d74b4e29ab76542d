"""Look at something every so often while other work goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def looked_at(seconds: float, *looks: Callable[[], None]) -> Iterator[None]:
    """Call the looks every so often in a thread of their own, while the block runs."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(seconds):
            for look in looks:
                look()

    thread = threading.Thread(target=work, name="looks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
