"""The same texts cut by the llmlingua package; runs in an environment of its own, without ours.

PYTHON benchmarks/load/peer_llmlingua.py MODEL texts.json one|list
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


def main(model: str, path: Path, how: str) -> None:
    """Print what it took."""
    texts = json.loads(path.read_text())
    package = compressor(model)
    cut(package, texts[:WARM], how)
    began = time.perf_counter()
    found = cut(package, texts, how)
    seconds = time.perf_counter() - began
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": len(found), "seconds": seconds, "mib": mib}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
