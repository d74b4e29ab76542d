"""Every text chat template that the installed TRL ships: the trained ids are those that a model writes."""

import re
from pathlib import Path
from typing import Any

import pytest
import trl
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl import chat_template_utils

from data.thinking.turn import write_turn
from sft.models.templates import template_of, training_template
from sft.rows.labels import IGNORED, Labels
from sft.rows.unfit import Unfit

FOLDER = Path(trl.__file__).parent / "chat_templates"
VISION = {"idefics3", "smolvlm", "llava_next"}
"""Their turns are lists of pieces, not text."""
QUESTION = "What is 2 + 3?"
THOUGHT = "Two and three\n\nmake five."
ANSWER = "The answer is \\boxed{5}."

AS_WRITTEN = "<think>\n{r}\n</think>\n\n{a}"
QWEN = ("<think>\n{r}\n</think>\n\n{a}<|im_end|>", "<think>\n\n</think>\n\n{a}<|im_end|>")
OPENED = ("{r}\n</think>\n\n{a}<|im_end|>", "\n</think>\n\n{a}<|im_end|>")
R1 = ("{r}\n</think>\n\n{a}<｜end▁of▁sentence｜>", "\n</think>\n\n{a}<｜end▁of▁sentence｜>")
GEMMA4 = ("<|channel>thought\n{r}\n<channel|>{a}<turn|>", "{a}<turn|>")
LFM25 = ("<think>{r}</think>{a}<|im_end|>", "{a}<|im_end|>")


def plain(end: str) -> tuple[str, str]:
    return AS_WRITTEN + end, "{a}" + end


TURNS: dict[str, tuple[str, str]] = {
    "cohere": plain("<|END_OF_TURN_TOKEN|>"),
    "cohere2": plain("<|END_RESPONSE|><|END_OF_TURN_TOKEN|>"),
    "deepseek_r1_distill": R1,
    "deepseekv3": R1,
    "diffusion_gemma": GEMMA4,
    "gemma": plain("<end_of_turn>"),
    "gemma3": plain("<end_of_turn>"),
    "gemma4": GEMMA4,
    "gemma4_v2": GEMMA4,
    "gemma4_v3": GEMMA4,
    "gemma4_v4": GEMMA4,
    "gemma4_v5": GEMMA4,
    "glm4moe": ("\n<think>{r}</think>\n{a}<|user|>", "\n<think></think>\n{a}<|user|>"),
    "gptoss": (
        "<|channel|>analysis<|message|>{r}<|end|><|start|>assistant<|channel|>final<|message|>{a}<|return|>",
        "<|channel|>final<|message|>{a}<|return|>",
    ),
    "lfm2": plain("<|im_end|>"),
    "lfm2_v2": plain("<|im_end|>"),
    "lfm2_2_5": LFM25,
    "lfm2_2_5_v2": LFM25,
    "lfm2_2_5_vl": LFM25,
    "llama3": plain("<|eot_id|>"),
    "llama3_1": plain("<|eot_id|>"),
    "llama3_2": plain("<|eot_id|>"),
    "muse_glimmer": (
        " to=self<|message|>{r}<|eom|><|start|>assistant to=user<|message|>{a}<|eot|>",
        " to=user<|message|>{a}<|eot|>",
    ),
    "nemotron_3_nano": ("{r}\n</think>\n{a}<|im_end|>", "\n</think>\n{a}<|im_end|>"),
    "nemotron_3_super": ("{r}\n</think>\n{a}<|im_end|>", "\n</think>\n{a}<|im_end|>"),
    "nemotron_3_ultra": ("{r}</think>{a}<|im_end|>", "</think>{a}<|im_end|>"),
    "nemotron_3_5_lightning": ("{r}</think>{a}<|im_end|>", "</think>{a}<|im_end|>"),
    "phi3": plain("<|end|>"),
    "phi3_5": plain("<|end|>"),
    "qwen2_5": plain("<|im_end|>"),
    "qwen2_5_vl": plain("<|im_end|>"),
    "qwen3": QWEN,
    "qwen3_5_nothink": ("", "{a}<|im_end|>"),
    "qwen3_5_think": OPENED,
    "qwen3_6": OPENED,
    "qwen3_8": OPENED,
    "qwen3_instruct_2507": plain("<|im_end|>"),
    "qwen3_vl": plain("<|im_end|>"),
}
"""By template: the turn with reasoning, behind the prompt that asks for it, and the one without; read by hand off the
templates and, where they drop the reasoning, off what the models reply. Without reasoning a model whose prompt opens it
says at once that it is done."""

