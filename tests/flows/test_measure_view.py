import json
from pathlib import Path

import pytest
from rich.console import Console

from flows.figures.measure_view import measured
from flows.figures.measure_wording import difference_cells, figure_cells
from flows.terminal import PIPED_WIDTH
from tests.pipelines.measure.measurements import measured as measured_anew
from tests.pipelines.measure.measurements import ordered


@pytest.mark.parametrize("name", ["short", "a_name_that_is_far_too_long_to_stand_in_a_table_with_its_figures"])
def test_every_figure_stands_whole_on_a_hundred_columns(tmp_path: Path, name: str) -> None:
    models = [{"name": "base"}, {"name": name, "engine": {"kind": "fake", "steps": 3}, "billion_parameters": 0.001}]
    told = measured_anew(ordered(tmp_path / "m", models=models))
    (tmp_path / "measure.json").write_text(json.dumps(told), "utf-8")
    screen = Console(width=PIPED_WIDTH, record=True, highlight=False)

    for piece in measured(tmp_path / "measure.json"):
        screen.print(piece, soft_wrap=isinstance(piece, str))

    shown = screen.export_text()
    cells = [cell for it in told["results"] for cell in figure_cells("", it["mode"], it["all"])]
    cells += [cell for it in told["comparisons"] for cell in difference_cells(it)[1:]]
    assert all(f" {cell} " in shown for cell in cells if cell)
    assert all(f" {head} " in shown for head in ("accuracy", "problems", "median", "ratio", "ACU"))
    assert max(len(line) for line in shown.splitlines() if "│" in line) <= PIPED_WIDTH
