import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import EngineError
from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.local.chat import BadTemplate, Chat
from stages.engines.local.local import Local
from tests.stages.engines.tiny_model import TEMPLATE, tiny_tokenizer

MESSAGES = (Message("system", "Be brief."), Message("user", "2 + 3?"))

ASKED = Request(MESSAGES, Sampling(), seed=1)


def encode(text: str) -> list[int]:
    ids: list[int] = tiny_tokenizer().encode(text, add_special_tokens=False)
    return ids


def test_renders_a_chat_up_to_the_opening_of_the_reply() -> None:
    ids = Chat(tiny_tokenizer()).encode(ASKED).ids

    assert list(ids) == encode("<s>[system]Be brief.[user]2 + 3?[assistant]")


def test_sets_a_prefix_where_the_reply_begins() -> None:
    ids = Chat(tiny_tokenizer()).encode(replace(ASKED, assistant_prefix="<think>\nFirst")).ids

    assert list(ids) == encode("<s>[system]Be brief.[user]2 + 3?[assistant]<think>\nFirst")


def test_keeps_marks_of_thought_in_the_text() -> None:
    chat = Chat(tiny_tokenizer())

    text = chat.decode(encode("[assistant]"), encode("<think>so</think> 5"), cut=False)

    assert text == "<think>so</think> 5"


def test_keeps_a_leading_space() -> None:
    chat = Chat(tiny_tokenizer())

    assert chat.decode(encode("[assistant]"), encode(" five"), cut=False) == " five"


def test_an_empty_reply_is_an_empty_text() -> None:
    assert Chat(tiny_tokenizer()).decode(encode("[assistant]"), [], cut=False) == ""


QWEN3 = TEMPLATE.replace(
    "[assistant]",
    "[assistant]{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}",
)
"""As Qwen3's own: no thinking is an empty thought in the prompt."""
QWEN3_5 = TEMPLATE.replace(
    "[assistant]", "[assistant]{% if enable_thinking is false %}<think></think>{% else %}<think>\n{% endif %}"
)
"""As QwQ, R1-Distill and Qwen3.5: the prompt ends inside the thought."""
DEEPSEEK_3_1 = TEMPLATE.replace("[assistant]", "[assistant]{% if thinking %}<think>{% else %}</think>{% endif %}")
GPT_OSS = "Reasoning: {{ reasoning_effort | default('medium') }}" + TEMPLATE
GRANITE = "{% if thinking %}Respond with your thoughts.{% endif %}" + TEMPLATE
HARMONY = TEMPLATE.replace("[assistant]", "<|start|>assistant<|channel|>analysis<|message|>")
MAGISTRAL = TEMPLATE.replace("[assistant]", "[assistant][THINK]")


def chat_with(template: str, **settings: Any) -> Chat:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = template
    return Chat(tokenizer, **settings)


def rendered(chat: Chat, **changes: Any) -> str:
    text: str = tiny_tokenizer().decode(list(chat.encode(replace(ASKED, **changes)).ids))
    return text.rpartition("[user]")[2].removeprefix("2 + 3?")


@pytest.mark.parametrize(
    ("template", "arguments", "end", "opened"),
    [
        (TEMPLATE, {}, "[assistant]", False),
        (QWEN3, {}, "[assistant]", False),  # Qwen3: QwenLM/Qwen3 README
        (QWEN3, {"enable_thinking": True}, "[assistant]", False),
        (QWEN3, {"enable_thinking": False}, "[assistant]<think>\n\n</think>\n\n", False),
        (QWEN3_5, {}, "[assistant]<think>\n", True),  # trl#5824, ray#56384
        (QWEN3_5, {"enable_thinking": False}, "[assistant]<think></think>", False),
        (DEEPSEEK_3_1, {}, "[assistant]</think>", False),  # sglang#9488, vllm#25234
        (DEEPSEEK_3_1, {"thinking": True}, "[assistant]<think>", True),
        (HARMONY, {}, "<|start|>assistant<|channel|>analysis<|message|>", True),
        (MAGISTRAL, {}, "[assistant][THINK]", True),
    ],
)
def test_a_switch_of_the_template_is_seen_by_the_model(
    template: str, arguments: dict[str, Any], end: str, opened: bool
) -> None:
    chat = chat_with(template)

    assert rendered(chat, template_args=arguments) == end
    assert chat.encode(replace(ASKED, template_args=arguments)).opened is opened


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_an_effort_is_seen_by_the_model(effort: str) -> None:  # gpt-oss, llama.cpp#15130
    ids = chat_with(GPT_OSS).encode(replace(ASKED, template_args={"reasoning_effort": effort})).ids

    assert tiny_tokenizer().decode(list(ids)).startswith(f"Reasoning: {effort}")


