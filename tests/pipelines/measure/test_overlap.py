import json
import shutil
from pathlib import Path

import pytest

from data.dataset.manifest import read_manifest
from data.errors import InputError
from data.store import Artifact, write_json
from tests.pipelines.measure.measurements import measured, ordered
from tests.pipelines.measure.test_plan import adapter
from tests.pipelines.runs import Told, built, run_file


def dataset(folder: Path, count: int, **shares: float) -> str:
    folder.mkdir()
    return str(built(run_file(folder, count=count, splits={"shares": shares or {"train": 1.0}})).folder)


def test_problems_a_model_was_trained_on_are_refused_by_id_before_anything_is_asked(tmp_path: Path) -> None:
    trained = dataset(tmp_path / "trained", 5)
    order = ordered(tmp_path / "m", training=[trained])
    told = Told()

    with pytest.raises(InputError, match=rf"problems are in the training dataset {trained}") as raised:
        measured(order, told)

    read = Artifact(order.run.folder / "artifacts" / order.plan.read.folder)
    known = {row["problem_id"] for rows in read.tables() for row in rows.to_pylist()}
    named = str(raised.value).rpartition(": ")[2].split(", ")
    assert 1 <= len(named) <= 5
    assert set(named) <= known
    assert told.parts == []


def test_the_same_question_spelled_otherwise_is_the_same_problem(tmp_path: Path) -> None:
    trained = dataset(tmp_path / "trained", 5)
    spelled = [{"q": f"what  is\u00a0{n}? ", "a": f"{n}.0"} for n in range(1, 13)]
    (tmp_path / "spelled.jsonl").write_text("\n".join(map(json.dumps, spelled)))
    columns = {"question": "q", "gold": "a"}
    problems = {"kind": "file", "path": str(tmp_path / "spelled.jsonl"), "columns": columns}

    with pytest.raises(InputError, match="are in the training dataset"):
        measured(ordered(tmp_path / "m", problems=problems, training=[trained]))


def test_its_test_split_is_no_training(tmp_path: Path) -> None:
    trained = dataset(tmp_path / "trained", 12, train=0.0, test=1.0)

    assert measured(ordered(tmp_path / "m", training=[trained]))["trained_on"] == [trained]


def test_what_a_build_has_trained_on_by_the_way_is_training_whole(tmp_path: Path) -> None:
    trained = dataset(tmp_path / "trained", 12, train=0.0, test=1.0)
    inner = Path(trained).parents[1] / "artifacts" / "direction-0" / "dataset"
    inner.mkdir(parents=True)
    shutil.copytree(dataset(tmp_path / "inner", 5), inner / "version")

    with pytest.raises(InputError, match=rf"are in the training dataset {trained}"):
        measured(ordered(tmp_path / "m", training=[trained]))


@pytest.mark.parametrize("mixed", [False, True])
def test_a_model_trained_on_a_dataset_that_is_not_named_is_told(tmp_path: Path, mixed: bool) -> None:
    named, other = (dataset(tmp_path / name, count, train=0.0, test=1.0) for name, count in (("a", 12), ("b", 11)))
    models = []
    for name, version in (("knows", named), ("strange", other)):
        record = {"dataset": {"name": name, "version": "1", "digest": read_manifest(Path(version)).digest}}
        models.append(adapter(tmp_path / name) | {"name": name})
        write_json(tmp_path / name / "training.json", {"mixed": [record]} if mixed else record)

    told = measured(ordered(tmp_path / "m", training=[named], models=[{"name": "base"}, *models]))

    assert [remark.split(",")[0] for remark in told["unchecked"]] == ["strange was trained on strange"]


def test_a_run_stands_for_its_newest_version(tmp_path: Path) -> None:
    trained = dataset(tmp_path / "trained", 12, train=0.0, test=1.0)

    told = measured(ordered(tmp_path / "m", training=[str(Path(trained).parents[1])]))

    assert told["trained_on"] == [trained]


def test_problems_without_a_gold_are_refused(tmp_path: Path) -> None:
    columns = {"question": "question", "gold": None}
    problems = {"kind": "file", "path": str(tmp_path / "m" / "problems.jsonl"), "columns": columns}

    with pytest.raises(InputError, match="12 problems have no gold"):
        measured(ordered(tmp_path / "m", problems=problems))
