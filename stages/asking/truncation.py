"""What is done about a reply that was cut off: never the same call again.

`reject` keeps it, to be rejected as truncated; `continue` lets the engine go on from where it was cut; `larger` asks
anew with more room. Either is tried once, and what it burns is counted in `spent_tokens`.
"""

from dataclasses import replace

from stages.engines.engine import Reply, Request


def second_try(request: Request, reply: Reply) -> Request | None:
    """Return the request that follows a reply, or None when there is to be none."""
    sampling = request.sampling
    room = sampling.larger_tokens
    if reply.finish_reason != "length" or sampling.on_truncated == "reject" or room is None:
        return None
    last = replace(sampling, on_truncated="reject", larger_tokens=None)
    if sampling.on_truncated == "larger":
        return replace(request, sampling=replace(last, max_tokens=room))
    return replace(
        request,
        sampling=replace(last, max_tokens=room - sampling.max_tokens),
        assistant_prefix=(request.assistant_prefix or "") + reply.text,
    )


def joined(first: Reply, second: Reply, *, continued: bool) -> Reply:
    """Return both tries as one reply; of a continued one the texts belong together, of a larger one only the second."""
    return replace(
        second,
        text=first.text + second.text if continued else second.text,
        tokens=first.tokens + second.tokens if continued else second.tokens,
        counted=second.counted and (first.counted or not continued),
        hidden_tokens=second.hidden_tokens + (first.hidden_tokens if continued else 0),
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        spent_tokens=first.spent_tokens + second.spent_tokens,
        cost=first.cost + second.cost,
        opened=first.opened if continued else second.opened,
        logprob=None,
    )
