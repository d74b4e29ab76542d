"""Every mark that models put round their reasoning and their answer, as data, each with its source.

A family is a pair of marks. Families never cross: what one opens, only its own close mark ends. A protocol names the
channel of each message instead (Harmony and its like). `*` in a mark stands for a short suffix without blanks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """A pair of marks round the reasoning."""

    open: str
    close: str
    models: str
    source: str
    prose: bool = False
    """The marks are ordinary words: the close mark means nothing where the open mark did not begin the reply."""
    gap: str = "\n\n"
    """What these models write between the close mark and the answer."""
    ending: str = ""
    """A mark that begins the answer and so ends the reasoning, even where the close mark is missing."""


@dataclass(frozen=True)
class Protocol:
    """Messages with a header that names their channel; patterns, because headers have optional pieces."""

    name: str
    key: str
    """Stands in every reply of the protocol: a cheap look before the pattern is tried."""
    header: str
    """Matches a header; group `channel` is the channel's name."""
    end: str
    """Matches what ends a message."""
    answer: frozenset[str]
    """The channels whose messages are the answer; all others are reasoning."""
    open: str
    """The header of a reasoning message, as a chat template writes it at the end of a prompt."""
    source: str


FAMILIES = (
    Family(
        "<think>",
        "</think>",
        "DeepSeek-R1 and later, QwQ, Qwen3, GLM-4.5 and later, MiniMax-M1 and M2, Nemotron 3, Kimi K2, Ernie 4.5, "
        "Hunyuan, EXAONE 4, Granite 3.3 and 4, OLMo 3, Phi-4-reasoning, Step 3, LFM2.5, Magistral 2506",
        "vLLM reasoning/basic_parsers.py; trl/chat_templates/{qwen3,glm4moe,nemotron_3_nano,lfm2_2_5}.jinja",
    ),
    Family("<think:*>", "</think:*>", "Hunyuan 3 (token_suffix)", "vLLM reasoning/hy_v3_reasoning_parser.py"),
    Family("<thinking>", "</thinking>", "Claude prompts, Reflection, distilled sets", "open-webui reasoning tags"),
    Family("<reasoning>", "</reasoning>", "Unsloth's and TRL's GRPO recipes", "open-webui reasoning tags"),
    Family("<reason>", "</reason>", "distilled sets", "open-webui reasoning tags"),
    Family("<thought>", "</thought>", "EXAONE Deep, Marco-o1, Gemini's OpenAI endpoint", "EXAONE-Deep model card"),
    Family(
        "<|begin_of_thought|>",
        "<|end_of_thought|>",
        "Sky-T1, OpenThoughts, Bespoke-Stratos",
        "NovaSky-AI/SkyThought skythought/tools/util/model_utils.py",
        ending="<|begin_of_solution|>",
    ),
    Family(
        "[THINK]",
        "[/THINK]",
        "Magistral 2507 and later, Ministral 3",
        "mistral-common SpecialTokens.begin_think; vllm#45359",
    ),
    Family("<seed:think>", "</seed:think>", "Seed-OSS", "vLLM parser/seed_oss.py"),
    Family("<mm:think>", "</mm:think>", "MiniMax-M3", "vLLM reasoning/minimax_m3_reasoning_parser.py"),
    Family("<longcat_think>", "</longcat_think>", "LongCat-Flash-Thinking", "mlx-lm tokenizer_utils.py"),
    Family("◁think▷", "◁/think▷", "Kimi-VL, Kimi-Dev", "SGLang srt/parser/reasoning_parser.py; open-webui#15682"),
    Family(
        "<|open|>think<|sep|>",
        "<|close|>think<|sep|>",
        "Kimi K3",
        "vLLM reasoning/kimi_k3_reasoning_parser.py",
        ending="<|open|>response<|sep|>",
    ),
    Family(
        "<|START_THINKING|>",
        "<|END_THINKING|>",
        "Command A Reasoning, North",
        "vLLM reasoning/cohere_command_reasoning_parser.py; Rapid-MLX#2171",
        ending="<|START_RESPONSE|>",
    ),
    Family(
        "<|channel>thought",
        "<channel|>",
        "Gemma 4",
        "vLLM parser/gemma4.py; trl/chat_templates/gemma4_v5.jinja",
        gap="",
    ),
    Family("<|think|>", "<|/think|>", "Gemma on LiteRT-LM", "kernel-ai-assistant#946"),
    Family("<ifm|think>", "</ifm|think>", "K2-Horizon", "vLLM reasoning/k2_horizon_reasoning_parser.py"),
    Family("<ifm|think_fast>", "</ifm|think_fast>", "K2-Horizon", "vLLM reasoning/k2_horizon_reasoning_parser.py"),
    Family("<ifm|think_faster>", "</ifm|think_faster>", "K2-Horizon", "vLLM reasoning/k2_horizon_reasoning_parser.py"),
    Family("<|plamo:begin_think:plamo|>", "<|plamo:end_think:plamo|>", "PLaMo 3", "vLLM parser/plamo3.py"),
    Family(
        "Here are my reasoning steps:",
        "[BEGIN FINAL RESPONSE]",
        "Apriel Thinker",
        "ServiceNow Apriel-1.6-15b-Thinker chat template, as llama.cpp tests it",
    ),
    Family(
        "Here is my thought process:",
        "Here is my response:",
        "Granite 3.2",
        "vLLM reasoning/granite_reasoning_parser.py (vllm#14202)",
        prose=True,
    ),
    Family(
        "Here's my thought process:",
        "Here's my response:",
        "Granite 3.2",
        "vLLM reasoning/granite_reasoning_parser.py (vllm#14202)",
        prose=True,
    ),
    Family("Thinking...", "...done thinking.", "`ollama run`, copied output", "ollama#11545", prose=True),
    Family("&lt;think&gt;", "&lt;/think&gt;", "exports that escaped the tags", "seen in scraped sets"),
)

