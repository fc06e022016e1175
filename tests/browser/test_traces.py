"""What a click sets off is one trace, through every service to the report."""

from collections.abc import Iterator, Sequence

import pytest

from tests.browser.conftest import Visit, fill
from tests.e2e.collector import Collector, Span, running_collector, strangers, whole_way
from tests.e2e.suite import Suite, eventually, running_suite
from tools.stack.layout import ROOT

MOVED = {
    "rpc": "wasl.sales.v1.OpportunityService/UpdateOpportunity",
    "event": "sales.opportunity.moved",
    "queue": "reporting.on_opportunity",
}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the suite sends its traces."""
    with running_collector() as started:
        yield started


@pytest.fixture(scope="module")
def suite(collector: Collector) -> Iterator[Suite]:
    """A suite that records every trace."""
    if not (ROOT / "web/dist/index.html").exists():
        pytest.skip("web/dist is missing: make web")
    with pytest.MonkeyPatch.context() as told:
        told.setenv("WASL_OTLP_ENDPOINT", collector.url)
        told.setenv("WASL_TRACE_RATIO", "1")
        with running_suite() as started:
            fill(started.api())
            yield started


@pytest.mark.parametrize("visit", ["en"], indirect=True)
def test_a_deal_that_is_dragged_is_followed_to_the_report(
    visit: Visit, collector: Collector
) -> None:
    page = visit.page
    sent: list[str] = []
    visit.sign_in()
    visit.go("/opportunities?layout=board")
    page.on(
        "request",
        lambda request: (
            sent.append(request.headers["traceparent"]) if request.method == "PATCH" else None
        ),
    )
    columns = page.locator("main section[aria-label]")
    start = columns.nth(0).locator("article").first.bounding_box()
    target = columns.nth(1).bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 20, start["y"] + 60, steps=4)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + 160, steps=10)
    page.mouse.up()
    eventually(lambda: page.wait_for_timeout(50) or sent, what="the browser says what was moved")
    (traceparent,) = sent
    _, trace, ours, _ = traceparent.split("-")

    def complete(spans: Sequence[Span]) -> bool:
        # Below what the browser does there is only the gateway; its workers send as they like.
        first = strangers(spans)
        return whole_way(spans, **MOVED) and {span.service for span in first} == {"gateway"}

    spans = collector.wait_for(trace, complete)
    (moved,) = (span for span in spans if span.parent == ours)
    assert moved.service == "gateway"
