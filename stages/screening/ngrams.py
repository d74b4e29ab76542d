"""Runs of words as numbers: what two texts share is counted without keeping either.

Digits and signs are words of their own, for *2 + 3* and *2 - 3* are two problems.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_WORD = re.compile(r"\w+|[^\w\s]")
_FACTOR = 0x9E3779B97F4A7C15
"""Odd, so that no place of a run loses a bit."""


def words(text: str) -> list[str]:
    """Return the words, numbers and signs of a text, of one case and form."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def ngrams(said: Sequence[str], length: int) -> Hashes:
    """Return a 64-bit hash of every run of so many words; of a shorter text one, which only equals an equal text's."""
    if not said:
        return np.zeros(0, np.uint64)
    codes = np.fromiter(map(_code, said), np.uint64, len(said))
    run = min(length, len(said))
    hashes = np.full(len(said) - run + 1, length - run, np.uint64)
    for place in range(run):
        hashes = hashes * np.uint64(_FACTOR) + codes[place : len(said) - run + 1 + place]
    return hashes


@lru_cache(maxsize=1 << 16)
def _code(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
