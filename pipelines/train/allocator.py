"""The allocator of a process that trains on CPUs: jemalloc, as Ray brings it, in place of glibc's.

Every tensor is an aligned block, and in glibc's heap (2.36) such blocks leave holes that others of their size do not
fill: activations take up to twice their size. jemalloc holds them in their size, as fast (docs/benchmarks.md), and
PyTorch's guide to tuning on CPUs advises it.
"""

import os
import platform
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

PRELOAD, SETTINGS = "LD_PRELOAD", "MALLOC_CONF"
KEPT = "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0"
"""Freed memory is kept for the next step: giving it back and taking it again costs a third of the time."""


def allocator(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables with which a process allocates so; none where it has its own, or there is no such library.

    Args:
        environment: what the process would have else.
    """
    ray = find_spec("ray")
    library = Path(str(ray.origin)).parent / "core" / "libjemalloc.so" if ray else Path("nowhere")
    if platform.libc_ver()[0] != "glibc" or not library.is_file() or {PRELOAD, SETTINGS} & environment.keys():
        return {}
    return {PRELOAD: str(library), SETTINGS: KEPT}
