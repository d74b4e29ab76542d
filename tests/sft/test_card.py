from pathlib import Path

import pytest

from data.errors import ArtifactError
from sft.card import BEGIN, END, NOTHING, write_measured


def test_what_was_measured_goes_into_the_slot_as_often_as_one_likes(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(f"before\n{BEGIN}\n{NOTHING}\n{END}\nafter\n", "utf-8")

    for text in ("| accuracy | 0.9 |", "| accuracy | 0.8 |\n"):
        write_measured(tmp_path, text)

    assert (tmp_path / "README.md").read_text("utf-8") == f"before\n{BEGIN}\n| accuracy | 0.8 |\n{END}\nafter\n"


@pytest.mark.parametrize("page", [None, "", f"{END} {BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_a_slot_is_refused(tmp_path: Path, page: str | None) -> None:
    if page is not None:
        (tmp_path / "README.md").write_text(page, "utf-8")

    with pytest.raises(ArtifactError, match="no card with a slot"):
        write_measured(tmp_path, "text")
