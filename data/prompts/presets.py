"""Prompts that papers and models were made with, by name, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from data.prompts.wording import BASE

PresetName = Literal[
    "varicot",
    "bare",
    "boxed_steps",
    "deepseek_r1",
    "open_r1",
    "token_skip",
    "c3ot",
    "self_training",
    "token_budget",
    "learn_skip",
    "cot_valve",
    "system2_to_1",
]


@dataclass(frozen=True)
class Preset:
    """The turns round a question."""

    user: str
    """`{question}` stands in it once."""
    source: str
    """Where it comes from."""
    system: str = ""
    """The system turn; empty for none."""


_BOXED_STEPS = "Please reason step by step, and put your final answer within \\boxed{}."

PRESETS: Mapping[PresetName, Preset] = {
    "varicot": Preset(
        user=f"{BASE}\n\nQuestion: {{question}}",
        source="ours, after Munkhbat et al. 2025 (arXiv 2502.20122); the pocket model is trained on it",
    ),
    "bare": Preset(user="{question}", source="the question alone"),
    "boxed_steps": Preset(
        system=_BOXED_STEPS,
        user="{question}",
        source="Qwen2.5-Math: QwenLM/Qwen2.5-Math, README and evaluation/utils.py (qwen25-math-cot)",
    ),
    "deepseek_r1": Preset(
        user=f"{{question}}\n{_BOXED_STEPS}",
        source="deepseek-ai/DeepSeek-R1, README, usage recommendations: no system turn",
    ),
    "open_r1": Preset(
        user="You will be given a problem. Please reason step by step, and put your final answer within "
        "\\boxed{}:\n{question}",
        source="huggingface/open-r1, scripts/generate_reasoning.py",
    ),
    "token_skip": Preset(
        system="You are a helpful assistant.",
        user=f"{_BOXED_STEPS}\n{{question}}",
        source="Xia et al. 2025 (arXiv 2502.12067), hemingkx/TokenSkip evaluation.py, Qwen; Llama 3 has no system turn",
    ),
    "c3ot": Preset(
        user="{question}",
        source="Kang et al. 2024 (arXiv 2412.11664), conditioned training: the conditions are all that is said",
    ),
    "self_training": Preset(
        system="Your task is to answer the question below. Give step by step reasoning before you answer, and when "
        "you’re ready to answer, please use the format 'The answer is'",
        user="Question: {question}\nSolution:",
        source="Munkhbat et al. 2025 (arXiv 2502.20122), TergelMunkhbat/concise-reasoning src/prompt.py, zero-shot",
    ),
    "token_budget": Preset(
        user="Q: {question}\nPlease Give the response by strictly following this format: [[answer]], for example: "
        "Answer: [[50]].Let's think step by step:\n",
        source="Han et al. 2024 (arXiv 2412.18547), GeniusHTX/TALE utils",
    ),
    "learn_skip": Preset(
        user="{question}\nAnswer:\n",
        source="Liu et al. 2024 (arXiv 2411.01855), tengxiaoliu/LM_skip src/sft.py",
    ),
    "cot_valve": Preset(
        system="You are a helpful and harmless assistant. You are Qwen developed by Alibaba. You should think "
        "step-by-step.",
        user="{question}",
        source="Ma et al. 2025 (arXiv 2502.09601), appendix, the system turn of QwQ-32B-Preview",
    ),
    "system2_to_1": Preset(
        user="{question}\nReword and elaborate on the inquiry, then provide an answer.",
        source="Deng et al. 2023 (arXiv 2311.04205), one-step Rephrase and Respond, a System 2 of Yu et al. 2024 "
        "(arXiv 2407.06023)",
    ),
}
"""Every preset."""
