import pytest

from data.errors import EngineError
from stages.engines.remote.retry import Patience, Refused, Retry, wait_seconds

RETRY = Retry(backoff_seconds=1.0, max_backoff_seconds=10.0, give_up_requests=3, give_up_seconds=60.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_waits_twice_as_long_every_time_up_to_the_longest() -> None:
    waits = [[wait_seconds(RETRY, failed, None, str(n)) for n in range(500)] for failed in (1, 2, 3, 4, 5, 500)]

    for longest, drawn in zip([1, 2, 4, 8, 10, 10], waits, strict=True):
        assert longest / 2 <= min(drawn) < 0.55 * longest
        assert 0.95 * longest < max(drawn) <= longest


def test_requests_that_failed_together_do_not_come_back_together() -> None:
    waits = {wait_seconds(RETRY, 1, 5.0, str(n)) for n in range(100)}

    assert len(waits) == 100


def test_the_same_request_waits_the_same_in_every_run() -> None:
    assert wait_seconds(RETRY, 3, None, "a") == wait_seconds(RETRY, 3, None, "a")


@pytest.mark.parametrize("asked", [0.0, 0.5, 300.0])
def test_never_comes_back_sooner_than_the_server_asked(asked: float) -> None:
    waits = [wait_seconds(RETRY, 1, asked, str(n)) for n in range(100)]

    assert asked <= min(waits)
    assert max(waits) <= 1.1 * asked


def test_gives_up_after_so_many_failed_requests_in_a_row() -> None:
    patience = Patience(RETRY, "https://host/v1")
    patience.request_failed("http_500")
    patience.request_failed("http_500")
    patience.request_done()
    patience.request_failed("http_500")
    patience.request_failed("http_500")
    patience.check()

    with pytest.raises(EngineError, match=r"https://host/v1 failed 3 requests in a row .last: http_502"):
        patience.request_failed("http_502")
    with pytest.raises(EngineError, match="http_502"):
        patience.check()


def test_gives_up_when_nothing_came_for_too_long() -> None:
    clock = Clock()
    patience = Patience(RETRY, "https://host/v1", clock)
    patience.try_failed("timeout")
    clock.now = 60
    patience.try_failed("timeout")
    clock.now = 61

    with pytest.raises(EngineError, match=r"sent nothing for 60 s .last: timeout"):
        patience.try_failed("timeout")


def test_one_token_is_a_sign_of_life() -> None:
    clock = Clock()
    patience = Patience(RETRY, "https://host/v1", clock)
    patience.try_failed("timeout")
    clock.now = 59
    patience.token_came()
    clock.now = 100
    patience.try_failed("timeout")
    clock.now = 150
    patience.try_failed("timeout")

    patience.check()


def test_the_first_reason_to_give_up_stays() -> None:
    patience = Patience(RETRY, "https://host/v1")
    patience.give_up("the key is refused")

    assert str(patience.give_up("something else")) == "the key is refused"


def refused(prompt: int, of_prompt: bool = False) -> Refused:
    return Refused("http_400", "unknown field", prompt, of_prompt)


def test_gives_up_when_everything_is_refused() -> None:
    patience = Patience(Retry(give_up_refusals=20), "https://host/v1")
    for prompt in range(19):
        patience.request_refused(patience.refusals.send(), refused(prompt))

    with pytest.raises(EngineError, match=r"refused all 20 requests so far with http_400: unknown field"):
        patience.request_refused(patience.refusals.send(), refused(19))


def test_a_request_under_way_may_still_be_answered() -> None:
    patience = Patience(Retry(give_up_refusals=5), "https://host/v1")
    slow = patience.refusals.send()
    for prompt in range(40):
        patience.request_refused(patience.refusals.send(), refused(prompt))
    patience.token_came()
    patience.refusals.over(slow)
    for prompt in range(40):
        patience.request_refused(patience.refusals.send(), refused(prompt))

    patience.check()


@pytest.mark.parametrize(("prompts", "of_prompt"), [(4, False), (19, True)])
def test_refusals_of_few_prompts_say_nothing_of_others(prompts: int, of_prompt: bool) -> None:
    patience = Patience(Retry(give_up_refusals=20), "https://host/v1")
    for sample in range(200):
        patience.request_refused(patience.refusals.send(), refused(sample % prompts, of_prompt))

    patience.check()


def test_whoever_wants_is_never_given_up_for_refusals() -> None:
    patience = Patience(Retry(give_up_refusals=None), "https://host/v1")
    for prompt in range(1000):
        patience.request_refused(patience.refusals.send(), refused(prompt))

    patience.check()
