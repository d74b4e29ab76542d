"""A pool of child processes that compare formulas: started when first needed, killed when late, recycled.

The parent owns the clock and uses no signal handlers or alarms, so that checking works in a thread, an actor and a
notebook alike. A child that dies, idle or at work, is replaced; a row is tried a second time at most.
"""

import atexit
import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_MOST_CHILDREN = 4
_RECYCLE_AFTER = 2000
_START_SECONDS = 30.0
_CLOSE_SECONDS = 2.0


class ChildError(Exception):
    """A child gave no result; the argument says why, in a countable word: `timeout`, `memory`, `crash` ..."""


class Child:
    """One child process and the pipe to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable or "python3", "-B", "-s", "-m", "stages.answers.formulas.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            start_new_session=True,  # Ctrl-C is for the parent, which then closes its children
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "MPMATH_NOGMPY": "1"},
        )
        self._rest = b""
        self.asked = 0
        try:
            self._line(time.monotonic() + _START_SECONDS)
        except ChildError:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: dict[str, object], seconds: float) -> int:
        """Return the child's result, or raise `ChildError`; after any but a refusal the child is of no more use."""
        self.asked += 1
        deadline = time.monotonic() + seconds
        stdin = self._process.stdin
        if stdin is None:
            raise ChildError("crash")
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
        except (OSError, ValueError) as error:  # a pipe that broke, or was closed with the pool
            raise ChildError("crash") from error
        answer = json.loads(self._line(deadline))
        if "reason" in answer:
            raise ChildError(str(answer["reason"]))
        return int(answer["result"])

    def kill(self) -> None:
        """End the child at once and forget it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def close(self) -> None:
        """Let the child end by itself, soon."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_CLOSE_SECONDS)
        self.kill()

    def _line(self, deadline: float) -> bytes:
        stdout = self._process.stdout
        if stdout is None:
            raise ChildError("crash")
        poll = select.poll()
        poll.register(stdout.fileno(), select.POLLIN)
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise ChildError("timeout")
            piece = os.read(stdout.fileno(), 65536)
            if not piece:
                raise ChildError("crash")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line


class Pool:
    """At most `most` children; `ask` waits for one that is free."""

    def __init__(self, most: int = _MOST_CHILDREN) -> None:
        self._slots: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(most):
            self._slots.put(None)
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._alive: set[Child] = set()

    def ask(self, request: dict[str, object], seconds: float) -> int:
        """Return a child's result within `seconds` of its starting on it, or raise `ChildError`."""
        child = self._slots.get()
        try:
            child = self._started() if child is None else child
            try:
                return child.ask(request, seconds)
            except ChildError as error:
                if str(error) != "crash":
                    raise
            self._end(child)
            child = None
            child = self._started()
            return child.ask(request, seconds)
        except ChildError as error:
            child = self._spared(child, str(error))
            raise
        except BaseException:
            # a child whose answer nobody read would give it to the next row
            child = self._spared(child, "interrupted")
            raise
        finally:
            self._slots.put(self._recycled(child))

    def pids(self) -> list[int]:
        """Return the process ids of the children that were started and not yet ended."""
        with self._lock:
            return [child.pid for child in self._alive]

    def close(self) -> None:
        """End every child; a forked copy of this process leaves them alone."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            alive, self._alive = self._alive, set()
        for child in alive:
            child.close()

    def _started(self) -> Child:
        child = Child()
        with self._lock:
            self._alive.add(child)
        return child

    def _spared(self, child: Child | None, reason: str) -> Child | None:
        """Return the child if it only refused; end it if it is late, dead, out of memory or was not listened to."""
        if child is not None and reason in ("timeout", "crash", "memory", "interrupted"):
            self._end(child)
            return None
        return child

    def _recycled(self, child: Child | None) -> Child | None:
        if child is not None and child.asked >= _RECYCLE_AFTER:
            self._end(child)
            return None
        return child

    def _end(self, child: Child) -> None:
        with self._lock:
            self._alive.discard(child)
        child.kill()


_shared: dict[int, Pool] = {}
_sharing = threading.Lock()


def shared_pool() -> Pool:
    """Return this process's pool; a forked process gets its own."""
    with _sharing:
        pool = _shared.get(os.getpid())
        if pool is None:
            _shared.clear()
            pool = _shared[os.getpid()] = Pool()
            atexit.register(pool.close)
        return pool
