from pathlib import Path

from benchmarks.learn_skip import KINDS, Scale
from data.spec import load
from pipelines.build.build import read_order
from pipelines.measure.run_file import Measurement
from pipelines.tuning.run_file import read_tuning


def test_every_run_file_can_be_read_and_more_iterations_share_the_steps_of_fewer(tmp_path: Path) -> None:
    scale = Scale(tmp_path, 2, 30, 30, "manual")
    one, two = ({step.folder for step in read_order(scale.build_file(n)).plan.steps} for n in (1, 2))

    assert {folder.rpartition("-")[0] for folder in one - two} == {"chains", "learn_skip"}
    assert read_tuning(scale.tune_file(1)).training.epochs == 2
    assert [len(load(Measurement, scale.measure_file(*kind)).models) for kind in KINDS.items()] == [3, 3, 3]
