from dataclasses import replace

from stages.engines.chat import Chat
from stages.engines.engine import Message, Request, Sampling
from tests.stages.engines.tiny_model import tiny_tokenizer

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
