"""Models that read: loaded once a process, safetensors only, nothing of theirs is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import Field

from data.errors import EngineError
from data.spec import PLACE, Positive, spec
from stages.engines.weights import model_revision
from stages.scorers.scorer import Scorer

Kind = Literal["classifier", "language_model"]
_LOADING = Lock()


@dataclass(frozen=True)
class Reader:
    """A model with its tokenizer, on its device."""

    model: Any
    tokenizer: Any
    device: str

    @property
    def longest(self) -> int:
        """Return the most tokens it reads at once, special ones included."""
        config = self.model.config
        positions = int(getattr(config, "max_position_embeddings", 1 << 20))
        # RoBERTa and its kin number positions from the padding on.
        used = int(config.pad_token_id or 0) + 1 if config.model_type in ("roberta", "xlm-roberta") else 0
        return positions - used

    def encode(self, texts: Sequence[str]) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
        """Return ids and character offsets of texts, without special tokens."""
        if not texts:
            return [], []
        found = self.tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return found["input_ids"], found["offset_mapping"]

    def surround(self) -> tuple[list[int], list[int]]:
        """Return the special tokens the model was trained to see before and after a text."""
        plain = self.tokenizer("a", add_special_tokens=False)["input_ids"]
        whole = self.tokenizer("a")["input_ids"]
        at = next(at for at in range(len(whole)) if whole[at : at + len(plain)] == plain)
        return whole[:at], whole[at + len(plain) :]


@spec
class Weights:
    """Which model scores, and where."""

    model: Annotated[str, PLACE]
    """A folder with a model in safetensors, or an id on the Hub."""
    revision: Annotated[str | None, PLACE] = None
    """The commit of a model on the Hub; a folder is known by the digest of its files."""
    batch_tokens: Annotated[Positive | None, PLACE] = None
    """Tokens read at once, padding included: what bounds memory. Null is 4,096 on a GPU and 512 on a CPU: there a batch
    of long windows is slower than one after another, for it leaves the cache."""
    device: Annotated[Literal["auto", "cpu", "cuda"], PLACE] = "auto"
    """`auto` takes a GPU where there is one."""
    gpus: Annotated[Annotated[int, Field(ge=0, le=1)] | None, PLACE] = None
    """GPUs that Ray is to give each actor; null is one where the cluster has any and `device` is not `cpu`."""

    def identity(self) -> str:
        """Return the model's name and revision.

        Raises:
            ConfigError: there is no such model.
        """
        name = self.model.rstrip("/").rpartition("/")[2]
        return f"{name}@{model_revision(self.model, self.revision)[:12]}"

    def at_once(self, reader: Reader) -> int:
        """Return how many tokens are read at once."""
        return self.batch_tokens or (4096 if reader.device == "cuda" else 512)

    def load(self, kind: Kind) -> Reader:
        """Return the model, loaded on first use.

        Raises:
            EngineError: there is no such model, or it is of another kind; says how to mend it.
        """
        with _LOADING:  # parts are worked on by several threads
            return _load(kind, self.model, self.revision, self.device)


class ReadingScorer(Scorer):
    """A measure by a model that reads."""

    weights: Weights

    @property
    def gpus(self) -> int:
        return self.weights.gpus or 0

    @property
    def likes_a_gpu(self) -> bool:
        return self.weights.gpus is None and self.weights.device != "cpu"

    def identity(self) -> str:
        return f"{self.kind}:{self.weights.identity()}"


@lru_cache(maxsize=2)
def _load(kind: Kind, model: str, revision: str | None, device: str) -> Reader:
    # Seconds to import, and only where something is scored.
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    auto: Any = AutoModelForTokenClassification if kind == "classifier" else AutoModelForCausalLM
    told = {"revision": revision, "trust_remote_code": False, "local_files_only": Path(model).is_dir()}
    where = "cuda" if device == "cuda" or (device == "auto" and torch.cuda.is_available()) else "cpu"
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **told)
        made, info = auto.from_pretrained(
            model, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **told
        )
        made = made.to(where).eval()
    except Exception as error:  # the library raises kinds of half a dozen others: files, network, config, memory
        reason = " ".join(str(error).split())[:500]
        told_why = f"{type(error).__name__}: {reason}"
        raise EngineError(f"scorer {model!r}: no {_wanted(kind)} could be loaded: {told_why}") from error
    if absent := sorted(info["missing_keys"]):
        # Of another kind of model the library makes up what is missing, at random.
        raise EngineError(f"scorer {model!r}: not a {_wanted(kind)}: it has no weights for {absent[:3]}")
    if not tokenizer.is_fast:
        raise EngineError(f"scorer {model!r}: its tokenizer tells no character offsets; it needs a tokenizer.json")
    if kind == "classifier" and made.config.num_labels != 2:
        raise EngineError(f"scorer {model!r}: {made.config.num_labels} labels; 2 are needed, to leave out and to keep")
    return Reader(made, tokenizer, where)


def _wanted(kind: Kind) -> str:
    return "token classifier" if kind == "classifier" else "causal language model"
