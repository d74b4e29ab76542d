"""Count tokens with a named tokenizer: a folder, one on the Hub pinned to a commit, or `words`."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Protocol

from data.disk import file_digest
from data.errors import ConfigError
from data.spec import PLACE
from stages.engines.weights import COMMIT

WORDS = "words"
"""The built-in offline counter: a word, a number's digit or a mark is a token. For when no tokenizer is at hand."""

FILE = "tokenizer.json"

TokenizerName = Annotated[str, PLACE]
"""What `load_tokenizer` takes. A path bears no identity: what has one says in `uses` what `load_tokenizer` found."""

_WORD = re.compile(r"\d|[^\W\d_]+|[^\w\s]|_")


class Tokenizer(Protocol):
    """Counts tokens."""

    identity: str
    """Name and revision, as written to rows."""

    special_tokens: frozenset[str]
    """Texts that it takes for control tokens."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, without special tokens."""

    def ends(self, text: str) -> list[int]:
        """Return where each token of a text ends, in characters."""


class Words:
    """Counts words, digits and marks."""

    identity = "words@1"
    special_tokens: frozenset[str] = frozenset()

    def count(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 for _ in _WORD.finditer(text)) for text in texts]

    def ends(self, text: str) -> list[int]:
        return [word.end() for word in _WORD.finditer(text)]


class FastTokenizer:
    """Counts with a `tokenizer.json`."""

    def __init__(self, tokenizer: Any, identity: str) -> None:
        self._tokenizer = tokenizer
        self.identity = identity
        added = tokenizer.get_added_tokens_decoder().values()
        self.special_tokens = frozenset(token.content for token in added if token.special)

    def count(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def ends(self, text: str) -> list[int]:
        return [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]


def tokenizer_of(model: str, revision: str | None) -> str:
    """Return the name of a model's own tokenizer, pinned as its weights are."""
    return model if revision is None or Path(model).expanduser().is_dir() else f"{model}@{revision}"


def counting(name: str) -> dict[str, str]:
    """Return the tokenizer that a stage counts with, for its `uses`."""
    return {"tokenizer": load_tokenizer(name).identity}


@lru_cache(maxsize=8)
def load_tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer of a folder, of the Hub (`id@commit`) or `words`.

    Raises:
        ConfigError: there is none of that name, or it is on the Hub and not pinned.
    """
    if name == WORDS:
        return Words()
    folder = Path(name).expanduser()
    file = folder / FILE
    if file.is_file():
        return FastTokenizer(_read(file), f"{folder.resolve().name}@{file_digest(file)[:12]}")
    if folder.is_dir():
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
        raise ConfigError(
            f"tokenizer {name!r}: the folder holds no {FILE} (there is {there}); save the tokenizer so with "
            "transformers: AutoTokenizer.from_pretrained(...).save_pretrained(...)"
        )
    return FastTokenizer(_read(_from_hub(name)), name)


def _read(file: Path) -> Any:
    from tokenizers import Tokenizer as Backend  # heavy: only where a real tokenizer is named

    try:
        return Backend.from_file(str(file))
    except Exception as error:  # the Rust library raises bare exceptions of its own
        raise ConfigError(f"{file}: not a tokenizer that can be read ({' '.join(str(error).split())})") from error


def _from_hub(name: str) -> Path:
    """Return where the file of a tokenizer on the Hub lies, fetched unless it is there."""
    repo, _, revision = name.partition("@")
    if not COMMIT.fullmatch(revision):
        raise ConfigError(
            f"tokenizer {name!r}: there is no such folder, so it is taken for one on the Hub, and its revision is "
            f"{revision or None!r}; give the full commit (40 hexadecimal digits), as in `{repo}@0123...`, since a "
            f"branch moves under a dataset; or name a folder, or {WORDS!r}"
        )
    from huggingface_hub import hf_hub_download  # as slow to import as all the rest of a build
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(hf_hub_download(repo, FILE, revision=revision))
    except (OSError, HFValidationError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"tokenizer {name!r}: the Hub did not give its {FILE} ({reason}); where the model has none, save its "
            f"tokenizer into a folder and name that, or name {WORDS!r}"
        ) from error
