"""What an expression asks for is found whatever stands around it."""

import pytest

from tools.promql import filled_in, groupings_of, labels_of, metrics_of


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("up", {"up"}),
        ('sum by (namespace, le) (rate(x_bucket{le="0.5", a!="up"}[5m]))', {"x_bucket"}),
        ("a:b:rate5m > 0.1 and on (namespace) group by (namespace) (c)", {"a:b:rate5m", "c"}),
        ("(time() - x) / 86400 < 14 unless y offset 5m > 0", {"x", "y"}),
        ("histogram_quantile(0.95, rate(x_bucket[$__rate_interval]))", {"x_bucket"}),
    ],
)  # fmt: skip
def test_metrics_are_found(expression: str, metrics: set[str]) -> None:
    assert metrics_of(expression) == metrics


def test_labels_are_found() -> None:
    expression = 'sum by (queue) (x{a="1, b=2", c=~"y|z"}) / on (d, e) group_left () z{f!~""}'
    assert labels_of(expression) == {("x", "a"), ("x", "c"), ("z", "f")}
    assert groupings_of(expression) == {"queue", "d", "e"}


def test_variables_are_filled_in() -> None:
    asked = filled_in('rate(x{service=~"$service"}[$__rate_interval])')
    assert asked == 'rate(x{service=~".*"}[5m])'
