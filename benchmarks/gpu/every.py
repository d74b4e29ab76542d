"""Every check: what it is called, how long it may take, and which share a process."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing to try on a GPU."""

    name: str
    title: str
    seconds: float
    """It is ended after so long."""
    function: str
    """Where it stands: `module:function`, taking a `Place` and returning figures."""


MACHINE = Check("machine", "the machine", 60, "benchmarks.gpu.machine:facts")
"""Goes first: it says what the others run on, and makes the model they take."""

TRAININGS = (
    Check("lora", "a LoRA in bf16", 60, "benchmarks.gpu.training:lora"),
    Check("full", "a full step in bf16", 45, "benchmarks.gpu.training:full"),
    Check("flash", "the same with flash attention, free of padding", 45, "benchmarks.gpu.training:flash"),
    Check("fsdp", "the same under FSDP2, on one card", 45, "benchmarks.gpu.training:fsdp"),
    Check("eight_bit", "the same with 8-bit AdamW", 45, "benchmarks.gpu.training:eight_bit"),
    Check("liger", "the same with Liger's kernels", 45, "benchmarks.gpu.training:liger"),
)
ENGINES = (
    Check("adapter", "vLLM with that LoRA", 90, "benchmarks.gpu.engines:adapter"),
    Check("memory", "the engine's memory is free before a training", 90, "benchmarks.gpu.engines:memory"),
)
SAMPLING = (Check("sampling", "our sampling step beside plain vLLM", 150, "benchmarks.gpu.engines:sampling"),)
MARKED = (Check("marked", "the tests marked `gpu`", 60, "benchmarks.gpu.machine:marked_tests"),)

GROUPS = ((MACHINE,), TRAININGS, ENGINES, SAMPLING, MARKED)
"""Checks of a group run one after another in one process, since its libraries take seconds to import; one that takes
its process down is ended alone, the others go on in a new one."""

CHECKS = {check.name: check for group in GROUPS for check in group}
