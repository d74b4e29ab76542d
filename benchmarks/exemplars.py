"""How many of published exemplar pools cannot belong to their question, and which.

    python -m benchmarks.exemplars FOLDER

FOLDER holds pools as TergelMunkhbat/concise-reasoning has them (MIT; `data/few_shot_examples` of commit 7b65fe8): JSON
lists of `question` and `solution`.
"""

import argparse
import json
from pathlib import Path

from stages.asking.exemplars import Exemplar, irrelevance


def main() -> None:
    """Print how many there are and each that is bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    pools = sorted(parser.parse_args().folder.rglob("*.json"))
    every, bad = 0, dict[Path, list[str]]()
    for path in pools:
        for number, shown in enumerate(json.loads(path.read_text("utf-8")), start=1):
            every += 1
            exemplar = Exemplar(question=shown["question"], reply=shown["solution"], gold="")
            if (why := irrelevance(exemplar)) is not None:
                bad.setdefault(path, []).append(f"exemplar {number}: {why}")
    found = sum(map(len, bad.values()))
    print(f"{len(pools)} pools of {every} exemplars: {found} exemplars of {len(bad)} pools are bad")
    for path, lines in bad.items():
        print(*(f"{path}, {line}" for line in lines), sep="\n")


if __name__ == "__main__":
    main()
