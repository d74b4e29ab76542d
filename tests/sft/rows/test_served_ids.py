"""What is trained is what vLLM has written: its own record of the ids, prompt and reply."""

from typing import Any

import httpx
import pytest

from data.prompts.wording import question_prompt
from tests.sft.served import Served, check_what_is_trained
from tests.sft.small import labels_of

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("system", [None, "Be brief."])
def test_the_trained_ids_are_those_that_vllm_records(vllm_address: str, tokenizer: Any, system: str | None) -> None:
    for number in range(6):
        user = {"role": "user", "content": question_prompt(f"What is {number + 3} + {number + 4}?")}
        prompt = [*([{"role": "system", "content": system}] if system else []), user]
        asked = {"model": "pocket", "messages": prompt, "temperature": 0, "max_tokens": 400, "return_token_ids": True}
        told = httpx.post(f"{vllm_address}/v1/chat/completions", json=asked, timeout=120).json()
        (choice,) = told["choices"]
        served = Served(prompt, choice["message"]["content"], told["prompt_token_ids"], choice["token_ids"])

        assert choice["finish_reason"] == "stop"
        check_what_is_trained(labels_of(tokenizer), served)
