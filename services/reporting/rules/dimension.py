"""People, teams, products, stages and organisations: what an announced version says."""

from collections.abc import Sequence

from services.reporting.rules.history import History, Row, Span
from services.reporting.rules.told import version_columns
from services.reporting.tables.dimension import (
    CompanyFact,
    ProductFact,
    StageFact,
    TeamFact,
    UserFact,
)
from services.reporting.tables.history import BEGINNING
from wasl.contacts.v1.company_pb import Company
from wasl.identity.v1.team_pb import Team
from wasl.identity.v1.user_pb import User
from wasl.sales.v1.pipeline_pb import Pipeline
from wasl.sales.v1.product_pb import Product


def spans(row: Row, previous: Row | None) -> Sequence[Span]:
    """When a version held: the first known one since ever, so that old deals have their names."""
    return [Span(BEGINNING if previous is None else row["update_time"])]


USERS = History(table=UserFact, spans=spans)
TEAMS = History(table=TeamFact, spans=spans)
PRODUCTS = History(table=ProductFact, spans=spans)
STAGES = History(table=StageFact, spans=spans)
COMPANIES = History(table=CompanyFact, spans=spans)


def user_rows(user: User) -> list[Row]:
    """What a version of a user says."""
    return [
        {
            **version_columns(user),
            "name": user.display_name,
            "email": user.email,
            "team_id": user.team_id or None,
        }
    ]


def team_rows(team: Team) -> list[Row]:
    """What a version of a team says."""
    return [
        {
            **version_columns(team),
            "name": team.name,
            "parent_id": team.parent_id or None,
            "manager_id": team.manager_id or None,
            "region": team.region,
        }
    ]


def product_rows(product: Product) -> list[Row]:
    """What a version of a product says."""
    return [{**version_columns(product), "name": product.name, "series": product.series}]


def stage_rows(pipeline: Pipeline) -> list[Row]:
    """What a version of a pipeline says of each of its stages."""
    told = version_columns(pipeline)
    return [
        {
            **told,
            "id": stage.id,
            "name": stage.name,
            "kind": stage.kind.name,
            "position": position,
            "pipeline_id": pipeline.id,
            "pipeline_name": pipeline.name,
        }
        for position, stage in enumerate(pipeline.stages)
    ]


def company_rows(company: Company) -> list[Row]:
    """What a version of an organisation says."""
    return [{**version_columns(company), "name": company.name}]
