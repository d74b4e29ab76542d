"""What every test can rely on, and the rule that in CI a test left out is a test that failed."""

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import pytest

from pipelines.execute.execution import Cluster
from pipelines.execute.ray_start import ray_running
from tests.flows.builds import Ran, run_here
from tests.shares import Shares, rank
from tests.stages.engines.vllm_server import serving
from tests.warm_engines import FILTERS, WarmHere

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
STRICT = os.environ.get("CI") == "true"
RAY_CPUS = 6
"""Logical ones: enough for two workers, or for an actor a core, beside what Ray itself takes."""

os.environ.update(
    DO_NOT_TRACK="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    RAY_USAGE_STATS_ENABLED="0",
    RAY_worker_niceness="0",  # else its workers get nothing beside another test
    VLLM_NO_USAGE_STATS="1",
)
if "PYTEST_XDIST_WORKER" in os.environ:  # processes that share the cores: threads would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A slow machine is no fault; and in CI a change is judged by the same examples each time.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("ci" if STRICT else "here")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data and traces beside the checkout, which the project does not ship."""
    if not SHARED.is_dir():
        pytest.skip(f"needs {SHARED}, which is not shipped with the project")
    return SHARED


@pytest.fixture(scope="session")
def kept_ray() -> Iterator[ExitStack]:
    """Holds the Ray that tests share; closed when the first engine starts in this process."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def one_ray(kept_ray: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets builds and trainings of this process use one Ray, started by the first of them."""

    @contextmanager
    def running(cluster: Cluster, actors: int) -> Iterator[None]:
        ray = sys.modules.get("ray")  # it must be imported by who starts it
        if ray is None or not ray.is_initialized():
            kept_ray.enter_context(ray_running(Cluster(cpus=RAY_CPUS), 1))
        yield

    monkeypatch.setattr("pipelines.execute.on_ray.ray_running", running)


@pytest.fixture(scope="session")
def warm_loop(kept_ray: ExitStack) -> Iterator[WarmHere]:
    """The event loop that keeps engines up until the last test is done."""
    kept_ray.close()
    loop = WarmHere()
    yield loop
    loop.end()


@pytest.fixture
def warm(
    warm_loop: WarmHere, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Runs `python -m flows` in this process, on engines that stay up from test to test."""
    with warm_loop.lent():
        yield lambda *arguments: run_here(arguments, monkeypatch, capsys)


@pytest.fixture(scope="session")
def vllm_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `vllm serve` answers with the pocket model, until the last test is done."""
    with serving(tmp_path_factory.mktemp("vllm") / "log") as address:
        yield address


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what shares engines last, and where processes share the tests its files first of all.

    Some tests look at all that this process has started, which a server of vLLM would be part of; and where vLLM is in
    this process, Ray cannot be started any more with its token.
    """

    def late(item: pytest.Item) -> int:
        fixtures = getattr(item, "fixturenames", ())
        return 2 if "warm_loop" in fixtures else 1 if "vllm_address" in fixtures else 0

    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: (rank(item.location[0]), late(item)))
    else:
        items.sort(key=late)
    for item in items:
        if late(item) == 2:
            for told in FILTERS:
                item.add_marker(pytest.mark.filterwarnings(told))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Shares:
    """Hand the tests out by what they share, not one by one."""
    return Shares(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what is marked `gpu` on a machine without one."""
    if item.get_closest_marker("gpu"):
        import torch  # heavy: only where a test asks for a GPU

        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, fail a skipped test, but for want of a GPU or of the files beside the checkout."""
    report = yield
    reason = call.excinfo.value if call.excinfo else None
    allowed = item.get_closest_marker("gpu") is not None or not SHARED.is_dir()
    if STRICT and isinstance(reason, pytest.skip.Exception) and not allowed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} is left out, and in CI nothing is: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """With CI=true, fail a file that leaves itself out as a whole."""
    report = yield
    if STRICT and report.outcome == "skipped" and SHARED.is_dir():
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} is left out, and in CI nothing is: {report.longrepr}"
    return report
