from pathlib import Path

from benchmarks.cot_valve import ALPHAS, Point, draw, measure_file, table
from benchmarks.result_rows import Plan
from data.spec import load
from pipelines.measure.run_file import Measurement


def test_the_run_file_of_every_form_can_be_read(tmp_path: Path) -> None:
    for form, alphas in ALPHAS.items():
        folders = {alpha: tmp_path / f"{alpha:g}" for alpha in alphas}
        asked = load(Measurement, measure_file(Plan(tmp_path, 0, None), form, folders, 20))

        assert [model.adapter for model in asked.models] == [str(folder) for folder in folders.values()]


def test_a_curve_is_told_and_drawn(tmp_path: Path) -> None:
    points = [Point(alpha, 0.99, (0.98, 1.0), 200 - 100 * alpha) for alpha in (0.0, 0.5, 1.0)]
    draw({"update": points}, tmp_path / "plot.png")

    assert "| 0.5 | 99.0% (98.0% to 100.0%) | 150.0 |" in "\n".join(table("update", points))
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
