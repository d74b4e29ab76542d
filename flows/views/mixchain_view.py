"""What a MixChain table holds, in lines."""

from collections.abc import Iterator
from pathlib import Path

from data.store import read_json
from pipelines.exports.mixchain import ABOUT


def mixchain_lines(folder: Path) -> Iterator[str]:
    """Yield what each split holds, which value of the control each solution is, and how to load them."""
    about = read_json(folder / ABOUT)
    for split, told in about["splits"].items():
        lengths = ", ".join(f"{mean:.1f}" for mean in told["mean_tokens"])
        yield (
            f"{split}: {told['rows']:,} rows; {told['complete']:,} of {told['problems']:,} problems have every solution"
            + (f", {lengths} tokens on average, {told['out_of_order']:,} of them out of order" if lengths else "")
        )
    named = ", ".join(f"solution_{k} = {value:g}" for k, value in enumerate(about["values"]))
    order = "" if about["monotone"] else "; the mean length does not go one way with it"
    yield f"Values of {about['control_kind']}: {named}{order}; tokens of {about['tokenizer']}"
    yield f"MixChain: {folder}\nLoad it with datasets.load_dataset({str(folder)!r})"