ENDS = {
    "cohere": "<|END_OF_TURN_TOKEN|>",
    "cohere2": "<|END_OF_TURN_TOKEN|>",
    "glm4moe": "<|endoftext|>",
    "gptoss": "<|return|>",
    "muse_glimmer": "<|eot|>",
    "phi3": "<|end|>",
    "phi3_5": "<|end|>",
}
NO_SYSTEM = {"gemma"}
"""Refuse a system turn, and so does training."""
CONTROL = re.compile(
    r"<\|[^<>|'\"\s]{1,40}\|>|<\|[a-z_]{1,20}>|<[a-z_]{1,20}\|>|<｜[^<>｜]{1,40}｜>|<(?:start|end)_of_turn>"
)
TEXT = sorted(path.stem for path in FOLDER.glob("*.jinja") if not path.stem.endswith("_training"))


def tokenizer_of(name: str, end: str | None = None) -> Any:
    """Return a tokenizer of bytes with this template and end, whose marks are tokens of their own."""
    template = (FOLDER / f"{name}.jinja").read_text("utf-8")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({letter: at for at, letter in enumerate(letters)}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    turns = "".join(TURNS.get(name, ()))
    marks = sorted({*CONTROL.findall(template), *CONTROL.findall(turns), "<bos>", *([end] if end else [])})
    inner.add_special_tokens([AddedToken(mark, normalized=False) for mark in marks])
    inner.add_tokens([AddedToken(mark, normalized=False) for mark in ("<think>", "</think>")])
    end = end or ENDS.get(name) or next(mark for mark in reversed(CONTROL.findall(turns or "<|im_end|>")))
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<bos>", eos_token=end, chat_template=template)


def row(reasoning: str | None, *, system: str | None = None, args: str | None = None) -> dict[str, Any]:
    turns = [{"role": "system", "content": system}] if system else []
    return {
        "trace_id": "t",
        "prompt": [*turns, {"role": "user", "content": QUESTION}],
        "completion": [{"role": "assistant", "content": write_turn(reasoning, ANSWER)}],
        "template_args": args,
    }


def trained(name: str, one: dict[str, Any], **args: Any) -> tuple[str, str]:
    """Return the given and the learned of a row as text, once its ids were seen to be those of both apart."""
    tokenizer = tokenizer_of(name)
    asked = tokenizer.apply_chat_template(one["prompt"], tokenize=False, add_generation_prompt=True, **args)
    found = Labels(tokenizer, frozenset({tokenizer.eos_token})).of(one)
    begin = next(at for at, label in enumerate(found.labels) if label != IGNORED)

    assert found.input_ids[:begin] == tokenizer(asked, add_special_tokens=False)["input_ids"]
    assert found.labels[begin:] == found.input_ids[begin:]
    text = tokenizer.decode(found.input_ids[begin:], skip_special_tokens=False, clean_up_tokenization_spaces=False)
    assert found.input_ids[begin:] == tokenizer(text, add_special_tokens=False)["input_ids"]
    return asked, text


TRAINED_BY = sorted(path.stem for path in FOLDER.glob("*_training.jinja") if path.stem[:-9] in TURNS)


@pytest.mark.parametrize("name", [name for name in TRAINED_BY if TURNS[name[:-9]][0]])
def test_a_training_template_of_trl_that_a_run_names_gives_the_turn_of_the_models_own(name: str) -> None:
    tokenizer = tokenizer_of(name[:-9])
    own = Labels(tokenizer, frozenset({tokenizer.eos_token})).of(row(THOUGHT))
    tokenizer.chat_template = template_of(name)

    named = Labels(tokenizer, frozenset({tokenizer.eos_token})).of(row(THOUGHT))

    assert (named.input_ids, named.labels) == (own.input_ids, own.labels)


@pytest.mark.parametrize("name", TRAINED_BY)
def test_a_turn_is_read_off_the_training_template_that_trl_gives(name: str) -> None:
    tokenizer = tokenizer_of(name[:-9])

    assert training_template(tokenizer.chat_template) == chat_template_utils.get_training_chat_template(tokenizer)


def test_a_template_that_trl_does_not_know_has_no_training_template() -> None:
    assert training_template("{{ messages[0]['content'] }}") is None


def test_every_template_is_known_here() -> None:
    assert set(TEXT) - VISION == set(TURNS)


@pytest.mark.parametrize("name", [name for name in TURNS if TURNS[name][0]])
def test_a_turn_with_reasoning(name: str) -> None:
    _, text = trained(name, row(THOUGHT))

    assert text == TURNS[name][0].format(r=THOUGHT, a=ANSWER)


@pytest.mark.parametrize("name", TURNS)
def test_a_turn_without_reasoning(name: str) -> None:
    _, text = trained(name, row(None))

    assert text == TURNS[name][1].format(a=ANSWER)


@pytest.mark.parametrize("name", [name for name in TURNS if TURNS[name][0]])
def test_a_turn_behind_a_system_turn(name: str) -> None:
    one = row(THOUGHT, system="You are careful.")
    if name in NO_SYSTEM:
        with pytest.raises(Unfit, match="System role not supported"):
            trained_ids(name, one)
        return

    asked, text = trained(name, one)

    assert "You are careful." in asked
    assert text == TURNS[name][0].format(r=THOUGHT, a=ANSWER)


def trained_ids(name: str, one: dict[str, Any]) -> list[int]:
    tokenizer = tokenizer_of(name)
    return Labels(tokenizer, frozenset({tokenizer.eos_token})).of(one).input_ids


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in TURNS
        if name
        in {"deepseek_r1_distill", "deepseekv3"}
        | {one for one in TURNS if TURNS[one] is OPENED or one.startswith("nemotron")}
    ],
)
def test_a_prompt_that_opens_the_thought_is_not_opened_twice(name: str) -> None:
    asked, text = trained(name, row(THOUGHT))

    assert asked.endswith("<think>\n")
    assert "<think>" not in text
    assert text.count("</think>") == 1


