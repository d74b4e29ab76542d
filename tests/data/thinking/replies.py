"""Replies as public reports describe them, in our own words and numbers: what is the reasoning, what the answer.

A row is (source, reply, reasoning, answer); the source names the report or the code that the form comes from.
"""

Replies = list[tuple[str, str, str | None, str | None]]

THINK_TAGS: Replies = [
    ("deepseek-ai/DeepSeek-R1 README", "<think>\n8*9 is 72.\n</think>\n\n**72**", "8*9 is 72.", "**72**"),
    ("FastGPT#3733", "<think>\n1+1 ...\n</think>\n\nIt is 2.", "1+1 ...", "It is 2."),
    ("ollama#11064", "<think>\nNo date known.\n</think>\n\nI cannot say.", "No date known.", "I cannot say."),
    ("xgrammar#823 (EXAONE 4)", "<think>3 and 4 is 7</think>\n\n7", "3 and 4 is 7", "7"),
    ("vllm#14202 (Granite 3.3)", "<think>2+2</think><response>4</response>", "2+2", "4"),
    ("sglang#7678 (Hunyuan-A13B)", "<think>\n5*5\n</think>\n<answer>\n25\n</answer>", "5*5", "25"),
    ("fastllm#550 (Hunyuan, fast)", "<answer>\n25\n</answer>", None, "25"),
    ("Roo-Code#678 (Azure's R1)", "<Think>\r\n7-2 = 5\r\n</Think>\r\n\r\n5", "7-2 = 5", "5"),
    ("gelab-zero#63 (two layers)", "<think>\na\n</think>\n\n<THINK>b</THINK>\n9", "a\n\nb", "9"),
    ("codefuse ernie, vllm ernie45", "<think>\n6/2\n</think>\n\n<response>\n3\n</response>\n", "6/2", "3"),
]

OPENED: Replies = [
    ("api-discussion#177 (R1 1776)", "Six sevens.\n</think>\n\n42", "Six sevens.", "42"),
    ("mlx-openai-server#179 (MiniMax-M2.1)", "A greeting.\n</think>\nHi!", "A greeting.", "Hi!"),
    ("DSpark#16 (DeepSeek-V4)", "17*23 is asked.\n3. Be brief.</think>391", "17*23 is asked.\n3. Be brief.", "391"),
    ("oh-my-pi#9684", "We sum: 4.\n</think>The sum is 4.", "We sum: 4.", "The sum is 4."),
    ("LifeOS#568", 'internal\n</think>{"ok": 1}', "internal", '{"ok": 1}'),
    ("Rapid-MLX#2171 (North)", "2+2.<|END_THINKING|><|START_TEXT|>4<|END_TEXT|>", "2+2.", "4"),
    (
        "OpenTranscribe#439 (Gemma 4)",
        "Scan the excerpts.\n<channel|>Not decided.",
        "Scan the excerpts.",
        "Not decided.",
    ),
    ("omlx#2649", "</think>a plan</think>the answer", "a plan", "the answer"),
    (
        "DeepMath-103K",
        "Hmm, 1.\n</think>\n\nThe limit is \\(\\boxed{1}\\).",
        "Hmm, 1.",
        "The limit is \\(\\boxed{1}\\).",
    ),
    ("skales#166 (Kimi)", "Maybe 3? No, 4.\n</think>\n\n4", "Maybe 3? No, 4.", "4"),
]

NEVER_ENDED: Replies = [
    ("sglang#4711", "<think>\nOkay, \\boxed{13}. Wait", "Okay, \\boxed{13}. Wait", None),
    ("imp#509", "<think>Let me check: 13", "Let me check: 13", None),
    ("smg#1816 (Magistral, truncated)", "[THINK]First, 12", "First, 12", None),
    ("EXAONE Deep, cut off", "<thought>\n12 and", "12 and", None),
    ("gpt-oss, cut off", "<|channel|>analysis<|message|>We need 6*7", "We need 6*7", None),
    ("gpt-oss, cut off, tokens skipped", "analysisWe need 6*7. So", "We need 6*7. So", None),
    ("OpenThoughts, cut off", "<|begin_of_thought|>\n\nSo 42?", "So 42?", None),
    ("interleaved, cut off", "<think>a</think>\nWait.\n<think>no, 42", "a\n\nWait.\n\nno, 42", None),
    ("Kimi-Dev, cut off", "◁think▷So it is 5", "So it is 5", None),
    ("Granite 3.2, cut off", "Here is my thought process:\n5 and 5", "5 and 5", None),
]

