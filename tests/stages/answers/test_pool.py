"""Children that die, hang or run out of memory take at most their own row with them."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stages.answers.check import check_answer
from stages.answers.formulas.nodes import Node, to_json
from stages.answers.formulas.pool import Child, ChildError, Pool, shared_pool

ROOT = Path(__file__).parents[3]
TWO, ROOT_OF_TWO = Node("num", (), "2"), Node("root", (Node("num", (), "2"), Node("num", (), "2")))


def request(left: Node, right: Node) -> dict[str, object]:
    return {"ask": "equal", "left": to_json(left), "right": to_json(right), "tolerance": None, "relative": False}


def verdict_of(number: int) -> tuple[bool, str, str]:
    """Return whether the row is right, its verdict and its reason; every row needs a child."""
    right = number % 3 != 0
    factor = 2 if right else 3
    verdict = check_answer(f"\\boxed{{{factor}\\sqrt{{{number}}}}}", f"\\sqrt{{{4 * number}}}")
    return right, verdict.verdict, verdict.reason


@pytest.mark.parametrize("rows", [500, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.soak])])
def test_killing_children_at_random_harms_no_other_row(rows: int) -> None:
    chance, kills = random.Random(0), []

    def check(number: int) -> tuple[bool, str, str]:
        pids = shared_pool().pids()
        if pids and chance.random() < 20 / rows:
            kills.append(chance.choice(pids))
            with contextlib.suppress(ProcessLookupError):
                os.kill(kills[-1], signal.SIGKILL)
        return verdict_of(number)

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(check, range(2, rows + 2)))

    decided = [(right, verdict) for right, verdict, _ in results if verdict != "undecided"]
    open_rows = [reason for _, verdict, reason in results if verdict == "undecided"]
    assert len(results) == rows
    assert all(verdict == ("correct" if right else "incorrect") for right, verdict in decided)
    assert set(open_rows) <= {"crash", "timeout"}
    assert len(open_rows) <= len(kills)
    assert kills


def test_a_late_child_is_killed_and_the_next_row_gets_a_new_one() -> None:
    pool = Pool(1)

    with pytest.raises(ChildError, match="timeout"):
        pool.ask(request(ROOT_OF_TWO, TWO), 0.0)
    after = pool.ask(request(ROOT_OF_TWO, ROOT_OF_TWO), 10.0)
    pool.close()

    assert after == 1


def test_a_child_sees_no_secret_and_may_write_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "canary")
    child = Child()

    environment = Path(f"/proc/{child.pid}/environ").read_text()
    limits = Path(f"/proc/{child.pid}/limits").read_text()
    child.close()

    assert "canary" not in environment
    assert any(line.split()[3:5] == ["0", "0"] for line in limits.splitlines() if line.startswith("Max file size"))


def test_closing_ends_every_child() -> None:
    pool = Pool(1)
    pool.ask(request(TWO, ROOT_OF_TWO), 10.0)
    (pid,) = pool.pids()

    pool.close()

    assert not Path(f"/proc/{pid}").exists()


def test_a_closed_pool_starts_again_when_asked() -> None:
    pool = Pool(1)
    pool.ask(request(TWO, ROOT_OF_TWO), 10.0)
    pool.close()

    again = pool.ask(request(TWO, TWO), 10.0)
    pool.close()

    assert again == 1


def test_a_script_from_standard_input_checks_and_ends_in_silence(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from stages.answers.check import check_answer\n"
        "print(check_answer('\\\\boxed{\\\\sqrt{8}}', '2\\\\sqrt{2}').verdict)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-"], input=script, capture_output=True, text=True, cwd=tmp_path, check=True
    )

    assert (ended.stdout, ended.stderr) == ("correct\n", "")


def test_numbers_and_words_start_no_child() -> None:
    script = (
        "from stages.answers.check import check_answer\n"
        "from stages.answers.formulas.pool import shared_pool\n"
        "import sys\n"
        "for gold, answer in [('1/2', '0.5'), ('east', 'west'), ('(1,2)', '(2,1)'), ('x+1', '1+x')]:\n"
        "    check_answer(answer, gold)\n"
        "print(shared_pool().pids(), 'mpmath' in sys.modules, 'sympy' in sys.modules)\n"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)

    assert ended.stdout == "[] False False\n"
