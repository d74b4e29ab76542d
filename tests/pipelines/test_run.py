"""Ray as it is started here. Same rows on Ray as in one process: `test_build.py`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ConfigError
from pipelines.run import pool_for, ray_running
from pipelines.run_file import Cluster
from tests.pipelines.runs import ordered, run_file

ROOT = Path(__file__).parents[2]
LISTENING = """
import psutil
from pipelines.run import ray_running
from pipelines.run_file import Cluster

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


def test_steps_that_only_gather_rows_have_an_actor_too(tmp_path: Path) -> None:
    engine = {"kind": "local", "model": "data/pocket", "max_loras": 1, "replicas": 3}
    problems = {"kind": "task", "task": "addition", "count": 4}
    plan = ordered(run_file(tmp_path, problems=problems, engine=engine, methods=[{"kind": "learn_skip"}])).plan
    actors = {it.name: pool_for(it, 32, 1).actors for it in plan.steps if it.source is None and it.making is None}

    assert actors["chains"] == 1
    assert actors["asked-0"] == 3


def test_without_token_authentication_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")

    with pytest.raises(ConfigError, match="RAY_AUTH_MODE"), ray_running(Cluster(), 1):
        pass
