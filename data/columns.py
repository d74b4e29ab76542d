"""Every column, declared once with its type and its meaning (`docs/columns.md` is made from this file)."""

import pyarrow as pa

MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])
"""One turn of a chat."""

SEGMENT = pa.struct(
    [
        ("text", pa.string()),
        ("role", pa.string()),
        ("kind", pa.string()),
        ("train", pa.bool_()),
        ("weight", pa.float64()),
    ]
)
"""A stretch of a training row: what it is, whether it is trained and how much it weighs."""

GROUP_STATS = pa.struct(
    [
        ("n", pa.int64()),
        ("n_finished", pa.int64()),
        ("pass_rate", pa.float64()),
        ("mean", pa.float64()),
        ("min", pa.int64()),
        ("max", pa.int64()),
        ("std", pa.float64()),
    ]
)
"""A problem's samples: how many, how many finished, the share correct, and the reply tokens of the correct ones.

Where a race cut siblings short, what they would have been is not known: `pass_rate`, `mean`, `max`, `std` are null."""

STEP = pa.struct(
    [
        ("text", pa.string()),
        ("kind", pa.string()),
        ("tokens", pa.int32()),
        ("author", pa.string()),
        ("logprob", pa.float64()),
        ("score", pa.float64()),
        ("node", pa.string()),
        ("visits", pa.int32()),
        ("wins", pa.float64()),
    ]
)
"""A piece of a reply that was drawn in pieces.

`kind` is thought, injected, feedback, probe or answer; thought, injected and answer, joined, are the reply. `author` is
the role of the engine that wrote it; `node`, `visits` and `wins` are its place in a search tree."""

MEASURE = pa.struct([("name", pa.string()), ("value", pa.float64())])
"""A named figure of a row."""

VOTES = pa.struct([("winner", pa.int64()), ("runner_up", pa.int64()), ("cast", pa.int64()), ("samples", pa.int64())])
"""A vote over a problem's samples: for the winner, for the next answer, votes cast, and samples drawn."""


def column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    """Declare a column; its meaning travels in the schema."""
    return pa.field(name, kind, metadata={"meaning": meaning})


# problems
PROBLEM_ID = column("problem_id", pa.string(), "SHA-256 (first 20 hex) of question and gold")
SOURCE = column("source", pa.string(), "where the problem comes from: file, dataset id or task, with its revision")
QUESTION = column("question", pa.string(), "the problem as it is asked")
GOLD = column("gold", pa.string(), "the right answer; null where none is known")
ANSWER_KIND = column("answer_kind", pa.string(), "what the gold is: integer, expression, choice, boolean, text ...")
TOLERANCE = column("tolerance", pa.float64(), "how far a number may lie from the gold and be right; null mostly")
DIFFICULTY = column("difficulty", pa.string(), "the source's own grade of difficulty; null where there is none")
EXPECTED_TOKENS = column(
    "expected_tokens",
    pa.int64(),
    "how long a reply is expected to be; null where nothing tells; longest are asked first",
)
META = column("meta", pa.string(), "further fields of the source, as a JSON object")

# traces
TRACE_ID = column("trace_id", pa.string(), "SHA-256 (first 20 hex) of problem, method, prompt, sample and text")
METHOD = column("method", pa.string(), "the method that made the row; `imported` for traces read from a file")
PROMPT_ID = column("prompt_id", pa.string(), "which prompt asked: zero_shot, few_shot, imported ...")
SAMPLE = column("sample", pa.int64(), "index of the sample among those of its problem and prompt")
PARAMS = column(
    "params",
    pa.string(),
    "sampling parameters as a JSON object; `engine` in it: settings of the engine that change replies",
)
SEED = column("seed", pa.int64(), "the seed of this sample")
PROMPT = column(
    "prompt",
    pa.list_(MESSAGE),
    "the turns that put the problem to a model: rendered once, or the source's own; of a training row, what the "
    "trained model is given",
)
TEMPLATE_ARGS = column(
    "template_args",
    pa.string(),
    "arguments of the model's chat template, as a JSON object; null for none",
)
ASKED = column(
    "asked",
    pa.list_(MESSAGE),
    "the turns that were sent, where worked examples, wishes or another wording made them differ from the plain "
    "prompt; null where they did not, and for traces nobody sampled here",
)
REPLY = column("reply", pa.string(), "the model's whole reply, as it came; reasoning from a field of its own in front")
REASONING = column(
    "reasoning",
    pa.string(),
    "what the reply says between its marks of thought, without them; null where it has none",
)
ANSWER = column(
    "answer",
    pa.string(),
    "what the reply says after its reasoning; all of it where it has no marks; null where the thought never ended",
)
COT = column("cot", pa.string(), "the chain of thought: `reasoning`, or `answer` where that is empty or null")
STEPS = column("steps", pa.list_(STEP), "the pieces the reply was drawn in; null where it was drawn in one")
SCORE = column("score", pa.float64(), "what a reward model or judge gave the reply; null where none was asked")
FINAL_ANSWER = column("final_answer", pa.string(), "the answer found in the reply; null where none was found")
ANSWER_RULE = column("answer_rule", pa.string(), "which rule found the answer, and which decided the verdict")
VERDICT = column(
    "verdict",
    pa.string(),
    "correct, incorrect or undecided; kept_answer where there is no gold and the trace's own answer stayed; null for a "
    "reply that was cancelled",
)
VERDICT_REASON = column("verdict_reason", pa.string(), "why, in a countable word or two; empty when plain")
CHECKER = column(
    "checker", pa.string(), "who gave the verdict: the version of the answer checker, or judge:<model>@<revision>"
)
COT_TOKENS = column("cot_tokens", pa.int64(), "tokens of `cot` in `tokenizer`")
REPLY_TOKENS = column("reply_tokens", pa.int64(), "tokens of the whole reply, as the engine or `tokenizer` counts")
FINISH_REASON = column(
    "finish_reason",
    pa.string(),
    "stop, length, cancelled (a race it could not win) or pruned (a search gave it up)",
)
SPENT_TOKENS = column("spent_tokens", pa.int64(), "all tokens burnt for this row, failures and retries included")
MODEL = column("model", pa.string(), "the model that replied")
MODEL_REVISION = column("model_revision", pa.string(), "its revision or weight digest")
TOKENIZER = column("tokenizer", pa.string(), "name and revision of the tokenizer that counted")

