"""What holds the memory of an optimizer step: the peak of each of its phases, and what is kept for the backward pass.

`python -m benchmarks.training --where` runs it for both sides. Linux resets a process's peak on request, so each phase
has its own to the page; tensors kept are counted once each, under the module that kept them first.
"""

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.training_sides import GIB, SIDES, Case, import_both, in_process, ours, peak, plain_trl, resident

WATCHED = 2
"""How many steps are looked at: what one leaves behind is there when the next begins."""
LEFT_OUT = re.compile(r"^base_model\.model\.|^model\.|layers\.\d+\.|\.(base_layer|lora_[AB](\.\w+)?)$")
"""Of a module's name: what wraps it, which layer it is in, and PEFT's own parts of it."""


@dataclass
class Phase:
    """A part of a step."""

    name: str
    seconds: float
    begin: int
    """Bytes of memory at its begin, and at its end."""
    peak: int
    end: int


@dataclass
class Step:
    """One optimizer step of one batch."""

    tokens: int
    """With padding."""
    phases: list[Phase] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    """Bytes kept for the backward pass, by module."""


class Watch:
    """Follows the first steps of a trainer; the phases are those of its forward and backward passes."""

    def __init__(self) -> None:
        self.start = Step(0)
        self.steps: list[Step] = []
        self._begun = (0.0, 0)

    def begin(self) -> None:
        """Begin a phase."""
        Path("/proc/self/clear_refs").write_text("5", "utf-8")
        self._begun = time.perf_counter(), resident()

    def end(self, name: str) -> None:
        """End a phase, and begin the next one."""
        began, held = self._begun
        step = self.steps[-1] if self.steps else self.start
        step.phases.append(Phase(name, time.perf_counter() - began, held, peak(), resident()))
        self.begin()

    def install(self) -> None:
        """Follow whatever trainer of transformers trains in this process."""
        from transformers import Trainer

        train, watch = Trainer.training_step, self

        def watched(trainer: Any, model: Any, inputs: Any, *given: Any, **named: Any) -> Any:
            if len(watch.steps) <= WATCHED:
                watch.end("optimizer" if watch.steps else "base, trainer and rows")
                watch.steps.append(Step(inputs["input_ids"].numel()))
                with watch._following(model, watch.steps[-1].kept):
                    loss = train(trainer, model, inputs, *given, **named)
                watch.end("backward of the layers")
                return loss
            return train(trainer, model, inputs, *given, **named)

        Trainer.training_step = watched  # type: ignore[method-assign, assignment]  # no callback is between its passes
        self.begin()

    @contextmanager
    def _following(self, model: Any, kept: dict[str, int]) -> Iterator[None]:
        import torch

        whole = model.get_base_model() if hasattr(model, "get_base_model") else model
        names = {module: LEFT_OUT.sub("", LEFT_OUT.sub("", name)) for name, module in model.named_modules()}
        own = {tensor.untyped_storage().data_ptr() for tensor in model.parameters()}
        seen, inside = set[int](), [""]

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own | seen:
                seen.add(storage.data_ptr())
                kept[inside[-1]] = kept.get(inside[-1], 0) + storage.nbytes()
            return tensor

        def last_hidden(module: Any, given: Any, output: Any) -> None:
            self.end("forward of the layers")
            output.last_hidden_state.register_hook(lambda gradient: self.end("backward of the head"))

        def enter(module: Any, given: Any) -> None:
            inside.append(names.get(module, ""))

        def leave(module: Any, given: Any, output: Any) -> None:
            inside.pop()

        hooks = [
            torch.nn.modules.module.register_module_forward_pre_hook(enter),
            torch.nn.modules.module.register_module_forward_hook(leave, always_call=True),
            whole.base_model.register_forward_hook(last_hidden),
            model.register_forward_hook(lambda *_: self.end("forward of the head")),
        ]
        self.begin()
        try:
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
                yield
        finally:
            for hook in hooks:
                hook.remove()


def show(case: Case, sides: Sequence[str] = SIDES) -> None:
    """Print the table of each side."""
    for which in sides:
        told = in_process("benchmarks.training_memory", which, case)
        print(f"{which}: {told['imports'] / GIB:.2f} GiB of imports")
        print(f"  {'':30}seconds  begin   peak    end, GiB")
        for step in told["steps"][: WATCHED + 1]:
            if step["tokens"]:
                print(f"  a batch of {step['tokens']:,} tokens, padding too")
            for phase in step["phases"]:
                sizes = "".join(f"{phase[name] / GIB:7.2f}" for name in ("begin", "peak", "end"))
                print(f"  {phase['name']:30}{phase['seconds']:7.2f}{sizes}")
            if step["kept"]:
                print(f"  kept for the backward pass: {sum(step['kept'].values()) / GIB:.2f} GiB")
        step = told["steps"][WATCHED]
        print("  bytes kept of a token in a layer, by the module that keeps them:")
        for name, size in sorted(step["kept"].items(), key=lambda one: -one[1])[:12]:
            print(f"    {name or '(the whole)':30}{size / step['tokens'] / told['layers']:10,.0f}")


def main() -> None:
    """Be the process that is looked at."""
    which, given, result = sys.argv[1:]
    import_both()
    case, imports, watch = Case(**json.loads(given)), resident(), Watch()
    watch.install()
    (ours if which == "ours" else plain_trl)(case, lambda: None)
    layers = json.loads((Path(case.model) / "config.json").read_text("utf-8"))["num_hidden_layers"]
    steps = [asdict(step) for step in (watch.start, *watch.steps)]
    Path(result).write_text(json.dumps({"steps": steps, "imports": imports, "layers": layers}), "utf-8")


if __name__ == "__main__":
    main()
