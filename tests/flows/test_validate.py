from pathlib import Path

import pytest

from flows.estimate import Assumed, estimate
from pipelines.build import read_order
from tests.flows.builds import Command, write_run_file


def test_a_sound_run_file_is_said_to_be_one_with_its_steps(command: Command, run_file: Path) -> None:
    ran = command("validate", str(run_file))

    assert ran.code == 0
    assert "sums: no fault found" in ran.out
    assert "step sample: SampleCoTs, SplitReply, CheckAnswer (asks the model)" in ran.out
    assert not (run_file.parent / "runs").exists()


def test_a_dry_run_shows_the_prompts_of_three_problems_and_what_to_expect(command: Command, run_file: Path) -> None:
    ran = command("validate", str(run_file), "--dry-run", "--reply-tokens", "50", "--tokens-per-second", "100")

    words = " ".join(ran.out.split())
    assert ran.out.count("prompt zero_shot, 4 samples") == 3
    assert ran.out.count("Question: ") == 3
    assert "calls │ 48 │ 48" in words
    assert "2,400" in words
    assert "24 s" in words


def test_a_dry_run_takes_what_earlier_builds_have_measured(command: Command, run_file: Path) -> None:
    before = command("validate", str(run_file), "--dry-run")
    command("build", str(run_file))

    after = command("validate", str(run_file), "--dry-run")

    assert "a guess" in before.out
    assert "measured by the build of" in " ".join(after.out.split())


@pytest.mark.parametrize(
    ("policy", "calls", "tokens"), [("reject", 48, 100), ("continue", 96, 300), ("larger", 96, 400)]
)
def test_the_most_that_can_be_spent_counts_second_tries(tmp_path: Path, policy: str, calls: int, tokens: int) -> None:
    room = "" if policy == "reject" else ", larger_tokens: 300"
    run_file = write_run_file(tmp_path)
    sampling = f"sampling: {{max_tokens: 100, on_truncated: {policy}{room}}}"
    run_file.write_text(run_file.read_text("utf-8").replace("race: false", f"race: false, {sampling}"), "utf-8")
    order = read_order(run_file)

    found = estimate(order.run, order.plan, 12, [], Assumed(1000.0, "told"), Assumed(10.0, "told"))

    assert (found.calls, found.most_calls) == (48, calls)
    assert found.most_reply_tokens == 48 * tokens
    assert found.reply_tokens == found.most_reply_tokens
