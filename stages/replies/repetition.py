"""Replies that loop: one word, sentence or paragraph over and over, found by a stated rule and remarked.

The rule, over tokens (a word, a CJK character, up to three digits, a LaTeX command, a mark; case and white space do not
count). A reply loops where

1. a stretch of it says the same at least `COPIES` times: each window of `WINDOW` tokens in it comes at least
   `COPIES - 1` times in the reply, and the stretch is at least `COPIES` times as long as it has different windows. It
   counts from `FEWEST` tokens where a fifth of them are words; without words (digits, marks, matrices) from
   `FEWEST_WORDLESS`, or from `WORDLESS_AT_THE_END` where it is over half of the reply and ends it; or
2. more than half of the reply are sentences of at least `SENTENCE` tokens that come `SENTENCES` times or more, whatever
   stands between them.

Numbers are taken as they are: steps, cases and sums that differ in a number are work and no loop.

Measured on 18,022 real chains (Qwen2.5-Math-7B, Qwen2.5-3B, R1, QwQ, OpenMathReasoning, PaLM 2, GPT-3 on GSM8K; the
longest 15,348 characters): sound ones say a stretch of 31 tokens or more at most twice over, and sentences said 12
times make up at most 15% of them; the nine that are found all loop when read. Others' rules: a block four times in a
row, from 16 tokens (llama.cpp#26039), an n-gram at the end (vllm#35451), a sentence 4 times in a row or 40 times in
all, a paragraph 10 times (open-instruct#801), shares of repeated n-grams (Gopher, arXiv 2112.11446, table A1; these
would drop sound mathematics).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

LOOPS = "loops"
"""The remark of a reply that loops, and why it is dropped where that is asked for."""

WINDOW = 16
"""Tokens looked at together: sound chains repeat shorter ones, a formula or a turn of phrase."""
COPIES = 4
FEWEST = 48
FEWEST_WORDLESS = 1024
"""A 30 x 30 grid of zeros, an identity matrix or a line of dashes stays below."""
WORDLESS_AT_THE_END = 192
SENTENCE = 5
SENTENCES = 12

_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# Letters in runs of at most 16: a script without spaces would make one token of a page.
_TOKEN = re.compile(rf"[{_CJK}]|\\[a-z]+|[^\W\d_{_CJK}]{{1,16}}|\d{{1,3}}|[^\w\s]|_")
_WORD = re.compile(rf"[{_CJK}]|[^\W\d_]{{2,}}")
_WORDS = 0.2
"""Share of words from which a stretch is taken for language."""
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|(?<=[。！？；])|\n+")


def loops(text: str) -> bool:
    """Tell whether a reply says the same over and over; see the rule above."""
    lowered = text.casefold()
    tokens = _TOKEN.findall(lowered)
    if len(tokens) < FEWEST:
        return False
    stretches = _repeated(tokens)
    return any(_is_loop(tokens, begin, end) for begin, end in stretches) or _is_of_few_sentences(lowered, tokens)


def _repeated(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of the stretches that say the same `COPIES` times over, in time linear in the tokens."""
    numbers: dict[str, int] = {}
    coded = [numbers.setdefault(token, len(numbers)) for token in tokens]
    windows = list(zip(*(coded[begin:] for begin in range(WINDOW)), strict=False))
    times = Counter(windows)
    begin = 0
    while begin < len(windows):
        end = begin
        while end < len(windows) and times[windows[end]] >= COPIES - 1:
            end += 1
        length = end - begin + WINDOW - 1
        if end > begin and length >= FEWEST and length >= COPIES * len(set(windows[begin:end])):
            yield begin, begin + length
        begin = end + 1


def _is_loop(tokens: Sequence[str], begin: int, end: int) -> bool:
    length = end - begin
    words = sum(_WORD.fullmatch(token) is not None for token in tokens[begin:end])
    if words >= _WORDS * length or length >= FEWEST_WORDLESS:
        return True
    return length >= WORDLESS_AT_THE_END and 2 * length > len(tokens) and len(tokens) - end < WINDOW


def _is_of_few_sentences(text: str, tokens: Sequence[str]) -> bool:
    sentences = [tuple(_TOKEN.findall(sentence)) for sentence in _SENTENCE.split(text)]
    times = Counter(sentence for sentence in sentences if len(sentence) >= SENTENCE)
    said_again = sum(len(sentence) * count for sentence, count in times.items() if count >= SENTENCES)
    return 2 * said_again > len(tokens)