ANSWERS = (
    ("<answer>", "</answer>", "Hunyuan-A13B, GLM-4.1V, AM-DeepSeek-R1-Distilled, R1-Zero's prompt"),
    ("<response>", "</response>", "Granite 3.3, Ernie 4.5"),
    ("<solution>", "</solution>", "GRPO recipes"),
    ("<output>", "</output>", "Marco-o1, Reflection"),
    ("<|begin_of_solution|>", "<|end_of_solution|>", "Sky-T1, OpenThoughts"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>", "Command A, trl/chat_templates/cohere2.jinja"),
    ("<|START_TEXT|>", "<|END_TEXT|>", "North (Rapid-MLX#2171), vLLM parser/cohere_command.py"),
    ("<|open|>response<|sep|>", "<|close|>response<|sep|>", "Kimi K3"),
    ("[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]", "Apriel Thinker"),
)
"""Marks round the whole answer, which are taken off."""

PROTOCOLS = (
    Protocol(
        "harmony",
        "<|channel|>",
        r"(?:<\|start\|>\s{0,4})?(?:assistant)?(?:\s{0,4}to=[^\s<]{1,80})?\s{0,4}(?<![`'\"])<\|channel\|>\s{0,4}"
        r"(?P<channel>analysis|commentary|final)(?:[^<\n]{0,80}(?:<\|constrain\|>[^<\n]{0,40})?<\|message\|>|\Z)",
        r"<\|(?:end|return|call)\|>|<\|start\|>(?:assistant)?",
        frozenset({"final"}),
        "<|channel|>analysis<|message|>",
        "openai/harmony docs/format.md; trl/chat_templates/gptoss.jinja",
    ),
    Protocol(
        "harmony, its special tokens skipped",
        "analysis",
        r"(?:^\s{0,8}(?:assistant)?|(?<![`'\"“])assistant)(?P<channel>analysis|commentary|final)"
        r"(?:\s{0,4}to=[^\s<]{1,80}(?:\s{0,4}(?:json|code)\b)?)?",
        r"(?!)",
        frozenset({"final"}),
        "",
        "llamafarm#753, maclocal-api#121, mlx-lm#1867",
    ),
    Protocol(
        "muse",
        "<|message|>",
        r"(?:<\|start\|>assistant)?\s{0,4}to=(?P<channel>self|user)<\|message\|>",
        r"<\|(?:eom|eot)\|>|<\|start\|>(?:assistant)?",
        frozenset({"user"}),
        "to=self<|message|>",
        "vLLM reasoning/muse_glimmer_reasoning_parser.py; trl/chat_templates/muse_glimmer.jinja",
    ),
    Protocol(
        "inkling",
        "<|content_",
        r"(?:<\|message_model\|>\s{0,4})?<\|content_(?P<channel>thinking|text)\|>",
        r"<\|(?:end_message|content_model_end_sampling|message_model)\|>",
        frozenset({"text"}),
        "<|content_thinking|>",
        "vLLM parser/inkling.py",
    ),
)

NOT_THOUGHTS = (
    r"a|abbr|article|aside|b|big|blockquote|body|br|button|center|code|col|d[dlt]|del|details|div|em|figure|font|footer|form"
    r"|h[1-6]|head|header|hr|html|i|img|input|ins|kbd|label|li|link|main|mark|math|meta|nav|ol|option|p|pre|q|root|s|samp"
    r"|script|section|select|small|span|strike|strong|style|su[bp]|summary|svg|t[dhr]|table|tbody|text|textarea|tfoot|thead"
    r"|title|u|ul|var|video|xml"
    r"|(?:final_?)?answer|response|solution|output|result|conclusion|steps?|tool_\w+|function\w*|code_block|python|boxed"
)
"""A pattern of the tags that open a reply without being a thought's."""

TURN_END = (
    r"(?:<\|(?:im_end|endoftext|end_of_text|eot_id|eom_id|eot|eom|end|return|END_OF_TURN_TOKEN)\|>"
    r"|<｜end▁of▁sentence｜>|</s>|<eos>|<end_of_turn>|<turn\|>)\Z"
)
"""A token that ends a turn, as some servers and exports leave it in the text."""

TURN_START = (
    r"(?:<s>|<bos>|<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>|<\|turn>|<\|assistant\|>|<｜Assistant｜>)?"
    r"\s{0,4}(?:assistant|model)?\s{0,4}(?:<\|end_header_id\|>)?\s*"
)
"""What a template writes before the assistant's text, as some exports leave it there."""
