"""A runaway client is stopped, and nobody else."""

from services.gateway.limits import rate_limiter


def test_a_bucket_empties_and_fills_again() -> None:
    now = [0.0]
    take = rate_limiter(10, clock=lambda: now[0])
    answers = [take(b"a") for _ in range(21)]
    assert all(answer is not None and answer.retry_after is None for answer in answers[:20])
    last = answers[20]
    assert last is not None
    assert (last.remaining, last.retry_after) == (0, 1)
    now[0] = 0.5
    again = take(b"a")
    assert again is not None
    assert (again.retry_after, again.remaining) == (None, 4)


def test_one_client_does_not_pay_for_another() -> None:
    take = rate_limiter(1, clock=lambda: 0.0)
    for _ in range(5):
        take(b"a")
    other = take(b"b")
    assert other is not None
    assert other.retry_after is None


def test_without_a_limit_nothing_is_counted() -> None:
    assert rate_limiter(0)(b"a") is None
