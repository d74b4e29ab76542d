"""Start Ray on this machine, on loopback and behind a token, or join a cluster."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from data.errors import ConfigError, EngineError
from pipelines.execute.execution import Cluster

ROOT = Path(__file__).parents[2]
SURROUNDINGS = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""What Ray reads when it is imported: it asks for a token, tells nobody, and says only what went wrong."""
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Keeps a Ray started here on 127.0.0.1 (on Linux it takes the machine's address otherwise, whatever it is told)."""
OBJECT_STORE_BYTES = 128 << 20
"""Only part numbers pass through Ray's object store."""
ATTEMPTS = 3
"""How often Ray is started: it gives up a node that is not up after 30 seconds, which a busy machine may need."""
QUIET: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}


@contextmanager
def ray_running(cluster: Cluster, actors: int) -> Iterator[None]:
    """Keep Ray up: one machine on loopback, dashboard off, token authentication on; or join a cluster.

    Raises:
        ConfigError: the surroundings ask for a Ray without a token.
        EngineError: Ray does not come up, or there is no cluster at the address.
    """
    if os.environ.get("RAY_AUTH_MODE", "token") != "token":
        raise ConfigError("RAY_AUTH_MODE is not `token`: Ray then runs what anyone on the network sends; unset it")
    for name, value in {**SURROUNDINGS, **(LOOPBACK if cluster.address is None else {})}.items():
        os.environ.setdefault(name, value)
    import ray

    on_sigterm = signal.getsignal(signal.SIGTERM)
    if cluster.address is None:
        _start(max(cluster.cpus or os.cpu_count() or 1, actors + 2))
    else:
        _join(cluster.address)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_sigterm)  # Ray puts one in its place that exits without draining
    try:
        yield
    finally:
        ray.shutdown()


def _start(cpus: int) -> None:
    import ray

    for attempt in range(ATTEMPTS):
        before = set(psutil.Process().children(recursive=True))
        try:
            ray.init("local", num_cpus=cpus, include_dashboard=False, object_store_memory=OBJECT_STORE_BYTES, **QUIET)
            return
        except Exception as error:  # Ray raises bare ones when a node does not come up
            _end(before)
            if attempt + 1 == ATTEMPTS:
                raise EngineError(f"Ray could not be started on this machine: {error}; is it busy?") from error


def _end(before: set[psutil.Process]) -> None:
    """End what an attempt has left half started."""
    import ray

    ray.shutdown()
    left = [it for it in psutil.Process().children(recursive=True) if it not in before]
    for process in left:
        with suppress(psutil.NoSuchProcess):  # it may just have ended by itself
            process.kill()
    psutil.wait_procs(left)


def _join(address: str) -> None:
    import ray

    excludes = ["/runs/", "/.venv/", "/.git/"]
    try:
        ray.init(address, runtime_env={"working_dir": str(ROOT), "excludes": excludes}, **QUIET)
    except Exception as error:  # as above
        raise EngineError(f"Ray could not be joined ({address}): {error}; is the address right?") from error
