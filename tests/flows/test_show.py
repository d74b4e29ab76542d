import json
from pathlib import Path

import pytest

from data.errors import InputError
from flows.running.run_store import store_of
from flows.views.traces_of import Saving, find_problem, spread
from tests.flows.builds import Command, write_run_file


@pytest.fixture
def built(command: Command, run_file: Path) -> Path:
    assert command("build", str(run_file)).code == 0
    return run_file


@pytest.mark.parametrize(("wanted", "ranks"), [(1, [50]), (3, [16, 50, 83]), (200, list(range(100)))])
def test_examples_are_at_even_ranks_of_saving(wanted: int, ranks: list[int]) -> None:
    savings = [Saving(ratio=rank / 100, problem_id=f"{rank}") for rank in reversed(range(100))]

    assert spread(savings, wanted) == [str(rank) for rank in ranks]


def test_there_is_nothing_to_spread_over_nothing() -> None:
    assert spread([], 3) == []


def test_a_problem_is_shown_with_every_chain_of_thought(command: Command, built: Path) -> None:
    ran = command("show", str(built))

    assert ran.code == 0
    assert "4 chains of thought" in ran.out
    assert ran.out.count(" tokens ") >= 4
    assert ran.out.count("chosen by shortest_correct") == 1


def test_a_problem_is_found_by_how_its_id_begins(command: Command, built: Path) -> None:
    shown = command("show", str(built)).out.split()[1]

    ran = command("show", str(built), "--problem", shown[:8])

    assert ran.code == 0
    assert shown in ran.out


@pytest.mark.parametrize(("wanted", "told"), [("zz", "no problem of this run"), ("", "12 problems have an id")])
def test_a_problem_that_is_not_one_is_a_fault(command: Command, built: Path, wanted: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        find_problem(store_of(built), wanted)


def test_long_chains_of_thought_are_cut_where_asked(command: Command, built: Path) -> None:
    ran = command("show", str(built), "--examples", "12", "--lines", "1")

    assert "Step 2" not in ran.out
    assert "(--lines 0 shows all)" in " ".join(ran.out.replace("│", " ").split())


def test_text_of_a_dataset_cannot_drive_the_terminal(command: Command, tmp_path: Path) -> None:
    problems = tmp_path / "problems.jsonl"
    question = "What is 7?\x1b[2J\x1b]0;owned\x07 \u202e[red]bold[/red]"
    problems.write_text(json.dumps({"question": question, "answer": "7"}) + "\n", "utf-8")
    run_file = write_run_file(tmp_path)
    text = run_file.read_text("utf-8")
    task = "{kind: task, task: addition, count: 12}"
    run_file.write_text(text.replace(task, f"{{kind: file, path: {problems}}}").replace("samples: 4", "samples: 8"))
    command("build", str(run_file))
    found = store_of(run_file)
    step = found.order.plan.branches[0].traces
    (row, *_) = found.artifact(step).read(0).to_pylist()
    ran = command("show", str(run_file), "--problem", row["problem_id"])

    assert "\x1b" in row["question"]
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.out)
    assert "[red]bold[/red]" in ran.out


def test_the_demo_ends_with_examples_tables_and_the_dataset(command: Command, built: Path) -> None:
    ran = command("show", str(built), "--demo")

    assert ran.code == 0
    assert ran.out.count("chosen by shortest_correct") == 3
    assert ran.out.index("coverage") < ran.out.index("left because") < ran.out.index("Dataset: runs/sums/dataset/")


def test_nothing_to_show_before_a_build_is_a_fault(command: Command, run_file: Path) -> None:
    ran = command("show", str(run_file))

    assert ran.code == 1
    assert "no problem has two correct chains of thought" in ran.err


def test_status_tells_steps_parts_and_versions(command: Command, built: Path) -> None:
    ran = command("status", str(built))

    assert ran.code == 0
    assert ran.out.count("3 of 3") == 2
    assert ran.out.count("complete") == 3
    assert "Journal: 48 replies kept" in ran.out
    assert "A build is running: no" in ran.out


def test_status_before_a_build_says_that_nothing_has_begun(command: Command, run_file: Path) -> None:
    ran = command("status", str(run_file))

    assert ran.code == 0
    assert ran.out.count("not begun") == 3
    assert not (run_file.parent / "runs").exists()


def test_versions_lists_what_was_built(command: Command, built: Path) -> None:
    report = json.loads((built.parent / "runs/sums/report.json").read_text("utf-8"))

    ran = command("versions", str(built))

    assert report["dataset"] in ran.out
    assert "latest" in ran.out


def test_push_without_a_token_says_which_variable_lacks(
    command: Command, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_TOKEN", raising=False)

    ran = command("push", str(built), "owner/name", "--token-env", "SOME_TOKEN")

    assert ran.code == 1
    assert "SOME_TOKEN is not set" in ran.err
