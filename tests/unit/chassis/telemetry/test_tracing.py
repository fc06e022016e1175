"""Trace context travels; spans are recorded only when somebody collects them."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.telemetry import tracing

SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = SAMPLED[:-2] + "00"


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_provider(provider, sample_ratio=0.0)
    yield exporter
    tracing.shut_down_tracing()


def test_a_span_goes_on_with_the_callers_trace() -> None:
    with tracing.server_span("GetContact", UNSAMPLED) as here:
        assert here.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert here.span_id != "b7ad6b7169203331"
        handed_on = tracing.current_traceparent()
    assert handed_on == f"00-{here.trace_id}-{here.span_id}-00"
    assert tracing.current_traceparent() is None


@pytest.mark.parametrize(
    "nonsense",
    ["", "x", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff" + SAMPLED[2:], SAMPLED.upper()],
)
def test_a_traceparent_that_is_none_begins_a_new_trace(nonsense: str) -> None:
    with tracing.server_span("GetContact", nonsense) as here:
        assert here.trace_id not in SAMPLED.lower() or not nonsense
        assert not here.sampled


def test_a_trace_that_the_caller_samples_is_recorded(recorded: InMemorySpanExporter) -> None:
    with tracing.server_span("GetContact", SAMPLED, {"rpc.system": "grpc"}) as here:
        tracing.annotate({"rpc.grpc.status_code": 0})
    (span,) = recorded.get_finished_spans()
    assert span.attributes == {"rpc.system": "grpc", "rpc.grpc.status_code": 0}
    assert span.name == "GetContact"
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    context = span.get_span_context()
    assert context is not None
    assert f"{context.span_id:016x}" == here.span_id


def test_a_trace_that_the_caller_does_not_sample_is_not(recorded: InMemorySpanExporter) -> None:
    with tracing.server_span("GetContact", UNSAMPLED):
        pass
    assert not recorded.get_finished_spans()


def test_the_ratio_decides_for_traces_that_begin_here() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_provider(provider, sample_ratio=0.5)
    for _ in range(400):
        with tracing.server_span("GetContact"):
            pass
    tracing.shut_down_tracing()
    assert 120 < len(exporter.get_finished_spans()) < 280


def test_without_an_endpoint_nothing_is_recorded() -> None:
    tracing.configure_tracing("contacts", sample_ratio=1.0)
    with tracing.server_span("GetContact") as here:
        assert not here.sampled


def test_inject_and_extract_carry_the_context_over_a_dictionary() -> None:
    carrier: dict[str, str] = {}
    with tracing.server_span("GetContact") as here:
        tracing.inject(carrier)
    with tracing.server_span("other", tracing.extract(carrier)) as there:
        assert there.trace_id == here.trace_id


def test_a_stranger_does_not_decide_what_is_recorded(recorded: InMemorySpanExporter) -> None:
    for _ in range(100):
        with tracing.server_span("GetContact", SAMPLED, trusted=False) as here:
            assert here.trace_id in SAMPLED
            assert not here.sampled
    assert recorded.get_finished_spans() == ()


def test_an_error_is_marked_and_not_quoted(recorded: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="sara"), tracing.server_span("GetContact", SAMPLED):
        raise ValueError("sara@alpine.example")
    (span,) = recorded.get_finished_spans()
    assert not span.status.is_ok
    assert span.attributes == {"error.type": "ValueError"}
    assert "alpine" not in span.to_json()


def test_a_span_begun_by_hand_lies_below_where_we_are(recorded: InMemorySpanExporter) -> None:
    with tracing.server_span("GetContact", SAMPLED) as here:
        begun = tracing.begin_span(lambda: "SELECT contact", kind="CLIENT")
        assert begun is not None
        begun.end()
    below, _ = recorded.get_finished_spans()
    assert below.parent is not None
    assert f"{below.parent.span_id:016x}" == here.span_id


def test_outside_of_what_is_recorded_nothing_is_begun(recorded: InMemorySpanExporter) -> None:
    assert tracing.begin_span(lambda: "SELECT contact") is None
    for unrecorded in ("", UNSAMPLED, "nonsense"):
        assert tracing.begin_span(lambda: "publish", traceparent=unrecorded) is None
    with tracing.server_span("GetContact", UNSAMPLED):
        assert tracing.begin_span(lambda: "SELECT contact") is None


def test_what_is_published_lies_below_what_has_announced_it(
    recorded: InMemorySpanExporter,
) -> None:
    published = tracing.begin_span(lambda: "publish", kind="PRODUCER", traceparent=SAMPLED)
    assert published is not None
    published.end()
    with tracing.server_span("process", published.traceparent, kind="CONSUMER") as here:
        pass
    first, second = recorded.get_finished_spans()
    assert here.trace_id in SAMPLED
    assert first.context is not None
    assert second.parent is not None
    assert second.parent.span_id == first.context.span_id
