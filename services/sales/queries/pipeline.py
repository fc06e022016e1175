"""Stages by their names, for imports."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.errors import InvalidArgument
from services.sales.tables.pipeline import PipelineRow
from wasl.platform.v1.reference_service_pb import LookUpReferencesResponse


def look_up_stages(session: Session, field: str, values: Sequence[str]) -> LookUpReferencesResponse:
    """Stages by `name`, or by `path`: `<pipeline>/<stage>`.

    A name that several pipelines have means the stage of the oldest, which is the one that deals
    without a pipeline go to. Raises InvalidArgument for another key.
    """
    if field not in ("name", "path"):
        raise InvalidArgument("UNKNOWN_KEY", "stages can be looked up by name or path")
    rows = session.execute(
        select(PipelineRow.name, PipelineRow.stages)
        .where(PipelineRow.delete_time.is_(None))
        .order_by(PipelineRow.id)
    )
    ids: dict[str, str] = {}
    for pipeline, stages in rows:
        for stage in stages:
            name = f"{pipeline}/{stage['name']}" if field == "path" else stage["name"]
            ids.setdefault(name, stage["id"])
    return LookUpReferencesResponse(ids={value: ids[value] for value in values if value in ids})
