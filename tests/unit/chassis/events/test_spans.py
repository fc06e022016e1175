"""Events that are applied together each have a span in their own trace."""

import datetime
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.events.consumer import spans_of
from chassis.events.envelope import Event
from chassis.telemetry import tracing

FIRST, SECOND, THIRD = ("1" * 32, "2" * 32, "3" * 32)


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_provider(provider, sample_ratio=0.0)
    yield exporter
    tracing.shut_down_tracing()


def _event(traceparent: str) -> Event:
    now = datetime.datetime.now(datetime.UTC)
    return Event(id="1", key="sales.deal.moved", time=now, body=None, traceparent=traceparent)


def _below(trace: str, flag: str) -> Event:
    return _event(f"00-{trace}-b7ad6b7169203331-{flag}")


def test_each_recorded_trace_has_its_span(recorded: InMemorySpanExporter) -> None:
    events = [_event(""), _below(FIRST, "00"), _below(SECOND, "01"), _below(THIRD, "01")]
    with spans_of(events, queue="reporting.on_deal"):
        here = tracing.current_span()
    # What is done meanwhile belongs to one that is recorded, whichever came first.
    assert here is not None
    assert here.trace_id == SECOND
    found = {}
    for span in recorded.get_finished_spans():
        assert span.context is not None
        found[f"{span.context.trace_id:032x}"] = dict(span.attributes or {})
    assert found.keys() == {SECOND, THIRD}
    assert found[THIRD]["wasl.applied_in_trace"] == SECOND
    assert found[SECOND]["messaging.batch.message_count"] == 4


def test_what_is_not_recorded_still_says_which_trace_it_is(recorded: InMemorySpanExporter) -> None:
    with spans_of([_below(FIRST, "00")], queue="reporting.on_deal"):
        assert tracing.current_traceparent() is not None
        assert FIRST in (tracing.current_traceparent() or "")
    assert recorded.get_finished_spans() == ()


def test_all_of_them_are_marked_when_it_fails(recorded: InMemorySpanExporter) -> None:
    events = [_below(FIRST, "01"), _below(SECOND, "01")]
    with pytest.raises(ValueError, match="no"), spans_of(events, queue="reporting.on_deal"):
        raise ValueError("no")
    assert [span.status.is_ok for span in recorded.get_finished_spans()] == [False, False]


def test_outside_of_any_trace_there_is_none(recorded: InMemorySpanExporter) -> None:
    with spans_of([_event("")], queue="reporting.on_deal"):
        assert tracing.current_span() is None
    assert recorded.get_finished_spans() == ()
