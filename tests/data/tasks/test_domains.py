import json
import re

import pytest

from data.errors import ConfigError
from data.inputs.task import TaskProblems, task_rows
from data.spec import parse
from data.tasks.domains import DOMAINS, TRAINED, Domain
from data.tasks.every import TASKS
from data.tasks.generate import generate


@pytest.mark.parametrize("task", DOMAINS)
def test_a_task_has_its_problems_in_the_sizes_of_the_paper_and_none_twice(task: str) -> None:
    sizes = [("in", "train", TRAINED[task])]
    sizes += [(domain, "held_out", lengths.count) for domain, lengths in DOMAINS[task].items()]
    asked = list[str]()
    for domain, split, count in sizes:
        fields = {"task": task, "count": count, "split": split, "domain": domain}
        source = parse(TaskProblems, json.dumps(fields), where="problems")
        asked += [TASKS[task].canonical(row["question"]) for row in task_rows(source)]

    assert len(asked) == len(set(asked)) == sum(count for _, _, count in sizes)


@pytest.mark.parametrize(
    ("domain", "longest", "shortest"), [("in", {1, 2, 3}, {1, 2, 3}), ("ood_easy", {4, 5, 6, 7}, {1, 2, 3})]
)
def test_sums_have_the_digits_of_the_paper(domain: Domain, longest: set[int], shortest: set[int]) -> None:
    made = list(generate("addition", count=300, seed=1, split="train", domain=domain))
    digits = [sorted(map(len, re.findall(r"\d+", problem.question))) for problem in made]

    assert {pair[1] for pair in digits} == longest
    assert {pair[0] for pair in digits} == shortest


def test_out_of_the_domain_problems_are_longer_than_all_in_it() -> None:
    for task, domains in DOMAINS.items():
        steps = {
            domain: {len(problem.steps) for problem in generate(task, count=60, seed=2, split="train", domain=domain)}
            for domain in domains
        }
        assert max(steps["in"]) < max(steps["ood_easy"]) <= max(steps["ood_hard"])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ('"task": "word_problems", "domain": "in"', "have no `domain`"),
        ('"task": "addition", "domain": "in", "difficulties": [2]', "one of them"),
    ],
)
def test_a_domain_that_cannot_be_is_refused(fields: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(TaskProblems, f'{{"count": 3, {fields}}}', where="problems")