NOT_THINKING = {
    "glm4moe": "\n{a}<|user|>",
    "nemotron_3_5_lightning": "{a}<|im_end|>",
    "nemotron_3_nano": "{a}<|im_end|>",
    "nemotron_3_super": "{a}<|im_end|>",
    "nemotron_3_ultra": "{a}<|im_end|>",
    "qwen3": "{a}<|im_end|>",
    "qwen3_5_think": "{a}<|im_end|>",
    "qwen3_6": "{a}<|im_end|>",
    "qwen3_8": "{a}<|im_end|>",
}
"""Templates whose `enable_thinking: false` closes the thought in the prompt."""


@pytest.mark.parametrize("name", NOT_THINKING)
def test_template_arguments_of_the_row_reach_the_prompt(name: str) -> None:
    one = row(None, args='{"enable_thinking": false}')

    asked, text = trained(name, one, enable_thinking=False)

    assert asked.rstrip().endswith("</think>")
    assert text == NOT_THINKING[name].format(a=ANSWER)


@pytest.mark.parametrize("name", [*NOT_THINKING, "qwen3_5_nothink"])
def test_reasoning_behind_a_prompt_that_has_closed_it_is_refused(name: str) -> None:
    one = row(THOUGHT, args='{"enable_thinking": false}')

    with pytest.raises(Unfit) as told:
        trained_ids(name, one)

    assert told.value.reason == "prompt_closes_thought"


@pytest.mark.parametrize("name", sorted(VISION))
def test_a_template_of_pictures_is_refused(name: str) -> None:
    with pytest.raises(Unfit) as told:
        trained_ids(name, row(THOUGHT))

    assert told.value.reason == "template"
