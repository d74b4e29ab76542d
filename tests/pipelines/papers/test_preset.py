from pathlib import Path

import pytest

from data.errors import ConfigError
from pipelines.papers.beside import beside
from pipelines.papers.preset import Paper, read_preset

PAPER = """
title: A paper
paper: Somebody 2025
train: 10
test: 5
reported:
  - {model: base, called: original, accuracy: 91.4, tokens: 297.8, source: Table 1}
  - {model: gone, called: not measured here, accuracy: 80.0, source: Table 1}
"""


def test_a_folder_without_a_preset_names_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "paper.yaml").write_text(PAPER)

    with pytest.raises(ConfigError, match=r"other: no preset lies here .*beside it: one"):
        read_preset(tmp_path / "other")


def test_a_preset_needs_a_build_and_lays_nothing_over_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER)
    with pytest.raises(ConfigError, match=r"a preset has a build\.yaml"):
        read_preset(tmp_path)

    (tmp_path / "build.yaml").write_text("name: x")
    (tmp_path / "small.yaml").write_text("tune: {}")
    with pytest.raises(ConfigError, match="is laid over build; there is tune"):
        read_preset(tmp_path)


def test_a_papers_rows_stand_beside_ours_and_ours_alone_come_last(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER)
    (tmp_path / "build.yaml").write_text("name: x")
    paper: Paper = read_preset(tmp_path).paper
    figures = {"accuracy": 0.5, "accuracy_interval": [0.4, 0.6], "cot_tokens": {"mean": 100.0}}
    later = figures | {"accuracy": 0.9}
    measured = {
        "results": [
            {"model": "base", "mode": "greedy", "all": figures},
            {"model": "base", "mode": "t0.7x8", "all": later},
            {"model": "ours", "mode": "greedy", "all": figures | {"cot_tokens": None}},
        ]
    }

    rows = list(beside(paper, measured))

    assert [(row.model, row.paper_accuracy, row.accuracy, row.tokens) for row in rows] == [
        ("base", 91.4, 50.0, 100.0),
        ("gone", 80.0, None, None),
        ("ours", None, 50.0, None),
    ]
    assert rows[0].interval == (40.0, 60.0)
