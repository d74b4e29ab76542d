"""The flow on a real Prefect server with a process worker, deployed from `prefect.yaml` as docs/running.md says."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data.dataset.manifest import read_manifest
from data.errors import ConfigError, EngineError, InputError
from tests.flows.builds import write_run_file

ROOT = Path(__file__).parents[2]
CANARY = "canary-5c1f0e7a9b"
PATIENCE = 300
PATIENCE_AT_END = 10
TUNING = """
name: tuned
runs: {runs}
training:
  base: {{model: {pocket}}}
  dataset: {{path: {runs}/sums, held_out: null}}
  adapter: {{rank: 4, alpha: 8}}
  max_steps: 2
  threads: 1
"""


@dataclass(frozen=True)
class Server:
    """A Prefect server of our own."""

    url: str
    environment: dict[str, str]

    def prefect(self, *arguments: str) -> str:
        """Run a command of Prefect's, in the project."""
        ran = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def found(self, what: str) -> list[dict[str, Any]]:
        """Return all the server has of a kind."""
        request = urllib.request.Request(
            f"{self.url}/{what}/filter", data=b"{}", headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            return list(json.load(reply))


@contextmanager
def running(arguments: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """Keep a command of Prefect's running while the block runs."""
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", *arguments], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE_AT_END)
            except subprocess.TimeoutExpired:  # now and then a worker of Prefect's does not end when it is asked to
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise TimeoutError(f"no Prefect server at {url}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("prefect")
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ,
        "PWD": str(ROOT),
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url,
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home}/prefect.db",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",  # of its own accord a worker looks for work every ten seconds
        "DO_NOT_TRACK": "1",
        "ENGINE_KEY": CANARY,
    }
    start = ["server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with running(start, environment, home / "server.log"):
        wait_until_healthy(url)
        yield Server(url, environment)


@pytest.fixture(scope="module")
def finished(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a dataset and a model that a worker has made; deployed and started by the documented commands."""
    folder = tmp_path_factory.mktemp("flow")
    run_file = write_run_file(folder, more=f"runs: {folder}/runs")
    tune_file = folder / "tune.yaml"
    tune_file.write_text(TUNING.format(runs=folder / "runs", pocket=ROOT / "data" / "pocket"))
    server.prefect("work-pool", "create", "varicot", "--type", "process")
    server.prefect("deploy", "--all")
    worker = ["worker", "start", "--pool", "varicot", "--type", "process"]
    with running(worker, server.environment, folder / "worker.log"):
        for flow, file in (("build_dataset", run_file), ("tune_model", tune_file)):
            server.prefect("deployment", "run", f"{flow}/local", "--param", f"run_file={file}", "--watch")
    return folder


@pytest.mark.server
@pytest.mark.slow
def test_a_deployment_builds_the_dataset(finished: Path) -> None:
    report = json.loads((finished / "runs/sums/report.json").read_text("utf-8"))

    manifest = read_manifest(finished / "runs/sums/dataset" / report["dataset"])

    assert manifest.about.problems == 12
    assert manifest.rows("shortest_correct") == 12


@pytest.mark.server
@pytest.mark.slow
def test_there_is_one_task_a_step_with_names_to_read(finished: Path, server: Server) -> None:
    flows, tasks = server.found("flow_runs"), server.found("task_runs")

    assert finished.is_dir()
    assert sorted((flow["name"], flow["state_type"]) for flow in flows) == [
        ("build run", "COMPLETED"),
        ("tune tune", "COMPLETED"),
    ]
    assert sorted(task["name"] for task in tasks) == ["publish", "read", "sample", "shortest_correct", "training"]
    assert {task["state_type"] for task in tasks} == {"COMPLETED"}


@pytest.mark.server
@pytest.mark.slow
def test_an_artifact_holds_the_report(finished: Path, server: Server) -> None:
    artifact = next(found for found in server.found("artifacts") if found["key"] == "report-sums")

    assert str(finished / "runs/sums/dataset") in artifact["data"].replace("\\", "")
    for heading in ("Lengths and coverage", "Verdicts", "Traces that are not in the dataset", "Cost"):
        assert f"## {heading}" in artifact["data"]


@pytest.mark.server
@pytest.mark.slow
def test_a_deployment_trains_a_model_and_leaves_its_card(finished: Path, server: Server) -> None:
    card = next(found for found in server.found("artifacts") if found["key"] == "model-tuned")

    assert (finished / "runs/tuned/training/model/adapter_model.safetensors").is_file()
    assert "digest of the dataset" in card["data"]


@pytest.mark.server
@pytest.mark.slow
def test_no_secret_of_the_environment_reaches_the_server_its_files_or_the_run(finished: Path, server: Server) -> None:
    told = [server.found(what) for what in ("flow_runs", "task_runs", "deployments", "artifacts", "logs")]
    home = Path(server.environment["PREFECT_HOME"])
    files = [path for folder in (home, finished) for path in folder.rglob("*") if path.is_file()]

    assert server.found("logs")
    assert CANARY not in json.dumps(told)
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (EngineError("it died"), True),
        (ExceptionGroup("rows", [ExceptionGroup("parts", [EngineError("it died")])]), True),
        (ExceptionGroup("rows", [EngineError("it died"), ConfigError("wrong")]), False),
        (ConfigError("wrong"), False),
        (InputError("wrong"), False),
        (RuntimeError("ours"), False),
    ],
)
@pytest.mark.server
def test_only_a_failed_engine_makes_a_step_try_again(error: Exception, again: bool) -> None:
    from flows.prefect_tasks import is_engine_error  # loads Prefect, which the fast tests do without

    assert is_engine_error(error) is again