OTHER_TAGS: Replies = [
    ("Magistral card", "[THINK]4+4 = 8[/THINK]8", "4+4 = 8", "8"),
    ("Ministral, vllm-mlx#599", "[THINK]Okay, 17*23.[/THINK]391", "Okay, 17*23.", "391"),
    ("Roo-Code#8522", "[THINK]\nread the file\n[/THINK]\n\nDone: 3", "read the file", "Done: 3"),
    ("open-webui#16880 (Seed-OSS)", "<seed:think>\n9-4\n</seed:think>\n5", "9-4", "5"),
    ("cherry-studio#9498", "<seed:think>long</seed:think>short", "long", "short"),
    ("open-webui#15682 (Kimi-Dev)", "◁think▷1 and 1◁/think▷2", "1 and 1", "2"),
    ("sglang KimiDetector", "◁think▷◁/think▷The answer is 2.", "", "The answer is 2."),
    ("MiniMax-M3", "<mm:think>7*7</mm:think>49", "7*7", "49"),
    ("LongCat", "<longcat_think>\n3^2\n</longcat_think>\n9", "3^2", "9"),
    ("hy_v3 token_suffix", "<think:opensource>2^3</think:opensource>8", "2^3", "8"),
    (
        "SkyThought#37",
        "<|begin_of_thought|>\n\nt\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\ns\n\n<|end_of_solution|>",
        "t",
        "s",
    ),
    (
        "OpenThoughts, no end",
        "<|begin_of_thought|>\nt\n<|begin_of_solution|>\ns\n<|end_of_solution|>",
        "t",
        "s",
    ),
    ("Command A", "<|START_THINKING|>2*4<|END_THINKING|><|START_RESPONSE|>8<|END_RESPONSE|>", "2*4", "8"),
    ("hermes-agent#67632 (Gemma 4)", "<|channel>thought[sum]<channel|>Final 6", "[sum]", "Final 6"),
    ("raven#9 (Gemma 4)", "<|channel>thought\n1+5\n<channel|>6", "1+5", "6"),
    ("Gemma 4, thinking off", "<|channel>thought\n<channel|>6", "", "6"),
    (
        "Apriel",
        "Here are my reasoning steps:\n1. x\n[BEGIN FINAL RESPONSE]\nParis\n[END FINAL RESPONSE]<|end|>",
        "1. x",
        "Paris",
    ),
    ("Apriel, opened", "1. x\n[BEGIN FINAL RESPONSE]\nParis\n[END FINAL RESPONSE]", "1. x", "Paris"),
    (
        "ollama#8955 (Granite 3.2)",
        "Here is my thought process:\n\nCount r.\n\nHere is my response:\n\n**3**",
        "Count r.",
        "**3**",
    ),
    ("Granite 3.2, short", "Here's my thought process:\nCount.\nHere's my response:\n3", "Count.", "3"),
    ("EXAONE Deep", "<thought>\n2x = 4\n</thought>\n\nx is 2", "2x = 4", "x is 2"),
    ("Marco-o1", "<Thought>\nthree\n</Thought>\n<Output>\n3\n</Output>", "three", "3"),
    ("Unsloth GRPO", "<reasoning>\n4+1\n</reasoning>\n<answer>\n5\n</answer>\n", "4+1", "5"),
    ("copilot-helper#7", "<thinking>look</thinking>\nIt is 1.", "look", "It is 1."),
    ("Kimi K3", "<|open|>think<|sep|>m<|close|>think<|sep|><|open|>response<|sep|>n<|close|>response<|sep|>", "m", "n"),
    ("PLaMo 3", "<|plamo:begin_think:plamo|>m<|plamo:end_think:plamo|>n", "m", "n"),
    ("K2-Horizon", "<ifm|think_fast>m</ifm|think_fast>n", "m", "n"),
    ("ollama#11545 (ollama run)", "Thinking...\nOkay, 22.\n...done thinking.\n\nHaha: 22", "Okay, 22.", "Haha: 22"),
]

