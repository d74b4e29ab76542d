"""Ray as it is started here."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from data.errors import ConfigError, EngineError
from pipelines.execute.execution import Cluster
from pipelines.execute.ray_start import LOOPBACK, SURROUNDINGS, ray_running

ROOT = Path(__file__).parents[2]
LISTENING = """
import psutil
from pipelines.execute.ray_start import ray_running
from pipelines.execute.execution import Cluster

with ray_running(Cluster(), 1):
    import ray
    from ray._private.authentication.authentication_utils import is_token_auth_enabled
    ray.get(ray.remote(lambda: 1).remote())
    me = psutil.Process()
    tree = [me, *me.children(recursive=True)]
    found = [one.laddr.ip for p in tree for one in p.net_connections() if one.status == "LISTEN"]
    commands = [p.cmdline() for p in tree]
    heads = [told for told in commands if any(word.endswith("dashboard/dashboard.py") for word in told)]
    pages = [head for head in heads if "--disable-frontend" not in head]
    print("RESULT", sorted(set(found)), is_token_auth_enabled(), pages)
"""


@pytest.mark.cluster
@pytest.mark.slow
def test_listens_on_loopback_alone_asks_for_a_token_and_serves_no_page() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTENING],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT")] or [done.stderr]
    addresses = told.split("[")[1].split("]")[0].replace("::ffff:", "")

    assert {address.strip(" '") for address in addresses.split(",")} == {"127.0.0.1"}
    assert told.endswith("True []")


def test_without_token_authentication_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")

    with pytest.raises(ConfigError, match="RAY_AUTH_MODE"), ray_running(Cluster(), 1):
        pass


def started_by(monkeypatch: pytest.MonkeyPatch, init: Callable[..., None]) -> None:
    """Start Ray by `init`, imported as it always is: what it reads then holds for the tests that come after, too."""
    for name, value in (SURROUNDINGS | LOOPBACK).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ray.init", init)


def test_a_start_that_comes_to_nothing_is_tried_again_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    half_started: list[subprocess.Popen[bytes]] = []

    def init(*_: object, **__: object) -> None:
        if len(half_started) < 2:
            half_started.append(subprocess.Popen(["sleep", "600"]))
            raise Exception("The current node timed out during startup")

    started_by(monkeypatch, init)
    with ray_running(Cluster(), 1):
        assert [psutil.pid_exists(process.pid) for process in half_started] == [False, False]
    for process in half_started:
        process.wait()


def test_a_ray_that_never_comes_up_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(*_: object, **__: object) -> None:
        raise Exception("The current node timed out during startup")

    started_by(monkeypatch, init)
    with pytest.raises(EngineError, match="on this machine: The current node timed out"), ray_running(Cluster(), 1):
        pass
