"""The first pipeline, made after the migrations when there is none yet."""
# name: escaped, because it is about the first start, not about one resource

from sqlalchemy import func, select

from chassis.database.base import new_id
from chassis.database.session import unit_of_work
from chassis.resources.changes import announce
from chassis.resources.standard import fill_search, now
from chassis.service import Runtime
from services.sales.tables.pipeline import PipelineRow

_STAGES = (
    ("Prospecting", "OPEN", 10),
    ("Qualification", "OPEN", 25),
    ("Engaging", "OPEN", 50),
    ("Negotiation", "OPEN", 75),
    ("Won", "WON", 100),
    ("Lost", "LOST", 0),
)


def make_first_pipeline(runtime: Runtime) -> None:
    """Makes the pipeline `Sales`, so that a new suite can take deals at once."""
    pipelines = runtime.service.by_name["sales.pipelines"]
    with unit_of_work(runtime.direct_engine) as session:
        # Two pods may migrate at the same time; the second finds it made.
        session.execute(select(func.pg_advisory_xact_lock(1)))
        if session.scalar(select(PipelineRow.id).limit(1)) is not None:
            return
        row = PipelineRow(
            name="Sales",
            stages=[
                {"id": new_id(), "name": name, "kind": kind, "probability": probability}
                for name, kind, probability in _STAGES
            ],
            create_time=now(),
            update_time=now(),
        )
        fill_search(pipelines, row)
        session.add(row)
        session.flush()
        after = pipelines.mapping.from_row(row)
        announce(session, pipelines, "Created", service=runtime.name, after=after)
