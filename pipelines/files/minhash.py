"""Texts that are nearly the same, by datatrove's MinHash: signatures in files, sorted there and matched band by band.

datatrove takes a second to import, and only who looks for near-duplicates needs it: import this where it is used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupSignature
from datatrove.utils.hashing import HashConfig
from datatrove.utils.word_tokenizers import WordTokenizer
from loguru import logger

from stages.screening.ngrams import Hashes, ngrams, words

SIGNATURES, MATCHES = "signatures", "matches"
BUFFERED = 4096
"""Signatures that are read at once."""
_KEY_ENDS = "\x00"


@dataclass(frozen=True)
class MinHash:
    """Finds texts that are alike in all hashes of one band of their MinHash."""

    words: int
    """Of a shingle."""
    bands: int
    hashes: int
    """Of a band."""

    def alike(self, texts: Iterable[tuple[str, str]], work: Path, between: Callable[[], None]) -> dict[int, int]:
        """Return the places of texts that are like an earlier one, and the first of those.

        Args:
            texts: each with a key in front; only texts with one key are alike.
            work: an empty folder.
            between: called before every band.
        """
        logger.disable("datatrove")
        config = MinhashConfig(
            n_grams=self.words,
            num_buckets=self.bands,
            hashes_per_bucket=self.hashes,
            hash_config=HashConfig(precision=64, hash_fc="sha1"),
        )
        signatures, matches = str(work / SIGNATURES), str(work / MATCHES)
        documents = (Document(text=f"{key}{_KEY_ENDS}{text}", id=str(at)) for at, (key, text) in enumerate(texts))
        _Signatures(signatures, config, _Whole()).run(documents)
        earliest: dict[int, int] = {}
        for band in range(self.bands):
            between()
            MinhashDedupBuckets(signatures, matches, config=config, lines_to_buffer=BUFFERED).run(
                rank=band, world_size=self.bands
            )
            pairs = np.fromfile(work / MATCHES / f"{band:05d}_00.dups", "<u4").reshape(-1, 4)[:, (1, 3)]
            for earlier, later in pairs.tolist():
                earliest[later] = min(earlier, earliest.get(later, earlier))
        return earliest


class _Whole(WordTokenizer):  # type: ignore[misc]  # datatrove has no types
    """Stands where datatrove asks for a tokenizer: shingles are made of our own words."""

    def word_tokenize(self, text: str) -> list[str]:
        return words(text)

    def sent_tokenize(self, text: str) -> list[str]:
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


class _Signatures(MinhashDedupSignature):  # type: ignore[misc]  # datatrove has no types
    """Signs texts by our words: numbers and signs are told apart, and a short text is one shingle."""

    def get_shingles(self, text: str) -> Hashes:
        key, _, said = text.partition(_KEY_ENDS)
        shingles = ngrams(words(said), self.config.n_grams)
        return (shingles ^ ngrams([key], 1) if key else shingles).reshape(-1, 1)
