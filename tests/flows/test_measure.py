import json
from pathlib import Path

from sft.models.card import BEGIN, END
from tests.flows.builds import Command
from tests.pipelines.measure.measurements import measure_file
from tests.pipelines.measure.test_plan import adapter


def test_tables_report_and_plots_are_left(command: Command, tmp_path: Path) -> None:
    path = measure_file(tmp_path / "m", models=[{"name": "base"}, {"name": "curt", "role": "control"}])

    ran = command("measure", str(path))

    folder = tmp_path / "m" / "runs" / "sums"
    report = (folder / "measure.md").read_text()
    assert ran.code == 0, ran.err
    assert "Accuracy less that of base" in ran.out
    assert "| curt | greedy | 12 |" in report
    assert "says that these problems are held out" in report
    for plot in ("measure.png", "measure-t0.7x4.png"):
        assert f"]({plot})" in report
        assert (folder / plot).read_bytes().startswith(b"\x89PNG")


def test_measured_twice_the_files_are_the_same_to_the_byte(command: Command, tmp_path: Path) -> None:
    path = measure_file(tmp_path / "m")
    folder = tmp_path / "m" / "runs" / "sums"
    names = ("measure.json", "measure.md", "measure.png")
    command("measure", str(path))
    before = [(folder / name).read_bytes() for name in names]

    command("measure", str(path))

    assert [(folder / name).read_bytes() for name in names] == before


def test_every_fault_is_told_and_nothing_is_asked(command: Command, tmp_path: Path) -> None:
    path = measure_file(tmp_path / "m", models=[{"name": "base", "adapter": "nowhere"}], training=["gone"])

    ran = command("measure", str(path))

    assert ran.code == 1
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["error", "error"]
    assert not (tmp_path / "m" / "runs").exists()


def test_a_measurement_that_a_limit_ended_says_so_everywhere(command: Command, tmp_path: Path) -> None:
    path = measure_file(tmp_path / "m", count=40, modes=[{}], limits={"tokens": 600})

    ran = command("measure", str(path))

    assert ran.code == 0, ran.err
    assert "ended early by the limit of 600 tokens" in " ".join(ran.out.split())
    assert "ended early by the limit of 600 tokens" in (tmp_path / "m" / "runs" / "sums" / "measure.md").read_text()


def test_the_card_of_an_adapter_we_trained_says_what_was_measured(command: Command, tmp_path: Path) -> None:
    trained = adapter(tmp_path / "tuned")
    folder = Path(trained["adapter"])
    (folder / "training.json").write_text("{}")
    (folder / "README.md").write_text(f"# tuned\n\n{BEGIN}\nNothing yet.\n{END}\n\nafter\n")
    path = measure_file(tmp_path / "m", models=[{"name": "base"}, trained], modes=[{}])

    ran = command("measure", str(path))

    card = (folder / "README.md").read_text()
    assert ran.code == 0, ran.err
    assert "Nothing yet." not in card and card.endswith("\n\nafter\n")
    for line in ("| base | greedy | 12 |", "| tuned | greedy | 12 |", "Differences from base"):
        assert line in card


def test_an_adapter_asked_in_several_ways_has_them_all_on_its_card_and_in_the_report(
    command: Command, tmp_path: Path
) -> None:
    trained = adapter(tmp_path / "tuned")
    folder = Path(trained["adapter"])
    (folder / "README.md").write_text(f"{BEGIN}\n{END}\n")
    condition = {"control_kind": "ratio_kept", "suffix": " [keep {value}]", "plain_at": 1.0}
    ways = [trained | {"name": f"at_{at}", "condition": condition, "control_value": at / 10} for at in (9, 5)]
    told = {"controls": {"ratio_kept": [0.5, 0.9]}, "dataset": {"name": "d", "version": "v", "digest": "x"}}
    (folder / "training.json").write_text(json.dumps(told))
    path = measure_file(tmp_path / "m", models=[{"name": "base"}, *ways], modes=[{}])

    ran = command("measure", str(path))

    card, report = (folder / "README.md").read_text(), (tmp_path / "m" / "runs" / "sums" / "measure.md").read_text()
    assert ran.code == 0, ran.err
    for text in ("[keep 0.9]", "[keep 0.5]"):
        assert text in card.replace("\\", "") and text in report.replace("\\", "")
    assert "at_9 was trained on d, version v, which" in " ".join(ran.out.split())


def test_a_card_without_a_place_is_told_and_the_measurement_stands(command: Command, tmp_path: Path) -> None:
    mended, mixed = adapter(tmp_path / "mended"), adapter(tmp_path / "mixed") | {"name": "mixed"}
    (tmp_path / "mended" / "README.md").write_text("my own words")
    path = measure_file(tmp_path / "m", models=[{"name": "base"}, mended, mixed], modes=[{}])

    ran = command("measure", str(path))

    assert ran.code == 0, ran.err
    assert "no card with a slot" in ran.err
    assert (tmp_path / "mended" / "README.md").read_text() == "my own words"
    assert not (tmp_path / "mixed" / "README.md").exists()
