"""The loop rule, over loops and sound chains of many shapes.

Shapes from public threads, in our own words and numbers: a sentence (open-instruct#801, Z1#1), one line until the limit
(claude-code#90268), two sentences in turn (TyloQuant#12), sentences in any order (Qwen3#1887), a paragraph
(candle#2068, vllm-ascend#16116), a turn with a counter (llama.cpp#19585), a word (mlx-examples#399), a fragment
(llama.cpp#6762, ollama#2805), marks (oh-my-pi#12525), control tokens (sglang#12824), Chinese (omlx#3129), closed
thoughts (1Cat-vLLM#569), a 92-line block (llama.cpp#26039). Sound ones: rechecks and enumerations as R1 and QwQ write
them, matrices, grids, tables, code.
"""

import random
from itertools import product

import pyarrow as pa
import pytest

from data.columns import REMARKS, REPLY
from data.table import values
from stages.replies.remark_replies import RemarkReplies
from stages.replies.repetition import LOOPS, loops

SOUND = (
    "We have 48 clips sold in April and half as many, 24, in May. Adding both months gives 72 clips in all. Let me "
    "check the sum again: 48 plus 24 is 72, so nothing was lost.\n"
)
RANDOM = random.Random(5)
PARAGRAPH = (
    "The train leaves at nine and runs sixty miles an hour, so after two hours it has covered one hundred and twenty "
    "miles. The second train starts later and has to make up the gap, which shrinks by fifteen miles each hour. "
)
BLOCK = "\n".join(f"    total_{n} = read_value(row, column={n * 7}) + offset_{n % 5}" for n in range(92))
ANSWERS = ("Let's go with 14.04.", "Actually, I'll just say 14.", "Wait, 323/23 is not 14.", "I will output 14.043.")

LOOPING = {
    "a sentence": "Wait, let me recheck. 7+8=15. " * 40,
    "a line, cut in the middle": SOUND + "I should read the file before I go on.\n" * 300 + "I should read the fi",
    "a loop with an answer behind it": SOUND + "Hmm, that is not what I want. " * 60 + "</think>\n\n\\boxed{72}",
    "two sentences in turn": "*   Wait, I should not claim to be human.\n*   Okay.\n" * 30,
    "sentences in any order": " ".join(RANDOM.choice(ANSWERS) for _ in range(400)),
    "a paragraph": SOUND + PARAGRAPH * 6,
    "a block of 92 lines": (BLOCK + "\n") * 8,
    "a turn with a counter": "\n".join(
        f"tell me something about you?<|im_end|>\n<|im_start|>assistant{n}" for n in range(90)
    ),
    "a numbered sentence": "\n".join(f"{n}. Wait, I should not use any markdown here." for n in range(1, 80)),
    "a word": SOUND + "the sugar, the, the, " + "the, " * 120,
    "a word without marks": "The " * 200,
    "a fragment": "Let me   (   Let me   )  " * 60,
    "a word joined to itself": "ISIS-" * 200,
    "marks": "?!" * 3000,
    "digits": SOUND + "0" * 4000,
    "a period of digits": "10 / 11 = 0." + "90" * 600,
    "numbers": "The list goes on: " + "7, " * 1200,
    "control tokens": "<｜begin▁of▁sentence｜>" * 150,
    "Chinese": "让我仔细回忆一下二零二四年一月发布的那份指南。" * 40,
    "Japanese, cut": "彼女は静かに窓の外を見つめ、もう一度考え直した。" * 25 + "彼女は静かに",
    "Thai, without spaces": "ลองคิดดูอีกครั้งนะ" * 90,
    "closed thoughts": "I need to look at this. Let me just paste the message.\n</think>\n" * 60,
    "equations": "= 1 foot = 12 inches " * 30,
    "algebra there and back": "Subtracting x from both sides, we get 33 = 2x\nDividing by 2, we get 33/2 = 2x/2\n"
    "Multiplying by 2, we get 33 * 2 = 2x * 2\nAdding x to both sides, we get 33 + x = 2x + x\n" * 5,
    "case and white space differ": "".join(
        f"{'LET ME CHECK' if n % 2 else 'let me check'} this sum{' ' * (n % 4 + 1)}again, to be sure.\n"
        for n in range(40)
    ),
}

