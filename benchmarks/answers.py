"""How often and how fast the answer checker is right, beside Math-Verify in the same process on the same rows.

    python -m benchmarks.answers [--show] [--ours-only] [--throughput-rows N] [--data ../shared/data]

Math-Verify is run wrapped (bare gold and answer in a box, boxes first) and raw (its defaults); hostile rows are given
to our checker only, as one of them never returns from Math-Verify. A verdict left open on a row whose answer is right
counts as wrong; `strict` also counts it as wrong where the answer is wrong.
"""

import argparse
import json
import logging
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.answers.check import CHECKER_VERSION, Verdict, check_answer
from stages.answers.formulas.pool import shared_pool
from stages.answers.kinds import known_kind

OWN_SUITES = ("math-verify/", "lighteval/")
Grader = Callable[["Row"], bool]


@dataclass(frozen=True)
class Row:
    """One answer to judge."""

    id: str
    gold: str
    prediction: str
    expected: bool
    kind: str | None = None
    bare: bool = False
    contested: bool = False


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--show", action="store_true", help="list every row judged wrong")
    parser.add_argument("--ours-only", action="store_true", help="leave Math-Verify out")
    parser.add_argument("--throughput-rows", type=int, default=1000, help="real replies to time, spread over all files")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # Math-Verify logs every parse it gives up
    graders: dict[str, Grader] = {"ours": ours}
    if not options.ours_only:
        graders |= {"math-verify wrapped": wrapped(), "math-verify raw": raw()}
    print(f"checker version {CHECKER_VERSION}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    accuracy(options.data, graders, options.show)
    hostile(options.data)
    throughput(options.data, options.throughput_rows, None if options.ours_only else raw())


def accuracy(data: Path, graders: dict[str, Grader], show: bool) -> None:
    """Print, for each set of rows and each grader, how many rows it judged as labelled."""
    print(f"{'rows':34} {'grader':20} {'n':>5} {'accuracy':>9} {'strict':>7} {'accepts':>8} {'rejects':>8} {'open':>5}")
    for name, rows in row_sets(data):
        for title, grader in graders.items():
            print(f"{name:34} {title:20} {measured(rows, grader, show and title == 'ours')}", flush=True)
    print("\naccepts and rejects are the false ones; open is left undecided\n")


def measured(rows: Sequence[Row], grader: Grader, show: bool) -> str:
    """Return one line of the table."""
    counts: Counter[str] = Counter()
    for row in rows:
        accepted = grader(row)
        verdict = ours_verdict(row) if grader is ours else None
        left_open = verdict is not None and verdict.verdict == "undecided"
        counts["open"] += left_open
        counts["right"] += accepted == row.expected
        counts["strict"] += accepted == row.expected and not left_open
        counts["accepts"] += accepted and not row.expected
        counts["rejects"] += row.expected and not accepted
        if show and accepted != row.expected:
            print(f"  {row.id}: gold {row.gold[-70:]!r}, answer {row.prediction[-90:]!r}: {verdict}")
    total = len(rows)
    return (
        f"{total:5} {counts['right'] / total:9.4f} {counts['strict'] / total:7.4f} {counts['accepts']:8}"
        f" {counts['rejects']:8} {counts['open']:5}"
    )


def hostile(data: Path) -> None:
    """Print what the hostile rows did: nothing accepted, nothing late, nothing run."""
    rows = list(hostile_rows(data))
    seen: Counter[str] = Counter()
    watching: list[bool] = []
    watched = ("os.system", "os.exec", "os.posix_spawn", "socket.connect", "shutil.rmtree", "os.remove")

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in watched:
            seen[f"{event} {arguments[:1]}"] += 1

    check_answer("\\boxed{\\sqrt{8}}", "2\\sqrt{2}")  # starts the children, which is not what is timed
    sys.addaudithook(watch)
    home, worst, accepted = Path.cwd(), 0.0, []
    with tempfile.TemporaryDirectory() as canaries:
        os.chdir(canaries)
        watching.append(True)
        for row in rows:
            started = time.monotonic()
            if ours(row) != row.expected:
                accepted.append(row.id)
            worst = max(worst, time.monotonic() - started)
        watching.clear()
        left_behind = [path.name for path in Path(canaries).iterdir()]
        os.chdir(home)
    print(f"hostile: {len(rows)} rows, wrongly accepted {accepted or 0}, slowest {worst:.2f} s,")
    print(f"  files written {left_behind or 0}, commands run and connections opened {dict(seen) or 0},")
    shared_pool().close()
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        f"  peak memory {peaks[0]:.0f} MiB here (Math-Verify included), {peaks[1]:.0f} MiB in the largest child ended\n"
    )


