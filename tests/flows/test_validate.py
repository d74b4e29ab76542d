from pathlib import Path

import pytest

from flows.running.estimate import Assumed, estimate
from pipelines.build.build import read_order
from tests.flows.builds import ROOT, Command, write_run_file


def test_a_sound_run_file_is_said_to_be_one_with_its_steps(command: Command, run_file: Path) -> None:
    ran = command("validate", str(run_file))

    assert ran.code == 0
    assert "sums: no fault found" in ran.out
    assert "step sample: RenderPrompt, SampleCoTs, SplitReply, RemarkReplies, CheckAnswer (asks fake fake@" in ran.out
    assert "method shortest_correct: asks fake fake@" in ran.out
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
    assert "measured by" in after.out


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


TEACHERS = """
name: two
problems: {kind: task, task: addition, count: 3}
engines:
  small: {kind: fake, wrong: 0.5}
  big: {kind: remote, base_url: "https://models.example/v1", model: big, prices: {output_per_million: 10}}
prompt: {system: Think hard., user: "{question} Answer in a box.", template_args: {enable_thinking: false}}
tokenizer: POCKET
methods:
  - {kind: shortest_correct, zero_shot: 2, race: false, teachers: [small, big], sampling: {max_tokens: 100}}
  - {kind: c3ot, engine: small, rewriter: big}
judge: {engine: big}
"""


def test_a_dry_run_shows_each_prompt_as_it_is_sent_and_whom_each_method_asks(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(TEACHERS.replace("POCKET", str(ROOT / "data" / "pocket")) + f"runs: {tmp_path / 'runs'}\n")

    ran = command("validate", str(path), "--dry-run", "--reply-tokens", "1000")

    assert ran.code == 0, ran.err
    words = " ".join(ran.out.replace("│", " ").split())
    assert "method shortest_correct: asks `small`, fake fake@" in words
    assert "`big`, remote big@unstated" in words
    assert "step judge: JudgeAnswer (asks `big`, remote big@unstated)" in words
    assert words.count("Think hard.") == words.count('template_args {"enable_thinking": false}') == 9
    assert words.count("Answer in a box.") == 9
    assert "0.0060" in words  # 3 problems, 2 samples, 100 tokens at 10 a million, of `big` alone
    assert "RewriteCoT asks the model too" in words and words.count("JudgeAnswer asks the model too") == 1


def test_a_dry_run_shows_the_prompts_of_both_modes(tmp_path: Path, command: Command) -> None:
    path = tmp_path / "run.yaml"
    method = 'methods: [{kind: hybrid, mode: {kind: suffix, think: " /think", quick: " /no_think"}}]\n'
    source = "name: two\nproblems: {kind: task, task: addition, count: 3}\nengine: {kind: fake}\n"
    path.write_text(f"{source}{method}runs: {tmp_path / 'runs'}\ndeduplicate: {{}}\n")

    ran = command("validate", str(path), "--dry-run")

    assert ran.code == 0, ran.err
    assert ran.out.count(" /think") == ran.out.count(" /no_think") == 3
    assert "`decontaminate` and `deduplicate` leave some out once they are read" in ran.out