FINE = {
    "nothing": "",
    "a short chain": SOUND,
    "a recheck": SOUND * 2,
    "a sum checked three times": (SOUND + "Wait, let me check again. 6*7 = 42. ") * 3,
    "six hesitations": "Hmm. Wait. " * 6 + SOUND,
    "numbered steps": "\n".join(
        f"Step {n}: add {n} to {n * (n - 1) // 2}, which gives {n * (n + 1) // 2}." for n in range(1, 120)
    ),
    "an enumeration": "\n".join(
        f"For n = {n}, {n}^2 + 1 = {n * n + 1}, and this is not a multiple of 7, so we go on to the next one."
        for n in range(2, 90)
    ),
    "trial division": "".join(
        f"{p} does not divide 10403, since 10403 / {p} is {10403 / p:.3f}. " for p in range(3, 101, 2)
    ),
    "alike cases": "".join(
        f"Case {n}: the first digit is {n}. Then there are 9 choices for the second digit, 8 for the third, "
        "so 72 numbers.\n"
        for n in range(1, 10)
    ),
    "all outcomes of six throws": "\n".join(" ".join(outcome) for outcome in product(("heads", "tails"), repeat=6)),
    "all colourings": ", ".join("".join(outcome) for outcome in product("RGB", repeat=5)),
    "one third": "So x = 0." + "3" * 60 + "..., which is 1/3.",
    "a sum of ones": "So 40 = " + " + ".join("1" * 40) + ", forty ones.",
    "a power written out": "2^40 = " + " \\cdot ".join("2" * 40) + " = 1099511627776.",
    "an identity matrix": "\\begin{pmatrix}"
    + " \\\\ ".join(" & ".join("1" if i == j else "0" for j in range(12)) for i in range(12))
    + "\\end{pmatrix}"
    + SOUND,
    "a grid": SOUND * 2
    + "\n".join(" ".join("3" if i == j else "0" for j in range(30)) for i in range(30))
    + "\n"
    + SOUND,
    "a table": "| n | n squared |\n|---|---|\n" + "\n".join(f"| {n} | {n * n} |" for n in range(60)),
    "a rule of dashes": SOUND + "-" * 200 + "\n" + SOUND + "=" * 120,
    "long division": "\n".join(f"bring down the {n % 10}, {n * 13 % 97}0 / 97 = {n * 130 // 97}" for n in range(96)),
    "a rhyme": "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, life is but a dream. " * 2,
    "code": "\n".join(f"assert triangle({n}) == {n * (n + 1) // 2}" for n in range(60)),
    "Gauss": "\n".join(f"R_{i} \\leftarrow R_{i} - \\frac{{{i}}}{{{j}}} R_{j}" for i in range(9) for j in range(1, 9)),
    "Chinese steps": "".join(
        f"第{n}步：先算{n}乘以{n + 1}，得到{n * (n + 1)}，再加上前面的结果。" for n in range(1, 60)
    ),
    "a chant of refusals, short": "No. " * 12 + SOUND,
}


@pytest.mark.parametrize("name", LOOPING)
def test_finds_a_reply_that_loops(name: str) -> None:
    assert loops(LOOPING[name])


@pytest.mark.parametrize("name", LOOPING)
def test_finds_it_within_a_long_sound_chain(name: str) -> None:
    sound = " ".join(f"Then {n} and {n * n} make {n + n * n}, as was to be shown for case {n}." for n in range(150))

    assert loops(f"{sound}\n{LOOPING[name] * 4}\n{sound}")


@pytest.mark.parametrize("name", FINE)
def test_leaves_sound_repetition_alone(name: str) -> None:
    assert not loops(FINE[name])


def test_remarks_each_reply_and_keeps_what_was_remarked_before() -> None:
    replies = [LOOPING["a sentence"], SOUND, None]
    rows = pa.table({REPLY.name: replies, REMARKS.name: pa.array([["odd"], ["odd"], None], REMARKS.type)})

    remarked = RemarkReplies()(rows)

    assert values(remarked, REMARKS) == [["odd", LOOPS], ["odd"], []]
    assert values(RemarkReplies()(remarked), REMARKS) == [["odd", LOOPS], ["odd"], []]


def test_takes_zero_rows() -> None:
    assert RemarkReplies()(pa.table({REPLY.name: pa.array([], REPLY.type)})).num_rows == 0
