"""The model card: what was trained from what, with what settings, and a slot for what it was measured to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import ArtifactError

CARD = "README.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
NOTHING = "Nothing has been measured yet."


def card(record: Mapping[str, Any]) -> str:
    """Return the page for a record of training."""
    base, dataset, trained = record["base"], record["dataset"], record["trained"]
    settings = "\n".join(f"| {name} | `{_shown(value)}` |" for name, value in sorted(record["settings"].items()))
    stages = "\n".join(
        f"| {stage['name']} | {stage['rows']:,} | {stage['step']:,} | {_loss(stage['loss'])} "
        f"| {_loss(stage['held_out_loss'])} |"
        for stage in trained["stages"]
    )
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in sorted(trained["dropped"].items())) or "none"
    return f"""---
base_model: {base["model"]}
library_name: {"transformers" if record["settings"]["adapter"]["kind"] == "full" else "peft"}
pipeline_tag: text-generation
tags: [chain-of-thought, variable-length]
---

# {dataset["name"]} {dataset["version"]} on {Path(base["model"]).name}

Trained on verified chains of thought, so as to think in fewer tokens.{_turned(record)}

| | |
|---|---|
| base | `{base["model"]}`, revision `{base["revision"]}` |
| digest of the base | `{base["digest"]}` |
| dataset | `{dataset["name"]}`, version `{dataset["version"]}`, config `{dataset["config"]}` |
| digest of the dataset | `{dataset["digest"]}` |
| rows left out | {dropped} |

## Measured

{BEGIN}
{NOTHING}
{END}

## Training

| stage | rows | step taken | loss | held-out loss |
|---|---|---|---|---|
{stages}

| setting | value |
|---|---|
{settings}
"""


def write_measured(folder: Path, text: str) -> None:
    """Put what was measured into the slot of a model's card, in place of what was there.

    Raises:
        ArtifactError: the folder has no card with that slot.
    """
    path = folder / CARD
    page = path.read_text("utf-8") if path.is_file() else ""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ArtifactError(f"{path}: no card with a slot for measurements; train again, or put {BEGIN} {END} in it")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n{text.strip()}\n{END}{after}", "utf-8")


def _turned(record: Mapping[str, Any]) -> str:
    """Return how the length is turned, where the update was trained at several scales."""
    if "update" not in record:
        return ""
    return " Scaled by a number from 0 to 1, its update turns the length: 0 is the base, 1 thinks shortest."


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items() if key != "is")
    return str(value).replace("|", "\\|").replace("`", "'").replace("\n", "\\n")