CHANNELS: Replies = [
    (
        "hermes-agent#62680",
        "<|start|>assistant<|channel|>analysis<|message|>1+1<|end|>\n"
        "<|start|>assistant<|channel|>final<|message|>2<|return|>",
        "1+1",
        "2",
    ),
    ("cuga-agent#672", "<|channel|>analysis<|message|>1+1<|end|><|channel|>final<|message|>2", "1+1", "2"),
    (
        "odysseus#4522",
        "<|channel|>analysis<|message|>look<|end|><|start|>assistant<|channel|>commentary "
        'to=functions.find <|constrain|>json<|message|>{"q": 1}<|call|><|start|>assistant<|channel|>final<|message|>7',
        'look\n\n{"q": 1}',
        "7",
    ),
    ("harmony format.md, final only", "<|channel|>final<|message|>2<|return|>", None, "2"),
    (
        "harmony, opened in analysis",
        "six by seven<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>",
        "six by seven",
        "42",
    ),
    ("harmony, header lost", "<|channel|>analysis<|message|>6*7<|end|>It is 42.<|return|>", "6*7", "It is 42."),
    ("mlx-lm#1867", "analysisThe user asks 9*9. Easy.assistantfinal81", "The user asks 9*9. Easy.", "81"),
    ("maclocal-api#121", "analysis2+2 = 4assistantfinalThe sum is **4**.", "2+2 = 4", "The sum is **4**."),
    (
        "llamafarm#753",
        'analysisNeed data.assistantcommentary to=functions.x json{"a": 1}assistantanalysisOk.assistantfinal3',
        'Need data.\n\n{"a": 1}\n\nOk.',
        "3",
    ),
    ("skipped, final only", 'assistantfinal{"x": 1}', None, '{"x": 1}'),
    ("think and assistantfinal", '<think>a</think>assistantfinal{"y": 2}', "a", '{"y": 2}'),
    ("prose that begins so", "analysis of the data shows 3", None, "analysis of the data shows 3"),
    ("Muse", "to=self<|message|>think<|eom|><|start|>assistant to=user<|message|>say<|eot|>", "think", "say"),
    ("Inkling", "<|content_thinking|>t<|end_message|><|message_model|><|content_text|>s<|end_message|>", "t", "s"),
    ("Inkling, no thought", "<|content_text|>s<|end_message|>", None, "s"),
]

SEVERAL: Replies = [
    ("dynamo#6422 (GLM-4.5)", "<think>a</think>\nfirst\n<think>b</think>\nlast", "a\n\nfirst\n\nb", "last"),
    ("vllm-mlx#402", "<think>a</think><think></think>42", "a", "42"),
    ("vllm-mlx#402, three", "<think>a</think>\n<think>b</think>\n<think>c</think>\n42", "a\n\nb\n\nc", "42"),
    ("answer between", "<think>a</think>\nThe answer is 42.\n<think>sure</think>", "a\n\nsure", "The answer is 42."),
    ("vllm#50978 (text in front)", "---\n<think>a</think>\n42", "---\n\na", "42"),
    ("langchain-nvidia#345", "Here is my take.<think>a</think>The answer.", "Here is my take.\n\na", "The answer."),
    ("doubled by the template", "<think>\n<think>\na\n</think>\n\n42", "a", "42"),
    ("doubled at both ends", "<think>\n<think>\na\n</think>\n</think>\n42", "a", "42"),
    ("ms-swift#7171, close first", "b</think>mid\n<think>a</think>42", "b\n\nmid\n\na", "42"),
    ("Qwen3, thinking off", "<think>\n\n</think>\n\nSo 42.", "", "So 42."),
    ("two families", "<think>\n<reasoning>\na\n</reasoning>\n</think>\n42", "a", "42"),
    ("opened again without a mark", "<think>a</think>\nSo 41?\n</think>\n\n42", "a\n\nSo 41?", "42"),
    ("closed twice in a line (ours)", "<think>\na</think>b</think>3", "a\n\nb", "3"),
]