# variants
FROM_TRACE_ID = column("from_trace_id", pa.string(), "the trace this row was made from; null for a sampled one")
CONTROL_KIND = column(
    "control_kind", pa.string(), "ratio_kept, ratio_removed, level, budget, steps, alpha, mode, tokens or none"
)
CONTROL_VALUE = column("control_value", pa.float64(), "the value of that control; null for none")
KEPT_RATIO = column(
    "kept_ratio",
    pa.float64(),
    "cot_tokens / from_tokens: what is left of the original; of a chain that was cut, the tokens of its reasoning "
    "alone, without the statement of the answer",
)
FROM_TOKENS = column("from_tokens", pa.int64(), "tokens of the original chain of thought, in `tokenizer`")
UNITS_KEPT_RATIO = column("units_kept_ratio", pa.float64(), "the scorer's units kept / all of the original's")
KEPT_SPANS = column(
    "kept_spans",
    pa.list_(pa.int32()),
    "begin and end, in characters of the original `cot`, of each stretch that was kept; null where none were cut out",
)
SHORTENED_BY = column("shortened_by", pa.string(), "the scorer, rewriter or rule that made it shorter, with revision")
PROMPT_SHA = column("prompt_sha", pa.string(), "SHA-256 of the prompt text that asked for a rewriting; else null")
VOTE = column("vote", VOTES, "the vote that chose the answer; null where none was held")
TOKEN_COMPLEXITY = column(
    "token_complexity",
    pa.int64(),
    "fewest `reply_tokens` at which any prompt still solved the problem; null where none did, or none was looked for",
)
REMARKS = column("remarks", pa.list_(pa.string()), "countable remarks about a row that stays: ratio_unreachable ...")

# training rows
COMPLETION = column("completion", pa.list_(MESSAGE), "the turn it learns to give")
MESSAGES = column("messages", pa.list_(MESSAGE), "the whole conversation: `prompt`, then `completion`")
SEGMENTS = column("segments", pa.list_(SEGMENT), "the completion in stretches; empty when all of it is trained")
ADDED_TOKENS = column("added_tokens", pa.list_(pa.string()), "tokens the row needs that the base lacks")
GROUP = column("group", GROUP_STATS, "statistics of the problem's samples")
MEASURES = column("measures", pa.list_(MEASURE), "named figures of the row, for selecting; null where none were taken")
ADVANTAGE = column("advantage", pa.float64(), "the row's reward against its group's; null where none was computed")

# between stages, in no dataset
UNIT_SCORES = column("unit_scores", pa.list_(pa.float64()), "how much each unit of the reasoning matters")

# bookkeeping
DROPPED = column("dropped", pa.string(), "why the row left; null while it stays")
DETAIL = column("detail", pa.string(), "what a person needs to mend a dropped row; null mostly")

PROBLEMS = (PROBLEM_ID, SOURCE, QUESTION, GOLD, ANSWER_KIND, TOLERANCE, DIFFICULTY, EXPECTED_TOKENS, META)
"""The columns of a problem."""

TRACES = (
    *PROBLEMS,
    TRACE_ID,
    METHOD,
    PROMPT_ID,
    SAMPLE,
    PARAMS,
    SEED,
    PROMPT,
    TEMPLATE_ARGS,
    ASKED,
    REPLY,
    REASONING,
    ANSWER,
    COT,
    STEPS,
    SCORE,
    FINAL_ANSWER,
    ANSWER_RULE,
    VERDICT,
    VERDICT_REASON,
    CHECKER,
    COT_TOKENS,
    REPLY_TOKENS,
    FINISH_REASON,
    SPENT_TOKENS,
    MODEL,
    MODEL_REVISION,
    TOKENIZER,
)
"""The columns of a trace: its problem's, and its own."""

TRAINING = (
    *TRACES,
    FROM_TRACE_ID,
    CONTROL_KIND,
    CONTROL_VALUE,
    KEPT_RATIO,
    FROM_TOKENS,
    UNITS_KEPT_RATIO,
    KEPT_SPANS,
    SHORTENED_BY,
    PROMPT_SHA,
    VOTE,
    TOKEN_COMPLEXITY,
    REMARKS,
    COMPLETION,
    MESSAGES,
    SEGMENTS,
    ADDED_TOKENS,
    GROUP,
    MEASURES,
    ADVANTAGE,
)
"""The columns of a row of an emitted dataset."""
