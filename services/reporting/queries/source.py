"""What a report reads: deals, or their product lines, with names and teams joined where needed."""
# name: escaped, because it is a step of the pipeline report

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Subquery, and_, cast, func, select
from sqlalchemy.types import DateTime

from chassis.resources.field_names import find_field
from chassis.resources.filter_fields import FilterField
from chassis.resources.filter_tree import And, Comparison, Filter, Not, Or
from services.reporting.tables.dimension import (
    CompanyFact,
    ProductFact,
    StageFact,
    TeamFact,
    UserFact,
)
from services.reporting.tables.history import holds
from services.reporting.tables.opportunity import OpportunityFact, OpportunityProductFact
from wasl.reporting.v1.pipeline_report_pb import PipelineDimension

# No organisation is deeper; events that come out of order may show a circle for a moment.
MAX_DEPTH = 30
STATES = {"OPEN": "OPEN", "WON": "WON", "LOST": "LOST"}
# scope: escaped, because every report adds `visible` to its conditions
DEAL: Any = OpportunityFact.__table__.c
# scope: escaped, because lines are only read beside their deals
LINE: Any = OpportunityProductFact.__table__.c


@dataclass(frozen=True)
class Names:
    """What deals refer to, now or at the end of a day. One for all parts of a statement."""

    as_of: datetime.date | None

    @cached_property
    def owner(self) -> Subquery:
        """Who owns deals, with team and region."""
        team = _teams(self.as_of)
        return (
            select(
                UserFact.id,
                UserFact.name,
                UserFact.team_id,
                team.c.name.label("team_name"),
                team.c.region,
            )
            .outerjoin(team, team.c.id == UserFact.team_id)
            .where(holds(UserFact, self.as_of))
            .subquery("owner")
        )

    @cached_property
    def stage(self) -> Subquery:
        """The names of stages."""
        return _names(StageFact, self.as_of, "stage")

    @cached_property
    def product(self) -> Subquery:
        """The names of products."""
        return _names(ProductFact, self.as_of, "product")

    @cached_property
    def company(self) -> Subquery:
        """The names of organisations."""
        return _names(CompanyFact, self.as_of, "company")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows to count: whole deals, or what each of several products brings to a deal."""

    lines: bool
    names: Names

    @property
    # any: escaped, because SQLAlchemy's columns and tables are generic
    def product_id(self) -> ColumnElement[Any]:
        """The product that a row is about."""
        found: ColumnElement[Any] = LINE.product_id if self.lines else DEAL.product_id
        return found

    @property
    # any: escaped, because SQLAlchemy's columns and tables are generic
    def amount(self) -> ColumnElement[Any]:
        """What a row is worth."""
        found: ColumnElement[Any] = LINE.amount if self.lines else DEAL.amount
        return found

    def rows(self, joined: Iterable[str]) -> FromClause:
        """What to select from, with some of `owner`, `stage`, `product` and `company` joined.

        A deal stays when the other side is not known (yet); it has no name then.
        """
        # scope: escaped, because every report adds `visible` to its conditions
        rows: FromClause = OpportunityFact.__table__
        if self.lines:
            rows = rows.join(
                # scope: escaped, because lines are only read beside their deals
                OpportunityProductFact.__table__,
                and_(LINE.id == DEAL.id, LINE.version == DEAL.version),
            )
        keys = {
            "owner": DEAL.owner_id,
            "stage": DEAL.stage_id,
            "company": DEAL.company_id,
            "product": self.product_id,
        }
        for name in sorted(set(joined)):
            other: Subquery = getattr(self.names, name)
            rows = rows.outerjoin(other, other.c.id == keys[name])
        return rows

    # any: escaped, because SQLAlchemy's columns and tables are generic
    def key(self, dimension: PipelineDimension) -> ColumnElement[Any]:
        """The column that a dimension groups by."""
        match dimension:
            case PipelineDimension.STAGE:
                key = DEAL.stage_id
            case PipelineDimension.PRODUCT:
                key = self.product_id
            case PipelineDimension.OWNER:
                key = DEAL.owner_id
            case PipelineDimension.TEAM:
                key = self.names.owner.c.team_id
            case PipelineDimension.REGION:
                key = self.names.owner.c.region
            case PipelineDimension.QUARTER:
                key = func.date_trunc("quarter", cast(DEAL.close_date, DateTime()))
            case PipelineDimension.STATE:
                key = DEAL.state
            case PipelineDimension.COMPANY:
                key = DEAL.company_id
            case PipelineDimension.UNSPECIFIED:
                raise ValueError("an unspecified dimension has no column")
        found: ColumnElement[Any] = key
        return found

    def filter_fields(self, *, hides_amounts: bool = False) -> dict[str, FilterField]:
        """What a report can be filtered by; nothing that tells hidden amounts."""
        fields = {
            "stage_id": FilterField(DEAL.stage_id, "uuid"),
            "stage": FilterField(self.names.stage.c.name, "text"),
            "state": FilterField(DEAL.state, "enum", values=STATES),
            "product_id": FilterField(self.product_id, "uuid"),
            "product": FilterField(self.names.product.c.name, "text"),
            "owner_id": FilterField(DEAL.owner_id, "uuid"),
            "owner": FilterField(self.names.owner.c.name, "text"),
            "team_id": FilterField(self.names.owner.c.team_id, "uuid"),
            "team": FilterField(self.names.owner.c.team_name, "text"),
            "region": FilterField(self.names.owner.c.region, "text"),
            "company_id": FilterField(DEAL.company_id, "uuid"),
            "company": FilterField(self.names.company.c.name, "text"),
            "pipeline_id": FilterField(DEAL.pipeline_id, "uuid"),
            "amount": FilterField(DEAL.amount, "decimal"),
            "currency": FilterField(DEAL.currency, "text"),
            "engage_date": FilterField(DEAL.engage_date, "date"),
            "close_date": FilterField(DEAL.close_date, "date"),
        }
        if hides_amounts:
            del fields["amount"]
        return fields


def _names(table: Any, as_of: datetime.date | None, name: str) -> Subquery:
    return select(table.id, table.name).where(holds(table, as_of)).subquery(name)


def _teams(as_of: datetime.date | None) -> CTE:
    """Teams with the region that counts for them: their own, or the nearest one above."""
    team = (
        select(TeamFact.id, TeamFact.name, TeamFact.parent_id, TeamFact.region)
        .where(holds(TeamFact, as_of))
        .cte("team")
    )
    climb = select(
        team.c.id, team.c.name, team.c.region, team.c.parent_id, func.length("").label("depth")
    ).cte("climb", recursive=True)
    above = team.alias("above")
    climb = climb.union_all(
        select(climb.c.id, climb.c.name, above.c.region, above.c.parent_id, climb.c.depth + 1)
        .join(above, above.c.id == climb.c.parent_id)
        .where(climb.c.region == "", climb.c.depth < MAX_DEPTH)
    )
    # Only the last step of a climb can have a region.
    return (
        select(climb.c.id, climb.c.name, func.max(climb.c.region).label("region"))
        .group_by(climb.c.id, climb.c.name)
        .cte("team_region")
    )


# Which names a dimension or a field needs.
_JOINED = {"owner": "owner", "team_id": "owner", "team": "owner", "region": "owner"} | {
    name: name for name in ("stage", "product", "company")
}
_BY_TEAM = frozenset({PipelineDimension.TEAM, PipelineDimension.REGION})
_FIELDS = frozenset(Source(lines=False, names=Names(None)).filter_fields())


def named_fields(tree: Filter | None) -> set[str]:
    """The fields that a filter names, as far as there are such fields."""
    match tree:
        case And(terms=terms) | Or(terms=terms):
            return {name for term in terms for name in named_fields(term)}
        case Not(term=term):
            return named_fields(term)
        case Comparison(field=field):
            found = find_field(field, _FIELDS)
            return {found} if found else set()
    return set()


def joins(fields: Iterable[str], dimensions: Iterable[PipelineDimension]) -> set[str]:
    """What is to be joined for filter fields and dimensions."""
    needed = {_JOINED[field] for field in fields if field in _JOINED}
    return needed | ({"owner"} if _BY_TEAM.intersection(dimensions) else set())


def is_by_line(fields: Iterable[str], dimensions: Iterable[PipelineDimension]) -> bool:
    """Whether a report is about product lines, each with its own part of the amount."""
    return PipelineDimension.PRODUCT in dimensions or not {"product", "product_id"}.isdisjoint(
        fields
    )
