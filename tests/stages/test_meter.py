from stages.asking.meter import Meter
from stages.engines.engine import Reply, RequestFailed


def test_what_one_counts_its_whole_counts_too() -> None:
    whole = Meter()
    parts = [Meter(whole=whole), Meter(whole=whole)]
    failure = RequestFailed("gave_up")
    failure.spent_tokens, failure.cost = 3, 0.5

    for part in parts:
        part.found()
        part.wanted()
        part.asked()
        part.spent(Reply("4", 2, "stop", prompt_tokens=5, spent_tokens=2, cost=0.25))
        part.spent(failure)
        part.ended()
    parts[0].wanted()

    assert (parts[0].calls, parts[0].replayed, parts[0].tokens, parts[0].waiting) == (1, 1, 5, 1)
    assert (whole.calls, whole.replayed, whole.in_flight, whole.waiting) == (2, 2, 0, 1)
    assert (whole.tokens, whole.prompt_tokens, whole.cost) == (10, 10, 1.5)
