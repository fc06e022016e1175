"""Sales as the tests of its rooms call it."""

from typing import Any

from protobuf.wkt import FieldMask
from sqlalchemy import select

from chassis.database.tables import OutboxRow
from chassis.testing.client import Client
from wasl.sales.v1 import events_pb
from wasl.sales.v1.opportunity_pb import Opportunity, ProductLine
from wasl.sales.v1.opportunity_service_pb import (
    CreateOpportunityRequest,
    LoseOpportunityRequest,
    ReopenOpportunityRequest,
    UpdateOpportunityRequest,
    WinOpportunityRequest,
)
from wasl.sales.v1.pipeline_pb import Pipeline
from wasl.sales.v1.pipeline_service_pb import ListPipelinesRequest
from wasl.sales.v1.product_pb import Product
from wasl.sales.v1.product_service_pb import CreateProductRequest
from wasl.type.v1.money_pb import Money


class Sales:
    """Deals in the first pipeline."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.client = Client(running)
        self.pipeline: Pipeline = self.client.list_pipelines(ListPipelinesRequest()).pipelines[0]

    def stage(self, name: str) -> str:
        """The id of a stage by its name."""
        return next(stage.id for stage in self.pipeline.stages if stage.name == name)

    def add(self, name: str = "Deal", **fields: Any) -> Opportunity:
        """A new deal."""
        request = CreateOpportunityRequest(opportunity=Opportunity(name=name, **fields))
        return self.client.create_opportunity(request)

    def change(self, deal: Opportunity, **fields: Any) -> Opportunity:
        """Updates some fields."""
        sent = Opportunity(id=deal.id, etag=deal.etag, **fields)
        request = UpdateOpportunityRequest(
            opportunity=sent, update_mask=FieldMask(paths=list(fields))
        )
        return self.client.update_opportunity(request)

    def win(self, deal: Opportunity, **more: Any) -> Opportunity:
        """`:win`."""
        return self.client.win_opportunity(WinOpportunityRequest(id=deal.id, **more))

    def lose(self, deal: Opportunity, reason: str = "price", **more: Any) -> Opportunity:
        """`:lose`."""
        request = LoseOpportunityRequest(id=deal.id, reason=reason, **more)
        return self.client.lose_opportunity(request)

    def reopen(self, deal: Opportunity, **more: Any) -> Opportunity:
        """`:reopen`."""
        return self.client.reopen_opportunity(ReopenOpportunityRequest(id=deal.id, **more))

    def product(self, name: str, price: Money | None = None) -> Product:
        """A new product."""
        request = CreateProductRequest(product=Product(name=name, list_price=price))
        return self.client.create_product(request)

    def announced(self) -> list[tuple[str, Any]]:
        """The events of deals so far, as (past tense, change)."""
        with self.running.session() as session:
            rows = session.execute(
                select(OutboxRow.key, OutboxRow.body).order_by(OutboxRow.sequence)
            ).all()
        return [
            (key.rpartition(".")[2], change)
            for key, body in rows
            if key.startswith("sales.opportunity.")
            for change in getattr(events_pb, "Opportunity" + key.rpartition(".")[2].title())
            .from_binary(body)
            .changes
        ]


def money(amount: str, currency: str = "USD") -> Money:
    """An amount."""
    return Money(amount=amount, currency=currency)


def line(product: Product, quantity: str = "", price: Money | None = None) -> ProductLine:
    """A product in a deal."""
    return ProductLine(product_id=product.id, quantity=quantity, unit_price=price)
