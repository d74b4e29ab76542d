"""Throw random answers at the checker and report crashes, late rows and broken laws.

    python -m benchmarks.fuzz_answers [--seconds 600] [--seed 0]

Rows are real golds and answers cut, joined and altered, pieces of LaTeX put together at random, and plain random text.
Each row is checked both ways round and against itself. Ends with status 1 if anything went wrong.
"""

import argparse
import json
import random
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from stages.answers.check import check_answer

PIECES = [
    "\\frac{", "}", "}{", "\\sqrt{", "\\sqrt[3]{", "x", "y", "n", "2", "10", "999999999", "0.5", "+", "-", "*", "/",
    "^", "^{", "{", "(", ")", "[", "]", "\\{", "\\}", "\\boxed{", "$", "\\pi", "e", "i", "=", "<", "\\le ", "\\ne ",
    ",", ";", " and ", "\\text{", "\\text{cm}", "\\begin{pmatrix}", "\\end{pmatrix}", "\\\\", "&", "!", "%", "\\cup ",
    "\\in ", "\\infty", "\\pm ", "\\sin ", "\\log_", "\\ln ", "|", "\\lfloor ", "\\rfloor ", "\\binom{", "^\\circ",
    "\\left(", "\\right)", ":", "...", "_", "\\int ", "\\sum_", "答案", "１", "²", "½", "−", "\u0000", "😀", "</think>",
    "<think>", "#### ", "The answer is ", "!!", "^^", "million", "percent", "\\overline{", "\\mathrm{", "\\pmod ",
    "'", "\"", "\n", "\\,", "{,}", "9^9^9^9", "1e9",
]  # fmt: skip
LATE_SECONDS = 2.0
MOST_SHOWN = 20


def main() -> None:
    """Run for the time that was asked for and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    options = parser.parse_args()
    chance, seeds = random.Random(options.seed), real_answers(options.data)
    counts: Counter[str] = Counter()
    faults: list[str] = []
    slowest = 0.0
    check_answer("\\boxed{\\sqrt{8}}", "2\\sqrt{2}")
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        gold, answer = made(chance, seeds), made(chance, seeds)
        started = time.monotonic()
        try:
            faults += laws(gold, answer, counts)
        except Exception:
            faults.append(f"crash: {gold!r} <- {answer!r}\n{traceback.format_exc()}")
        slowest = max(slowest, took := (time.monotonic() - started) / 3)
        if took > LATE_SECONDS:
            faults.append(f"late ({took:.1f} s): {gold!r} <- {answer!r}")
        counts["rows"] += 1
    print(f"seed {options.seed}, {options.seconds:.0f} s, {dict(counts)}")
    print(f"slowest {slowest:.2f} s, {len(faults)} faults", *faults[:MOST_SHOWN], sep="\n")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    sys.exit(1 if faults else 0)


def laws(gold: str, answer: str, counts: Counter[str]) -> list[str]:
    """Return the laws that one row broke."""
    verdict = check_answer(answer, gold, bare=True)
    again = check_answer(answer, gold, bare=True)
    itself = check_answer(answer, answer, bare=True)
    counts[verdict.verdict] += 1
    broken = []
    if verdict != again and "timeout" not in (verdict.reason, again.reason):
        broken.append(f"two verdicts: {gold!r} <- {answer!r}: {verdict} / {again}")
    if itself.verdict == "incorrect":
        broken.append(f"not itself: {answer!r}: {itself}")
    return broken


def real_answers(data: Path) -> list[str]:
    """Return golds and short answers to start from."""
    found = ["1/2", "x^2+1", "\\frac{3}{7}", "(1,2)", "[0,1)", "y=2x+1", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "5 cm"]
    for path in sorted(data.glob("verify/verify_cases*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            found += [text for text in (case["gold"], case["prediction"]) if len(text) < 200]
    return found


def made(chance: random.Random, seeds: list[str]) -> str:
    """Return a random answer: real, altered, put together from pieces, or plain noise."""
    way = chance.random()
    if way < 0.2:
        return chance.choice(seeds)
    if way < 0.6:
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 4)):
            place = chance.randint(0, len(text))
            text = text[:place] + chance.choice([*PIECES, ""]) + text[place + chance.randint(0, 2) :]
        return text
    if way < 0.95:
        return "".join(chance.choices(PIECES, k=chance.randint(1, 30))) * chance.choice([1, 1, 1, 1, 20])
    return "".join(chr(chance.randint(1, 0x2FFF)) for _ in range(chance.randint(1, 200)))


if __name__ == "__main__":
    main()
