import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from data.columns import TRAINING
from data.dataset.shards import read_split
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.errors import ConfigError, InputError
from data.spec import parse
from data.table import from_rows
from pipelines.judging.judges import JUDGEMENTS
from pipelines.judging.levels import Levels, Pupil, pupils
from pipelines.judging.plan import plan_judging
from pipelines.judging.run_file import Judging
from stages.rewriting.adapt import fold_of, read_judgements, right_by_level
from tests.flows.builds import Command
from tests.sft.small import ABOUT, POCKET, row
from tests.warm_engines import POCKET_ENGINE

LEVELS = (1, 2)


def dataset(root: Path, **more: Any) -> Path:
    """Write sums at two levels, the higher one shorter."""
    rows = [
        row(problem, 3 - level, question=_question(problem), gold=_gold(problem))
        | {"control_kind": "level", "control_value": float(level), "answer_kind": "integer"}
        | more
        for problem in range(10)
        for level in LEVELS
    ]
    whole = {"control_kind": "none", "control_value": None, "answer_kind": "integer"}
    rows += [row(problem, 3, question=_question(problem), **whole) for problem in range(10)]
    splits = Splits(shares={"train": 0.8, "test": 0.2})
    return write_dataset(root / "levels", {"c3ot": [from_rows(rows, TRAINING)]}, [], splits, ABOUT)


def _question(problem: int) -> str:
    return f"What is {problem % 10} + {problem // 10 + 1}?"


def _gold(problem: int) -> str:
    return str(problem % 10 + problem // 10 + 1)


def judging(version: Path, root: Path, **more: Any) -> Judging:
    """Return a small judging, also written to `judge.json`."""
    training = {
        "base": {"model": str(POCKET)},
        "dataset": {"path": str(version), "config": "c3ot"},
        "adapter": {"rank": 4, "alpha": 8},
        "max_steps": 2,
        "batch_size": 2,
        "accumulate": 1,
        "threads": 1,
    }
    tree = {
        "name": "judged",
        "runs": str(root),
        "training": training,
        "engine": dict(POCKET_ENGINE),
        "folds": 2,
        "seeds": 1,
        "max_tokens": 48,
    }
    text = json.dumps(tree | more)
    (root / "judge.json").write_text(text)
    return parse(Judging, text, where="test")


@pytest.mark.engine
@pytest.mark.slow
def test_every_problem_is_judged_at_each_of_its_levels_by_a_model_that_has_not_seen_it(
    warm: Command, tmp_path: Path
) -> None:
    version = dataset(tmp_path)
    asked = judging(version, tmp_path)
    ran = warm("judge", str(tmp_path / "judge.json"))
    found = list(read_judgements(asked.folder / JUDGEMENTS))

    assert ran.code == 0, ran.err
    assert Counter((one.problem_id, one.level) for one in found) == {
        (f"p{problem:03d}", level): 1 for problem in range(10) for level in LEVELS
    }
    assert all(one.held_out == fold_of(one.problem_id, 0, 2) for one in found)
    assert set(right_by_level(found, 0, 2)) == {one.problem_id for one in found}
    for fold, level in product(range(2), LEVELS):
        (trained_on,) = asked.folder.glob(f"artifacts/trained-fold-{fold}-seed-0-level-{level}-*/dataset/*/rows/train")
        rows = [row for table in read_split(trained_on) for row in table.to_pylist()]

        assert {row["control_value"] for row in rows} == {level}
        assert fold not in {fold_of(row["problem_id"], 0, 2) for row in rows}

    before = (asked.folder / JUDGEMENTS).read_bytes()

    assert warm("judge", str(tmp_path / "judge.json")).code == 0
    assert (asked.folder / JUDGEMENTS).read_bytes() == before


def test_a_level_that_one_fold_alone_has_is_taught_to_nobody(tmp_path: Path) -> None:
    asked = judging(dataset(tmp_path), tmp_path)
    level: dict[str, Any] = {"control_kind": "level", "control_value": 1.0}
    rows = {f"p{at}": [level] for at in range(8)}
    rows["p0"] = [level, level | {"control_value": 6.0}]
    fold = fold_of("p0", 0, 2)

    assert {fold_of(problem, 0, 2) for problem in rows} == {0, 1}
    assert pupils(asked, Levels(rows, rows, {})) == [Pupil(0, 0, 1.0), Pupil(1, 0, 1.0)]
    assert Pupil(fold, 0, 6.0) not in pupils(asked, Levels(rows, rows, {}))


def test_one_problem_alone_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no level has rows in two folds"):
        plan_judging(judging(dataset(tmp_path, problem_id="p000"), tmp_path))


def test_a_dataset_without_levels_is_refused(tmp_path: Path) -> None:
    version = dataset(tmp_path, control_kind="none", control_value=None)

    with pytest.raises(InputError, match="no rows with a level to judge"):
        plan_judging(judging(version, tmp_path))


def test_what_cannot_answer_with_adapters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="max_loras"):
        judging(tmp_path, tmp_path, engine={"kind": "local", "model": str(POCKET)})
