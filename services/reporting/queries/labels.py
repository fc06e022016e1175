"""What people read instead of ids."""
# name: escaped, because it is a step of the pipeline report

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ARRAY, Text, Uuid, any_, cast, literal, select
from sqlalchemy.orm import Session

from services.reporting.tables.dimension import (
    CompanyFact,
    ProductFact,
    StageFact,
    TeamFact,
    UserFact,
)
from services.reporting.tables.history import HistoryRow, holds
from wasl.reporting.v1.pipeline_report_pb import GroupValue, PipelineDimension

_TABLES: Mapping[PipelineDimension, type[HistoryRow]] = {
    PipelineDimension.STAGE: StageFact,
    PipelineDimension.PRODUCT: ProductFact,
    PipelineDimension.OWNER: UserFact,
    PipelineDimension.TEAM: TeamFact,
    PipelineDimension.COMPANY: CompanyFact,
}
# Position of a group in its dimension. What has no name comes last.
Order = tuple[bool, str, int, str, str]


class Labels:
    """The values of one dimension: their names and their order."""

    def __init__(
        self,
        session: Session,
        dimension: PipelineDimension,
        keys: Iterable[str],
        *,
        as_of: datetime.date | None,
    ) -> None:
        self._dimension = dimension
        self._names: dict[str, str] = {}
        self._places: dict[str, tuple[str, int]] = {}
        wanted = {key for key in keys if key}
        if dimension not in _TABLES:
            self._names = {key: key for key in wanted}
        elif wanted:
            self._read(session, wanted, as_of)

    def _read(self, session: Session, wanted: set[str], as_of: datetime.date | None) -> None:
        table: Any = _TABLES[self._dimension]
        place = [StageFact.pipeline_name, StageFact.position] if table is StageFact else []
        # scope: escaped, because a read model belongs to nobody
        found = session.execute(
            select(table.id, table.name, *place).where(
                # As one array: an export may ask for more ids than a statement has parameters.
                table.id == any_(cast(literal(sorted(wanted), ARRAY(Text())), ARRAY(Uuid()))),
                holds(table, as_of),
            )
        )
        for id_, name, *where in found:
            self._names[id_] = name
            if where:
                self._places[id_] = (where[0], where[1])

    def value(self, key: str) -> GroupValue:
        """The value of a group in this dimension."""
        id_ = key if self._dimension in _TABLES else ""
        return GroupValue(dimension=self._dimension, id=id_, label=self._names.get(key, ""))

    def order(self, key: str) -> Order:
        """Sorts stages by pipeline and position, and everything else by its label."""
        label = self._names.get(key, "")
        pipeline, position = self._places.get(key, ("", 0))
        return (not label, pipeline, position, label.casefold(), key)
