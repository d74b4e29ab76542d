"""A verified trace as the stages that rewrite it meet it, for tests."""

from typing import Any

from data.prompts.template import Template
from data.thinking.turn import read_turn
from stages.check_answer import verdict
from stages.replies.split_reply import chain_of_thought
from stages.tokens import load_tokenizer

WORDS = load_tokenizer("words")
QUESTION = "Tom has 15 coins. Tom finds 8 more coins. He loses 3 coins. How many coins does Tom have now?"
LONG = """Let me follow this step by step, 2 things happen.

Tom finds 8 more coins, so 15 + 8 = 23. Now there are 23.
Tom loses 3 coins, so 23 - 3 = 20. Now there are 20.
So the answer is 20.

Let me check this: 15 + 8 = 23, 23 - 3 = 20. The answer is 20 again."""
SHORT = "15 + 8 = 23, 23 - 3 = 20."


def marked(cot: str, answer: str = "20") -> str:
    """A reply with its chain_of_thought between marks."""
    return f"<think>\n{cot}\n</think>\n\nThe answer is \\boxed{{{answer}}}."


def trace(reply: str = marked(LONG), question: str = QUESTION, gold: str = "20", **more: Any) -> dict[str, Any]:
    """A row of a trace that was checked, `more` put over its columns."""
    cot, turn = chain_of_thought(reply), read_turn(reply)
    return {
        "problem_id": "p1",
        "trace_id": "t1",
        "method": "sampled",
        "question": question,
        "gold": gold,
        "answer_kind": None,
        "prompt": Template().turns(question),
        "template_args": None,
        "reply": reply,
        "reasoning": turn.reasoning,
        "answer": turn.answer,
        "reply_tokens": 1,
        "cot": cot,
        "cot_tokens": WORDS.count([cot])[0],
        "final_answer": verdict(reply, gold, None, "stop").extracted,
        "spent_tokens": 100,
        **more,
    }
