"""The dataset card: front matter that makes the configs load, then what a person wants to know before using it."""

import re
from collections.abc import Iterable, Sequence

import yaml

from data.dataset.about import About, licence_of
from data.dataset.lengths import Lengths
from data.dataset.manifest import MIX, Manifest
from data.dataset.plain_text import fenced, link, plain

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""The Hub's size categories."""


def card(manifest: Manifest) -> str:
    """Return the README.md of a dataset version."""
    parts = [
        f"---\n{_front_matter(manifest)}---",
        _what(manifest),
        _counts(manifest),
        _lengths(manifest),
        _rejected(manifest),
        _methods(manifest.about),
        _made_with(manifest.about),
        _sources(manifest.about),
        _loading(manifest),
        _again(manifest.about),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(manifest: Manifest) -> str:
    front: dict[str, object] = {"pretty_name": manifest.name}
    licence = (licence_of(manifest.about.sources) or "").lower()
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,40}", licence):
        front["license"] = licence
    rows = manifest.rows(MIX)
    front["size_categories"] = [next((name for limit, name in SIZES if rows < limit), "n>1M")]
    front["task_categories"] = ["text-generation"]
    front["tags"] = ["chain-of-thought", "reasoning", "variable-length-reasoning", "sft"]
    if rows:
        front["configs"] = [_config(manifest, name) for name in manifest.configs if manifest.rows(name)]
    return yaml.safe_dump(front, sort_keys=False)


def _config(manifest: Manifest, name: str) -> dict[str, object]:
    filled = [split for split, found in manifest.configs[name].items() if found.rows]
    files = [{"split": split, "path": f"{name}/{split}/data-*.arrow"} for split in filled]
    return {"config_name": name, **({"default": True} if name == MIX else {}), "data_files": files}


def _what(manifest: Manifest) -> str:
    about = manifest.about
    limits = "Every problem had its turn."
    if about.ended_early is not None:
        limits = f"**The build ended early** ({plain(about.ended_early)}): not every problem had its turn."
    if given_up := sum(reasons.get("gave_up", 0) for reasons in manifest.rejected.reasons.values()):
        limits += f" {given_up:,} requests were given up, as the server did not answer them; building again asks them."
    return f"""# {plain(manifest.name)}, version {manifest.version}

Problems with chains of thought whose final answers were checked (checker {plain(about.checker)}). One config a method;
`{MIX}` holds the rows of all. No problem is in two splits, in whichever config. Lengths are tokens of
{plain(about.tokenizer)}. {limits}

Digest: `{manifest.digest}`"""


def _counts(manifest: Manifest) -> str:
    splits = list(manifest.splits.shares)
    asked = manifest.about.problems
    rows = [
        [
            f"`{name}`",
            *(f"{found[split].rows:,}" for split in splits),
            f"{manifest.rows(name):,}",
            f"{manifest.problems(name):,}",
            _percent(manifest.problems(name), asked),
        ]
        for name, found in manifest.configs.items()
    ]
    table = _table(["config", *splits, "rows", "problems", "coverage"], rows)
    coverage = f"Coverage: problems with at least one row, of the {asked:,} that were read."
    return f"## Counts\n\n{table}\n\n{coverage} Splits and configs without rows have no files."


def _lengths(manifest: Manifest) -> str:
    rows = []
    for name, after in manifest.lengths.items():
        before = manifest.about.before.get(name)
        rows += [[f"`{name}`", "all correct traces", *_figures(before)]] if before else []
        rows.append([f"`{name}`", "chosen", *_figures(after)])
    head = ["config", "chains of thought", "traces", "mean", "median", "90th percentile"]
    return f"## Length in tokens\n\n{_table(head, rows)}"


def _rejected(manifest: Manifest) -> str:
    reasons = manifest.rejected.reasons
    rows = [
        [plain(method), plain(reason), f"{n:,}"]
        for method, counts in reasons.items()
        for reason, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    kept = "The rows are in `rejected/rejected.parquet`, `dropped` telling why."
    table = _table(["method", "reason", "rows"], rows) if rows else "None."
    return f"## Rejected\n\n{table}\n\n{kept}"


def _methods(about: About) -> str:
    lines = [f"- `{name}`: {link(method.title, method.paper)}" for name, method in about.methods.items()]
    return "## Methods\n\n" + ("\n".join(lines) or "None stated.")


def _made_with(about: About) -> str:
    rows = [[plain(model.name), plain(model.revision), plain(model.licence or "not stated")] for model in about.models]
    models = _table(["model", "revision", "licence"], rows) if rows else "No model took part."
    return f"## Models\n\n{models}\n\nTokenizer: {plain(about.tokenizer)}."


def _sources(about: About) -> str:
    rows = [
        [
            plain(source.name),
            plain(source.revision or "-"),
            plain(source.licence or "not stated"),
            "-" if source.rows is None else f"{source.rows:,}",
        ]
        for source in about.sources
    ]
    return f"## Sources and their licences\n\n{_table(['source', 'revision', 'licence', 'rows'], rows)}"


def _loading(manifest: Manifest) -> str:
    name = next((name for name in manifest.configs if manifest.rows(name)), None)
    if name is None:
        return "## Loading\n\nThere are no rows to load."
    code = f"""from datasets import load_dataset, load_from_disk

rows = load_dataset("path/to/{manifest.version}", "{name}")  # or the name of this repository on the Hub
rows = load_from_disk("path/to/{manifest.version}/{name}")   # without a copy in the cache"""
    return f"## Loading\n\n{fenced(code, 'python')}\n\nWhat each column means is in `manifest.json`."


def _again(about: About) -> str:
    text = """## Making it again

Save this run file as `run.yaml` and build it with varicot: `python -m flows build run.yaml`. The same replies give the
same digest; a live model may reply otherwise."""
    return f"{text}\n\n{fenced(about.run_file, 'yaml')}"


def _figures(lengths: Lengths) -> Sequence[str]:
    return [f"{lengths.traces:,}", f"{lengths.mean:,.1f}", f"{lengths.median:,.1f}", f"{lengths.p90:,}"]


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
