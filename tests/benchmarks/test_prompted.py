from pathlib import Path

from benchmarks.prompted import Reply, run_file, table
from pipelines.build.build import read_order
from stages.sample_cots import SampleCoTs


def test_the_run_file_asks_every_prompt_in_full(tmp_path: Path) -> None:
    steps = read_order(run_file(tmp_path, 20)).plan.steps
    (sampled,) = (step for step in steps if step.name == "sample")
    stage = sampled.stages[1]

    assert isinstance(stage, SampleCoTs)
    assert len(stage.prompts) == 13
    assert not stage.race


def test_a_prompt_is_told_by_its_right_replies_and_the_fewest_tokens_of_any_prompt() -> None:
    told = {
        "plain": [Reply("a", True, 18, 20, 10), Reply("b", False, 8, 9, None)],
        "brief": [Reply("a", True, 8, 10, 10), Reply("b", False, 2, 3, None)],
        "wild": [Reply("a", False, 90, 99, 10), Reply("b", False, 1, 2, None)],
    }

    _, _, plain, brief, wild, end, _ = "\n".join(table(told)).replace("\n\n", "\n").splitlines()

    assert plain == "| `plain` | 50.0 | 13.0 | 0.0 | 2.0 |"
    assert brief == "| `brief` | 50.0 | 5.0 | 50.0 | 1.0 |"
    assert wild == "| `wild` | 0.0 | 45.5 | 0.0 | nan |"
    assert end.startswith("1 of 2 problems solved by some prompt; token complexity 10.0")
