"""Every benchmark starts, works and prints its figures, at a size that says nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"

OWN: dict[str, tuple[str, ...]] = {
    "budget_search": ("--scripted", "8", "--problems", "4", "--rounds", "1"),
    "cot_valve": ("--forms", "--runs", "{folder}"),
    "engine_overhead": ("--problems", "4", "--samples", "2", "--max-tokens", "60", "--rounds", "1"),
    "fits": (),
    "kills": ("{folder}/kills.yaml", "--kills", "1", "--longest", "20"),
    "learn_skip": ("--iterations", "1", "--problems", "30", "--held-out", "15", "--runs", "{folder}"),
    "overhead": ("--rows", "40", "--rounds", "1", "--only", "50 ms, 32 in flight"),
    "pocket": ("--problems", "24", "--only-default"),
    "pocket_scorer": (),
    "prompted": ("--problems", "8", "--runs", "{folder}"),
    "racing": ("--problems", "4", "--samples", "4", "--rounds", "1"),
    "score_tokens": ("--only", "pocket"),
    "screening": ("--problems", "500"),
    "training": ("--model", "data/pocket", "--steps", "1", "--batch-size", "2", "--rounds", "1", "--threads", "1"),
    "training_rows": (
        "--rows",
        "256",
        "--tokens",
        "128",
        "--every",
        "128",
        "--sample",
        "128",
        "--model",
        "data/pocket",
    ),
}
"""Those that need nothing but the repository, with the arguments that make them small."""
OF_DATA: dict[str, tuple[str, ...]] = {
    "answers": ("--ours-only", "--throughput-rows", "20"),
    "compression": ("--rows", "20"),
    "cut_chains": ("table",),
    "first_correct": (),
    "fuzz_answers": ("--seconds", "5"),
    "rewritings": (),
}
"""Those that read real problems and replies, which are not part of the project."""
KILLED = """
name: kills-fake
runs: {folder}/runs
problems: {{kind: task, task: addition, count: 60}}
engine: {{kind: fake, latency_seconds: 0.05, concurrency: 16}}
methods: [{{kind: shortest_correct, zero_shot: 4, race: false}}]
block: 8
where: here
"""


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [*OWN, *OF_DATA])
def test_a_benchmark_prints_its_figures(tmp_path: Path, name: str) -> None:
    if name in OF_DATA and not DATA.is_dir():
        pytest.skip(f"{DATA}: real problems and replies are not here")
    (tmp_path / "kills.yaml").write_text(KILLED.format(folder=tmp_path))
    given = [text.format(folder=tmp_path) for text in (OWN | OF_DATA)[name]]

    ran = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *given], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    assert any(sign.isdigit() for sign in ran.stdout)
