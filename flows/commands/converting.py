"""Commands that make models of models, with no training: fold an adapter, scale one, merge whole models."""

from pathlib import Path
from typing import Annotated

import typer

from data.spec import load
from flows.terminal import ERR, say
from flows.views.convert_view import adapter_lines, model_lines
from sft.config import Base
from sft.models.recipe import Precision, Recipe

convert = typer.Typer(
    no_args_is_help=True,
    help="Make models of models, with no training: fold an adapter into its base, scale one, merge whole models.",
)

Adapter = Annotated[
    Path, typer.Argument(metavar="ADAPTER", help="The folder of a LoRA, rsLoRA or DoRA.", show_default=False)
]
Output = Annotated[
    Path, typer.Argument(metavar="OUTPUT", help="The folder to write, which is not there yet.", show_default=False)
]


@convert.command()
def fold(
    adapter: Adapter,
    output: Output,
    base: Annotated[
        str | None,
        typer.Option(
            help="The base: a folder, or OWNER/NAME@COMMIT on the Hub; else the one the adapter names.",
            show_default=False,
        ),
    ] = None,
    dtype: Annotated[Precision | None, typer.Option(help="Of the result; else the base's.", show_default=False)] = None,
) -> None:
    """Fold an adapter into its base: a whole model that vLLM and transformers load, with no adapter beside it."""
    from sft.adapters.fold import fold as fold_adapter  # torch takes seconds to import

    say(model_lines(fold_adapter(adapter, output, base=None if base is None else base_named(base), dtype=dtype)))


@convert.command()
def scale(
    adapter: Adapter,
    output: Output,
    alpha: Annotated[
        float, typer.Option(help="How many times its update counts: 0 is the base, 1 the adapter as it is.")
    ],
) -> None:
    """Write an adapter whose update counts alpha times: the length that a CoT-Valve is turned to.

    The update of a LoRA or an rsLoRA is linear; that of a DoRA, or of a model trained whole, is not, and is refused.
    """
    from sft.adapters.mixed import Part, mix  # torch takes seconds to import

    say(adapter_lines(mix([Part(adapter, alpha)], output), alpha))


@convert.command()
def merge(
    recipe: Annotated[
        Path,
        typer.Argument(metavar="MERGE.yaml", help="Which models are merged, and by which method.", show_default=False),
    ],
    output: Output,
) -> None:
    """Merge models of one family: linear, slerp, task_arithmetic, ties or dare.

    Memory stays under 4 GiB for models of any size. `docs/converting.md` says what a recipe holds.
    """
    from sft.models.merge import merge as merge_models  # torch takes seconds to import

    def watch(file: int, of: int) -> None:
        ERR.say(f"writing file {file} of {of}")

    say(model_lines(merge_models(load(Recipe, recipe), output, watch)))


def base_named(text: str) -> Base:
    """Return the base that is a folder, or OWNER/NAME@COMMIT on the Hub."""
    name, mark, revision = text.rpartition("@")
    return Base(model=name, revision=revision) if mark and not Path(text).expanduser().is_dir() else Base(model=text)
