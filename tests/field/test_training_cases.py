"""The cases that train a model: rows as their users have them, in the chat templates of their bases.

What is trained is compared with what such a model writes; that the very ids are trained, and how, other tests show.
"""

import json
import shutil
from pathlib import Path

import pytest

from sft.rows.labels import IGNORED, Labels
from tests.conftest import SHARED
from tests.field.runner import run_case
from tests.flows.builds import Command
from tests.sft.rows.test_templates import tokenizer_of

CASES = SHARED / "field" / "cases"
HARMONY = "<|channel|>analysis<|message|>{r}<|end|><|start|>assistant<|channel|>final<|message|>{a}<|return|>"
TURNS = {
    "80": "<think>\n{r}\n</think>\n\n{a}<|im_end|>",
    "81": "{r}\n</think>\n\n{a}<｜end▁of▁sentence｜>",
    "83": "{r}\n</think>\n\n{a}<|im_end|>",
    "85": HARMONY,
    "86": "<think>\n\n</think>\n\n{a}<|im_end|>",
    "87": "<think>\n{r}\n</think>\n\n{a}<|im_end|>",
}
"""By the number of a case: the turn that is trained behind its prompt."""
FOUND = [path for path in sorted(CASES.glob("8[0-8]-*")) if path.name[:2] in TURNS]


@pytest.mark.parametrize("case", [pytest.param(path, id=path.name) for path in FOUND])
def test_every_row_is_trained_as_the_base_writes_it(shared: Path, case: Path, tmp_path: Path, command: Command) -> None:
    copied = shutil.copytree(case, tmp_path / case.name)
    (copied / "import.yaml").rename(copied / "run.yaml")
    outcome = run_case(copied, tmp_path, command)
    template = json.loads((case / "template.json").read_text("utf-8"))
    tokenizer = tokenizer_of(template["trl_template"], template["eos"])
    labels = Labels(tokenizer, frozenset({template["eos"]}))
    questions = [json.loads(line)["question"] for line in (case / "traces.jsonl").read_text("utf-8").splitlines()]

    assert sorted(row["question"] for row in outcome.rows) == sorted(questions), outcome.said
    for row in outcome.rows:
        labelled = labels.of(row)
        trained = [token for token in labelled.labels if token != IGNORED]
        expected = TURNS[case.name[:2]].format(r=row["reasoning"], a=row["answer"])
        assert tokenizer.decode(trained, skip_special_tokens=False, clean_up_tokenization_spaces=False) == expected
