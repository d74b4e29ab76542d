"""The model card: what was trained from what, with what settings, and a slot for what it was measured to do."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.dataset.plain_text import plain
from data.errors import ArtifactError

CARD = "README.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
NOTHING = "Nothing has been measured yet."


def card(record: Mapping[str, Any]) -> str:
    """Return the page for a record of training."""
    base, dataset, trained = record["base"], record["dataset"], record["trained"]
    settings = "\n".join(f"| {name} | {_shown(value)} |" for name, value in sorted(record["settings"].items()))
    stages = "\n".join(
        f"| {plain(stage['name'])} | {stage['rows']:,} | {stage['step']:,} | {_loss(stage['loss'])} "
        f"| {_loss(stage['held_out_loss'])} |"
        for stage in trained["stages"]
    )
    dropped = ", ".join(f"{count:,} {plain(reason)}" for reason, count in sorted(trained["dropped"].items())) or "none"
    return f"""---
base_model: {_quoted(base["model"])}
library_name: {"transformers" if record["settings"]["adapter"]["kind"] == "full" else "peft"}
pipeline_tag: text-generation
tags: [chain-of-thought, variable-length]
---

# {plain(dataset["name"])} {plain(dataset["version"])} on {plain(Path(base["model"]).name)}

Trained on verified chains of thought, so as to think in {_fewer(record)} tokens.{_turned(record)}

| | |
|---|---|
| base | {plain(base["model"])}, revision {plain(str(base["revision"]))} |
| digest of the base | `{base["digest"]}` |
| dataset | {plain(dataset["name"])}, version {plain(dataset["version"])}, config {plain(str(dataset["config"]))} |
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


def made_card(
    title: str,
    said: str,
    *,
    library: str,
    sources: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> str:
    """Return the page of a model or an adapter that was made of others, with no training.

    Args:
        said: a sentence or two on how.
        library: what loads it, `transformers` or `peft`.
        sources: what it was made of: `what`, `model`, `revision` and `digest` of each.
    """
    named = list(dict.fromkeys(str(source["model"]) for source in sources if source["what"] != "adapter"))
    of = "\n".join(
        f"| {plain(str(source['what']))} | {plain(str(source['model']))} | {plain(str(source.get('revision') or '-'))} "
        f"| {_digest(source.get('digest'))} |"
        for source in sources
    )
    shown = "\n".join(f"| {plain(name)} | {_shown(value)} |" for name, value in settings.items())
    bases = "".join(f"\n- {_quoted(name)}" for name in named)
    return f"""---
{f"base_model:{bases}" if named else "base_model: []"}
library_name: {library}
pipeline_tag: text-generation
tags: [chain-of-thought, variable-length, merge]
---

# {plain(title)}

{said}

| made of | model | revision | digest |
|---|---|---|---|
{of}

| setting | value |
|---|---|
{shown}

## Measured

{BEGIN}
{NOTHING}
{END}
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


def _fewer(record: Mapping[str, Any]) -> str:
    """Return `more` where the training went towards long chains."""
    towards = record["settings"].get("schedule", {}).get("towards")
    return "more" if _direction(record) == "short_to_long" or towards == "long" else "fewer"


def _turned(record: Mapping[str, Any]) -> str:
    """Return how the length is turned, where the update is made to be scaled."""
    direction = _direction(record)
    if direction is None:
        return ""
    end = "longest" if direction == "short_to_long" else "shortest"
    return f" Scaled by a number from 0 to 1, its update turns the length: 0 is the base, 1 thinks {end}."


def _direction(record: Mapping[str, Any]) -> str | None:
    found: str | None = record.get("update", {}).get("direction")
    return found


def _quoted(text: str) -> str:
    """Return a text as a YAML value in which nothing is markup."""
    return json.dumps(text).replace("<", "\\u003c")


def _digest(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) else "-"


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items() if key != "is")
    return plain(str(value))
