"""Prompts that papers and models were made with, by name, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from data.prompts.wording import BASE

PresetName = Literal["varicot", "bare", "boxed_steps"]


@dataclass(frozen=True)
class Preset:
    """The turns round a question."""

    user: str
    """`{question}` stands in it once."""
    source: str
    """Where it comes from."""
    system: str = ""
    """The system turn; empty for none."""


PRESETS: Mapping[PresetName, Preset] = {
    "varicot": Preset(
        user=f"{BASE}\n\nQuestion: {{question}}",
        source="after Munkhbat et al. 2025 (arXiv 2502.20122), the prompt the pocket model is trained on",
    ),
    "bare": Preset(user="{question}", source="the question alone, as the template of a reasoning model expects it"),
    "boxed_steps": Preset(
        system="Please reason step by step, and put your final answer within \\boxed{}.",
        user="{question}",
        source="Qwen2.5-Math, model card and evaluation (QwenLM/Qwen2.5-Math)",
    ),
}
"""Every preset."""
