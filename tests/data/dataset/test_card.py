from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.columns import DROPPED, TRAINING
from data.dataset.about import About, Method, Model, Source
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.table import from_rows

HOSTILE = "</td><script>alert(1)</script> | x\n# Owned ![x](http://evil) \x1b[31m\u202e`"


@pytest.fixture
def card(rows_of: Callable[..., Any], about: About, tmp_path: Path) -> Callable[..., str]:
    def card(reason: str = "truncated", **changes: Any) -> str:
        configs = {"shortest_correct": [from_rows(rows_of("shortest_correct"), TRAINING)]}
        gone = from_rows([{**row, "dropped": reason} for row in rows_of("shortest_correct", 2)], (*TRAINING, DROPPED))
        told = About(**{**about.__dict__, **changes})
        return (write_dataset(tmp_path, configs, [gone], Splits(), told) / "README.md").read_text("utf-8")

    return card


def front_matter(text: str) -> Any:
    return yaml.safe_load(text.split("---\n")[1])


def line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_it_tells_rows_problems_and_coverage(card: Callable[..., str]) -> None:
    counts = line(card(), "| `shortest_correct` | 1")

    assert counts.endswith("| 120 | 60 | 60.0% |")


def test_it_tells_lengths_before_and_after(card: Callable[..., str]) -> None:
    text = card()

    assert "| `shortest_correct` | all correct traces | 240 | 25.0 | 24.5 | 40 |" in text
    assert "| `shortest_correct` | chosen | 120 | 15.0 | 15.0 | 20 |" in text


def test_it_tells_why_rows_left(card: Callable[..., str]) -> None:
    assert "| shortest\\_correct | truncated | 4 |" in card()


def test_it_links_the_paper(card: Callable[..., str]) -> None:
    assert "- `shortest_correct`: [Self-Training](https://arxiv.org/abs/2502.20122)" in card()


def test_it_says_that_the_build_ended_early(card: Callable[..., str]) -> None:
    assert "**The build ended early** (tokens: 1000 spent)" in card(ended_early="tokens: 1000 spent").replace("\\", "")


def test_it_holds_the_run_file_as_it_was(card: Callable[..., str]) -> None:
    text = card(run_file="name: demo\nnote: |\n  ```\n  # a\n")

    assert "````yaml\nname: demo\nnote: |\n  ```\n  # a\n````" in text


@pytest.mark.parametrize(("licences", "found"), [(["MIT", "MIT"], "mit"), (["MIT", None], None), (["<b>"], None)])
def test_the_front_matter_has_a_licence_only_if_all_sources_share_one(
    licences: list[str | None], found: str | None, card: Callable[..., str]
) -> None:
    sources = tuple(Source(name=f"source {n}", licence=licence) for n, licence in enumerate(licences))

    assert front_matter(card(sources=sources)).get("license") == found


def test_nothing_hostile_is_markup(card: Callable[..., str]) -> None:
    clean, hostile = (
        card(
            reason=text,
            models=(Model(name=text, revision=text, licence=text),),
            tokenizer=text,
            checker=text,
            sources=(Source(name=text, revision=text, licence=text),),
            methods={"shortest_correct": Method(title=text, paper=text)},
            ended_early=text,
        )
        for text in ("harmless", HOSTILE)
    )

    body, clean_body = (text.split("---\n", 2)[2] for text in (hostile, clean))
    assert not [bad for bad in ("<", "](http", "\x1b", "\u202e") if bad in hostile.replace("n<1K", "")]
    assert [row for row in body.splitlines() if row.startswith("#")] == [
        row for row in clean_body.splitlines() if row.startswith("#")
    ]
    assert [row.replace("\\|", "").count("|") for row in body.splitlines()] == [
        row.count("|") for row in clean_body.splitlines()
    ]
    assert front_matter(hostile).keys() == front_matter(clean).keys() - {"license"}
