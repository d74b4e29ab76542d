"""How far people's solutions and a model's to the same question part: what the standards of `c3ot` are set by.

    python -m benchmarks.rewritings [--data ../shared/data]

A person's solution stands in for a rewriting of the model's: it says the same in words of its own. The solution to
another question stands in for a text from elsewhere.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from stages.rewriting.standards.arithmetic import steps_of, wrong_step
from stages.rewriting.standards.foreign_numbers import numbers, unknown_numbers
from stages.rewriting.standards.foreign_text import foreign_sentence, foreign_share
from stages.rewriting.standards.preambles import cleared, presents

MODEL_OUTPUTS = Path("model_outputs") / "qwen2.5-3b_gsm8k.jsonl"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    lines = (parser.parse_args().data / MODEL_OUTPUTS).read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if all(row["score"])]
    people, sources = [row["gt_cot"] for row in rows], [f"{row['question']}\n{row['code'][0]}" for row in rows]
    print(f"{len(rows)} questions with a person's solution and a model's right one")
    own = [foreign_share(*pair) for pair in zip(people, sources, strict=True)]
    other = [foreign_share(people[n - 1], source) for n, source in enumerate(sources)]
    print(f"share of foreign words: {_spread(own)}; of another question's solution {_spread(other)}")
    print(f"  above 0.5: {_above(own)} of 100, another's {_above(other)} of 100")
    strange = sum(foreign_sentence(*pair) is not None for pair in zip(people, sources, strict=True))
    print(f"  with a foreign sentence: {_percent(strange, len(rows))} of 100")
    many = [_foreign_numbers(*pair) for pair in zip(people, sources, strict=True)]
    print(f"more than one foreign number and more than a quarter: {_percent(sum(many), len(rows))} of 100")
    for name, texts in (("people's", people), ("the model's", [row["code"][0] for row in rows])):
        steps = [step for text in texts for step in steps_of(text)]
        print(f"{name}: {len(steps)} steps read, {sum(not step.holds for step in steps)} do not hold")
    wrong = sum(wrong_step(row["gt_cot"], row["question"], row["code"][0]) is not None for row in rows)
    print(f"people's solutions with a step that is wrong or none of the model's: {_percent(wrong, len(rows))} of 100")
    told = [text for text, source in zip(people, sources, strict=True) if cleared(text, source).text != text]
    seen = [source for source in sources if presents(source, "")]
    print(f"taken for a rewriter's remarks: {len(told)} people's, {len(seen)} of the model's")


def _foreign_numbers(text: str, source: str) -> bool:
    unknown = unknown_numbers(text, source)
    return len(unknown.foreign) > max(1, 0.25 * len(numbers(text, spelled=False)))


def _spread(shares: Sequence[float]) -> str:
    ranked = sorted(shares)
    return ", ".join(f"p{part} {ranked[len(ranked) * part // 100]:.2f}" for part in (1, 50, 95, 99))


def _above(shares: Sequence[float]) -> str:
    return _percent(sum(share > 0.5 for share in shares), len(shares))


def _percent(count: int, whole: int) -> str:
    return f"{100 * count / whole:.1f}"


if __name__ == "__main__":
    main()
