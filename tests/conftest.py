"""What every test can rely on, and the rule that in CI a test left out is a test that failed."""

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
STRICT = os.environ.get("CI") == "true"

os.environ.update(
    DO_NOT_TRACK="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    RAY_USAGE_STATS_ENABLED="0",
    VLLM_NO_USAGE_STATS="1",
)

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
