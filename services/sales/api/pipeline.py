"""Pipelines: the standard methods."""

from chassis.resources.resource import Resource
from services.sales.rules.pipeline import prepare_pipeline, refuse_used_pipeline
from services.sales.tables.pipeline import PipelineRow
from wasl.sales.v1 import events_pb, pipeline_service_pb
from wasl.sales.v1.pipeline_pb import Pipeline


def _searched(row: PipelineRow) -> tuple[str, ...]:
    return (row.name,)


PIPELINES = Resource(
    message=Pipeline,
    table=PipelineRow,
    service_pb=pipeline_service_pb,
    events_pb=events_pb,
    name="sales.pipelines",
    sortable=("create_time", "update_time", "name"),
    searched=_searched,
    keys={"name": "name"},
    prepare=prepare_pipeline,
    before_delete=refuse_used_pipeline,
)