def throughput(data: Path, most: int, peer: Grader | None) -> None:
    """Print rows a second on real replies, ours and the peer's turn by turn on one core."""
    rows = list(real_replies(data))
    rows = rows[:: max(len(rows) // most, 1)]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    check_answer("\\boxed{\\sqrt{8}}", "2\\sqrt{2}")
    spent: dict[str, list[float]] = {"ours": [], "math-verify raw": []}
    worked: dict[str, list[float]] = {title: [] for title in spent}
    for start in range(0, len(rows), 25):
        for title, grader in (("ours", ours), ("math-verify raw", peer)):
            for row in rows[start : start + 25] if grader else []:
                started, busy = time.perf_counter(), time.process_time()
                grader(row) if grader else None
                spent[title].append(time.perf_counter() - started)
                worked[title].append(time.process_time() - busy)
    for title, seconds in spent.items():
        if seconds:
            rate, busy_rate = (len(seconds) / sum(times) for times in (seconds, worked[title]))
            tail, busy_tail = (1000 * sorted(t)[int(len(t) * 0.99)] for t in (seconds, worked[title]))
            print(
                f"throughput: {title:16} {len(seconds)} rows, {rate:7.0f} rows/s, p99 {tail:6.1f} ms by the clock;"
                f" {busy_rate:7.0f} rows/s, p99 {busy_tail:6.1f} ms of CPU here (children apart)"
            )
    if peer:
        print(f"ratio by the clock: {sum(spent['math-verify raw']) / sum(spent['ours']):.1f}")


def ours_verdict(row: Row) -> Verdict:
    """Return our verdict."""
    return check_answer(row.prediction, row.gold, kind=row.kind, bare=row.bare)


def ours(row: Row) -> bool:
    """Tell whether our checker takes the row for correct."""
    return ours_verdict(row).verdict == "correct"


def wrapped() -> Grader:
    """Return Math-Verify with bare strings put in a box and boxes looked at first."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify  # a peer, not of the product

    configs = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]

    def grade(row: Row) -> bool:
        gold = row.gold if "\\boxed" in row.gold else f"\\boxed{{{row.gold}}}"
        boxed = not row.bare or "\\boxed" in row.prediction
        answer = row.prediction if boxed else f"\\boxed{{{row.prediction}}}"
        return bool(verify(parse(gold, extraction_config=configs), parse(answer, extraction_config=configs)))

    return grade


def raw() -> Grader:
    """Return Math-Verify with its defaults."""
    from math_verify import parse, verify  # a peer, not of the product

    def grade(row: Row) -> bool:
        return bool(verify(parse(row.gold), parse(row.prediction)))

    return grade


def row_sets(data: Path) -> Iterator[tuple[str, list[Row]]]:
    """Yield the labelled sets by name."""
    cases = [row for row in read_cases(data / "verify/verify_cases.jsonl") if not row.contested]
    yield "verify_cases, independent suites", [row for row in cases if not row.id.startswith(OWN_SUITES)]
    yield "verify_cases, all suites", cases
    natural = read_cases(data / "verify/verify_cases_natural.jsonl")
    yield "verify_cases_natural", [row for row in natural if not row.contested]
    yield "gsm8k example solutions", list(gsm8k_solutions(data))
    yield (
        "contested (policy, no target)",
        [row for row in read_cases(data / "verify/verify_cases.jsonl") + natural if row.contested],
    )


def read_cases(path: Path) -> list[Row]:
    """Return the distinct rows of a file of cases."""
    return [
        Row(
            id=case["id"],
            gold=case["gold"],
            prediction=case["prediction"],
            expected=case["expected"],
            kind=known_kind(case["kind"]),
            bare=case["pred_form"] == "answer",
            contested=bool(case.get("contested")),
        )
        for case in read_json_lines(path)
        if case.get("duplicate_of") is None
    ]


def gsm8k_solutions(data: Path) -> Iterator[Row]:
    """Yield four models' labelled solutions of each test problem."""
    for number, case in enumerate(read_json_lines(data / "gsm8k/example_model_solutions.jsonl")):
        gold = case["ground_truth"].rsplit("A:", 1)[-1].strip()
        for model, found in case.items():
            if isinstance(found, dict):
                yield Row(f"gsm8k/{number}/{model}", gold, found["solution"], found["is_correct"])


def hostile_rows(data: Path) -> Iterator[Row]:
    """Yield the hostile rows, the long ones put together."""
    for case in read_json_lines(data / "verify/hostile_cases.jsonl"):
        text = case.get("prediction") or "".join(text * times for text, times in case["prediction_parts"])
        yield Row(case["id"], case["gold"], text, case["expected"])


def real_replies(data: Path) -> Iterator[Row]:
    """Yield every whole reply with a gold under `model_outputs`."""
    for name in ("qwen2.5-math_100x8", "qwen2.5-3b_gsm8k"):
        for case in read_json_lines(data / f"model_outputs/{name}.jsonl"):
            yield from (Row(name, case["gt"], reply, True) for reply in case["code"])
    for name in ("tokenskip_qwen2.5-7b_gsm8k_gamma0.5", "tokenskip_qwen2.5-7b_gsm8k_gamma1.0"):
        for case in read_json_lines(data / f"model_outputs/{name}.jsonl"):
            yield Row(name, case["answer"], case["model_output"], True)
    for name in ("r1__gsm_symbolic", "qwq__gsm_symbolic"):
        for case in json.loads((data / f"model_outputs/{name}.json").read_text("utf-8"))["results"]:
            for reply in case["completions"]:
                yield Row(name, case["expected_answer"], reply["full_model_response"], True)
    for name in ("r1_traces_openrouter", "r1_traces_ollama"):
        for case in json.loads((data / f"model_outputs/{name}.json").read_text("utf-8")):
            reply = f"<think>{case['message_thinking']}</think>{case['message_content']}"
            yield Row(name, case["gtruth_answer"], reply, True)
    for case in read_json_lines(data / "model_outputs/palm2_multistep_arithmetic_step_labels.jsonl"):
        yield Row("palm2", case["target"], "\n".join(case["steps"]), True)


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
