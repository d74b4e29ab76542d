"""The same texts cut by the llmlingua package; runs in an environment of its own, without ours.

PYTHON benchmarks/load/peer_llmlingua.py MODEL texts.json one|list|rule
"""

import json
import os
import resource
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RATE = 0.5
WARM = 2
"""Texts cut before the time is taken."""
RATES = (0.9, 0.8, 0.7, 0.6, 0.5)
OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"force_tokens": ["=", "."]},
    {"force_reserve_digit": True},
    {"force_tokens": ["=", "."], "force_reserve_digit": True, "drop_consecutive": True},
)
"""Those of TokenSkip's script for Llama 3 last, with words that stand in the texts."""
OPTION_TEXTS = 15
"""So many texts are cut with each set of options."""


def compressor(model: str) -> Any:
    """Return the package's compressor on a CPU, with GPT-3.5's vocabulary from the copy that litellm ships."""
    spec = find_spec("litellm")
    if spec is None or spec.origin is None:
        raise SystemExit("litellm is not installed: it ships the vocabulary that llmlingua would fetch")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(spec.origin).parent / "litellm_core_utils" / "tokenizers")
    from llmlingua import PromptCompressor

    return PromptCompressor(model, device_map="cpu", model_config={"trust_remote_code": False}, use_llmlingua2=True)


def cut(package: Any, texts: list[str], how: str) -> list[str]:
    """Return the texts cut: one a call, as TokenSkip's script does, or all in one call."""
    if how == "list":
        return list(package.compress_prompt_llmlingua2(texts, rate=RATE)["compressed_prompt_list"])
    return [package.compress_prompt_llmlingua2([text], rate=RATE)["compressed_prompt"] for text in texts]


def chosen(package: Any, texts: list[str]) -> list[dict[str, Any]]:
    """Return for each rate, set of options and text what the package's rule was given, and which words it kept.

    What it was given is told chunk by chunk, before any word was forced.
    """
    read: list[list[float]] = []
    words_of = package._PromptCompressor__merge_token_to_word

    def seen(*given: Any, **told: Any) -> Any:
        words, forced, unforced = words_of(*given, **told)
        read.append([sum(map(float, own)) / len(own) for own in unforced])
        return words, forced, unforced

    package._PromptCompressor__merge_token_to_word = seen
    found = []
    for rate in RATES:
        for options in OPTIONS:
            for text in texts[: OPTION_TEXTS if options else len(texts)]:
                read.clear()
                told = package.compress_prompt_llmlingua2(
                    [text], rate=rate, return_word_label=True, word_sep="\0", **options
                )
                pairs = [it.rsplit(" ", 1) for it in told["fn_labeled_original_prompt"].split("\0")]
                words = [word for word, _ in pairs]
                tokens = [len(package.oai_tokenizer.encode(word)) for word in words]
                kept = [label == "1" for _, label in pairs]
                found.append(
                    {"rate": rate, "options": options, "words": words, "chunks": list(read)}
                    | {"tokens": tokens, "kept": kept}
                )
    return found


def main(model: str, path: Path, how: str) -> None:
    """Print what it took."""
    texts = json.loads(path.read_text())
    package = compressor(model)
    if how == "rule":
        print(json.dumps(chosen(package, texts)))
        return
    cut(package, texts[:WARM], how)
    began = time.perf_counter()
    found = cut(package, texts, how)
    seconds = time.perf_counter() - began
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": len(found), "seconds": seconds, "mib": mib}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
