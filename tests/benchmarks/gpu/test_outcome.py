from pathlib import Path

import pytest

from benchmarks.gpu.__main__ import RESULT, main
from benchmarks.gpu.outcome import Outcome, Report, read_report

ROOT = Path(__file__).parents[3]
REPORT = Report(
    "2026-11-28, on a GPU",
    312.4,
    [
        Outcome("a LoRA", "passed", "", {"tokens/s": 12345.6, "peak memory, GiB": 1.234}, 20.0),
        Outcome("flash", "not possible here", "flash-attn is not installed", seconds=0.2),
        Outcome("fsdp", "failed", "a | b", seconds=3.0),
    ],
)
TABLE = """2026-11-28, on a GPU: 1 passed, 1 failed, 1 not possible here, 312 s in all

| check | result | figures | s |
|---|---|---|---:|
| a LoRA | passed | tokens/s 12,346; peak memory, GiB 1.23 | 20 |
| flash | not possible here: flash-attn is not installed |  | 0 |
| fsdp | failed: a \\| b |  | 3 |
"""


def test_a_report_that_was_kept_is_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    REPORT.write(tmp_path / "gpu.json")

    assert main(["--show", str(tmp_path / "gpu.json")]) == 0
    assert capsys.readouterr().out == TABLE + "\n"
    assert not REPORT.passed


def test_the_docs_quote_the_last_result_on_a_gpu_or_say_that_there_is_none() -> None:
    section = (ROOT / "docs" / "benchmarks.md").read_text("utf-8").partition("\n## On a GPU\n")[2].partition("\n## ")[0]

    assert ("never run" in section) != RESULT.is_file()
    assert not RESULT.is_file() or read_report(RESULT).table() in section
