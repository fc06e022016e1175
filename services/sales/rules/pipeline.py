"""What may be written of a pipeline, and its stages as the deals see them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from chassis.database.base import new_id
from chassis.database.scope import beyond_scope
from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from services.sales.tables.opportunity import OpportunityRow
from services.sales.tables.pipeline import PipelineRow

# Built once: every deal that is written asks.
_OLDEST = (
    select(PipelineRow.id, PipelineRow.stages)
    .where(PipelineRow.delete_time.is_(None))
    .order_by(PipelineRow.id)
    .limit(1)
)
_NAMED = _OLDEST.where(PipelineRow.id == bindparam("id", type_=PipelineRow.id.type))


@dataclass(frozen=True)
class Stage:
    """A stage of a pipeline."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Stages:
    """The stages of one pipeline, in their order."""

    pipeline_id: str
    all: tuple[Stage, ...]

    def by_id(self, id_: str) -> Stage | None:
        """The stage with this id, or None when it belongs to another pipeline."""
        return next((stage for stage in self.all if stage.id == id_.lower()), None)

    def first(self, kind: str = "OPEN") -> Stage:
        """The first stage of a kind; a pipeline has one of each."""
        return next(stage for stage in self.all if stage.kind == kind)


def stages_of(call: Call, pipeline_id: str) -> Stages:
    """The stages of a pipeline, the oldest pipeline when none is named.

    Raises InvalidArgument when there is no such pipeline. Asked once per transaction.
    """
    known: dict[str, Stages] = call.session.info.setdefault("sales.stages", {})
    if pipeline_id not in known:
        bound = {"id": pipeline_id or None}
        row = call.session.execute(_NAMED if pipeline_id else _OLDEST, bound).first()
        if row is None:
            raise invalid_field(
                "opportunity.pipelineId", "there is no such pipeline", reason="NOT_FOUND"
            )
        stages = (Stage(stage["id"], stage["name"], stage["kind"]) for stage in row.stages)
        known[pipeline_id] = Stages(row.id, tuple(stages))
    return known[pipeline_id]


def prepare_pipeline(call: Call, row: PipelineRow, write: Write) -> None:
    """Gives new stages their ids and keeps the pipeline usable.

    Raises InvalidArgument for stages that cannot be, FailedPrecondition STAGE_IN_USE when deals are
    in a stage that is taken away or changes its kind.
    """
    if "stages" not in write.fields:
        return
    names = [stage["name"].casefold() for stage in row.stages]
    if len(set(names)) != len(names):
        raise invalid_field("pipeline.stages", "two stages have the same name")
    kinds = [stage["kind"] for stage in row.stages]
    if kinds.count("WON") != 1 or kinds.count("LOST") != 1 or "OPEN" not in kinds:
        raise invalid_field(
            "pipeline.stages", "needs an open stage, exactly one won and exactly one lost"
        )
    stages = [
        {"probability": 0, **stage, "id": stage.get("id") or new_id()} for stage in row.stages
    ]
    _refuse_foreign_ids(call, row, stages, write)
    row.stages = stages


def refuse_used_pipeline(call: Call, row: PipelineRow) -> None:
    """Raises FailedPrecondition while deals are in a pipeline that is to be deleted."""
    used = select(OpportunityRow.id).where(
        OpportunityRow.pipeline_id == row.id, OpportunityRow.delete_time.is_(None)
    )
    # scope: escaped, because a pipeline is in use whoever the deals belong to
    with beyond_scope(call.session):
        is_used = call.session.scalar(select(used.exists()))
    if is_used:
        raise FailedPrecondition("PIPELINE_IN_USE", "Deals are in this pipeline.")


def _refuse_foreign_ids(
    call: Call, row: PipelineRow, stages: list[dict[str, Any]], write: Write
) -> None:
    before = call.session.scalar(select(PipelineRow.stages).where(PipelineRow.id == row.id)) or []
    kinds = {stage["id"]: stage["kind"] for stage in before}
    if write.is_new:
        # Ids are ours to give; one that was sent could be another pipeline's.
        for stage in stages:
            stage["id"] = new_id()
        return
    now_kinds = {stage["id"]: stage["kind"] for stage in stages}
    if len(now_kinds) != len(stages):
        raise invalid_field("pipeline.stages", "two stages have the same id")
    for id_ in set(now_kinds) - set(kinds):
        if any(stage.get("id") == id_ for stage in row.stages):
            raise invalid_field("pipeline.stages", "a stage has an id that this pipeline has not")
    changed = [id_ for id_, kind in kinds.items() if now_kinds.get(id_) != kind]
    if not changed:
        return
    in_use = select(OpportunityRow.id).where(OpportunityRow.stage_id.in_(changed))
    # scope: escaped, because a stage is in use whoever the deals belong to
    with beyond_scope(call.session):
        is_used = call.session.scalar(select(in_use.exists()))
    if is_used:
        raise FailedPrecondition("STAGE_IN_USE", "Deals are in a stage that would change or go.")