QUOTED: Replies = [
    ("LifeOS#568, prose", "Use `<think>draft</think>` as the tag.", None, "Use `<think>draft</think>` as the tag."),
    ("unsloth#9107", "Use <think>like this</think> in XML.", None, "Use <think>like this</think> in XML."),
    ("Rapid-MLX#1778", "BEGIN <think> AFTER END", None, "BEGIN <think> AFTER END"),
    ("Rapid-MLX#1778, code", "BEGIN `</think>` AFTER END", None, "BEGIN `</think>` AFTER END"),
    (
        "llama.cpp#27661",
        "<think>\nIt strips `</think>` there.\nSo 2.\n</think>\n\n2",
        "It strips `` there.\nSo 2.",
        "2",
    ),
    ("inspect_ai#4385", "<think>Outer <think>inner</think> goes on</think>Seen", "Outer inner goes on", "Seen"),
    (
        "new-api#802",
        "<think>about tags</think>\n\nThe <think> tag opens it, the </think> tag ends it.",
        "about tags",
        "The <think> tag opens it, the </think> tag ends it.",
    ),
    (
        "code in the answer",
        "<think>x</think>\nWrite:\n```xml\n<think>\nhere\n</think>\n```\nDone.",
        "x",
        "Write:\n```xml\n<think>\nhere\n</think>\n```\nDone.",
    ),
    ("code in the reasoning", "<think>\n```xml\n</think>\n```\nso 3\n</think>\n3", "```xml\n\n```\nso 3", "3"),
    ("code left open in the reasoning", "<think>\n```python\nprint(3)\n</think>\n\n3", "```python\nprint(3)", "3"),
    (
        "another family's tag",
        "<think>Should I use <reasoning> or <answer>? No.</think>5",
        "Should I use <reasoning> or <answer>? No.",
        "5",
    ),
    ("Primer#109", "[THINK]they write </think> there[/THINK]5", "they write  there", "5"),
    (
        "spoken of in the reasoning",
        "<think>I end with </think> and go on. 4.</think>\n\n4",
        "I end with  and go on. 4.",
        "4",
    ),
    (
        "answer in tags within prose",
        "<think>x</think>So <answer>5</answer> is right.",
        "x",
        "So <answer>5</answer> is right.",
    ),
    ("closed by another's tag (ours)", "<think>\n6*7\n</thinking>\n\n42", "6*7", "42"),
    ("another's tag in prose (ours)", "<think>\nAnd </reasoning> is a tag", "And </reasoning> is a tag", None),
    ("a turn's tokens (ours)", "<|im_start|>assistant\n<think>\n6*7\n</think>\n42<|im_end|>", "6*7", "42"),
    ("DeepSeek's end of turn (ours)", "<think>x</think>\n\n4<｜end▁of▁sentence｜>", "x", "4"),
    (
        "a channel spoken of (ours)",
        "<|channel|>analysis<|message|>Use <|channel|>final then.<|end|><|start|>assistant<|channel|>final<|message|>4",
        "Use <|channel|>final then.",
        "4",
    ),
]

KINDS = {
    "think tags": THINK_TAGS,
    "opened by the template": OPENED,
    "never ended": NEVER_ENDED,
    "other tags": OTHER_TAGS,
    "channels": CHANNELS,
    "several thoughts": SEVERAL,
    "quoted marks": QUOTED,
}
