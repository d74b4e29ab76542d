"""Draw what a finished run shows, for the README: `python -m benchmarks.picture examples/demo.yaml docs/demo.svg`."""

import argparse
import io
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from flows.running.run_store import store_of
from flows.views.report_view import report
from flows.views.show_view import long_and_chosen, typical_problems

WIDTH = 104


def main() -> None:
    """Draw the tables and one problem, that of the median saving."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_file", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args()
    found = store_of(options.run_file)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    (problem,) = typical_problems(found, 1)
    for part in [*long_and_chosen(problem, WIDTH), *report(found)]:
        console.print(part, soft_wrap=isinstance(part, str))
    title = f"python -m flows demo {options.run_file}"
    console.save_svg(str(options.picture), title=title, theme=DIMMED_MONOKAI, unique_id="demo")


if __name__ == "__main__":
    main()