@pytest.mark.parametrize(
    ("template", "arguments", "told"),
    [
        (DEEPSEEK_3_1, {"enable_thinking": False}, r"\['enable_thinking'\].*reads \['thinking'\]"),  # sglang docs
        (GRANITE, {"enable_thinking": True}, r"reads \['thinking'\]"),  # mlx-examples#1264
        (QWEN3, {"thinking": False}, r"reads \['enable_thinking'\]"),
        (GPT_OSS, {"enable_thinking": False}, r"reads \['reasoning_effort'\]"),
        (TEMPLATE, {"reasoning_effort": "low"}, "reads none"),  # llama.cpp#27023: Gemma has no levels
    ],
)
def test_a_switch_that_the_template_does_not_have_is_refused(
    template: str, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(EngineError, match=told):
        chat_with(template).encode(replace(ASKED, template_args=arguments))


@pytest.mark.parametrize(
    "name", ["tokenize", "add_generation_prompt", "chat_template", "tools", "messages", "conversation"]
)
def test_an_argument_never_takes_the_place_of_the_renderers_own(name: str) -> None:
    with pytest.raises(RequestFailed, match=name) as failure:
        chat_with(TEMPLATE).encode(replace(ASKED, template_args={name: "{{ 1 }}"}))

    assert failure.value.reason == "bad_template"


@pytest.mark.parametrize(
    ("prefix", "opened"),
    [("Two and", False), ("<think>\nFirst", True), ("<think>\nFirst\n</think>\n\nThe", False)],
)
def test_a_prefix_may_open_a_thought_or_end_one(prefix: str, opened: bool) -> None:
    assert chat_with(TEMPLATE).encode(replace(ASKED, assistant_prefix=prefix)).opened is opened


@pytest.mark.parametrize(
    ("prefix", "opened"), [("Two and", True), ("First\n</think>\n\nThe", False), ("<think>First", True)]
)
def test_a_prefix_goes_on_in_the_thought_that_the_template_opened(prefix: str, opened: bool) -> None:
    assert chat_with(QWEN3_5).encode(replace(ASKED, assistant_prefix=prefix)).opened is opened


def test_a_question_that_speaks_of_marks_opens_nothing() -> None:
    asked = replace(ASKED, messages=(Message("user", "What does <think> mean? <think>"),))

    assert chat_with(TEMPLATE).encode(asked).opened is False


LOOPS = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ raise_exception('System role not supported') }}", "System role not supported"),  # Gemma 2
        (
            "{% for m in messages %}{% if m.role == 'system' %}{{ m.content.nothing.more }}{% endif %}{% endfor %}",
            "nothing",
        ),
        ("{{ messages[7].content }}", "no element 7"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        (LOOPS, "has not ended"),
        ("{% macro f(x) %}{{ f(x + 1) }}{% endmacro %}{{ f(1) }}", "RecursionError"),
    ],
)
def test_a_template_that_fails_or_loops_fails_the_request_in_one_line(template: str, told: str) -> None:
    with pytest.raises(RequestFailed, match=told) as failure:
        chat_with(template, seconds=0.5).encode(ASKED)

    assert failure.value.reason == "bad_template"
    assert "\n" not in failure.value.detail
    assert not [thread for thread in threading.enumerate() if thread.name == "chat-template"]


def test_a_model_without_a_template_is_found_out_before_anything_is_asked() -> None:
    with pytest.raises(BadTemplate, match="chat_template"):
        chat_with(None).check()  # type: ignore[arg-type]


def test_keeps_prompts_by_the_bytes_that_they_take() -> None:
    chat = chat_with(TEMPLATE, kept_bytes=40_000)
    long = [replace(ASKED, messages=(Message("user", str(n) * 4000),)) for n in range(8)]
    short = [replace(ASKED, messages=(Message("user", str(n)),)) for n in range(200)]

    kept = [chat.encode(request) for request in (*long, *short)]

    assert [chat.encode(request) is was for request, was in zip(short, kept[8:], strict=True)] == [True] * 200
    assert chat.encode(long[0]) is not kept[0], "4,000 tokens are 16 kB: no more than two of these are kept"


def test_other_arguments_and_other_beginnings_are_other_prompts() -> None:
    chat = chat_with(QWEN3)
    asked = [ASKED, replace(ASKED, template_args={"enable_thinking": False}), replace(ASKED, assistant_prefix="So")]
    asked.append(replace(ASKED, messages=(Message("system", "Be brief.[user]2 + 3?"),)))
    asked.append(replace(ASKED, messages=(Message("user", "Be brief."), Message("user", "2 + 3?"))))

    assert len({bytes(chat.encode(request).ids) + str(n).encode() for n, request in enumerate(asked)}) == 5
    assert [chat.encode(request) for request in asked] == [chat_with(QWEN3).encode(request) for request in asked]


@pytest.mark.parametrize(
    ("template", "told"), [("{{ raise_exception('no chats') }}", "no chats"), (None, "chat_template")]
)
async def test_a_local_engine_is_refused_before_its_weights_are_loaded(
    tmp_path: Path, template: str | None, told: str
) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "model.safetensors").write_bytes(b"never read")

    with pytest.raises(EngineError, match=told) as error:
        await Local(model=str(tmp_path)).start()

    assert "chat_template.jinja" in str(error.value)
