"""The moves of a deal, and the sums that belong to it."""

import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from chassis.errors import FailedPrecondition, invalid_field
from chassis.grpc.call import Call
from chassis.resources.mapping import plain_decimal
from chassis.resources.resource import Write
from chassis.resources.standard import now
from chassis.text.money import round_money
from services.sales.rules.pipeline import Stage, stages_of
from services.sales.tables.opportunity import OpportunityRow
from services.sales.tables.product import ProductRow

Price = tuple[Decimal | None, str | None]
# Amounts are kept with 15 digits before the point.
LARGEST = Decimal(10) ** 15


def prepare_opportunity(call: Call, row: OpportunityRow, write: Write) -> None:
    """Puts the deal into a stage of its pipeline and adds up its lines.

    Raises InvalidArgument for a stage of another pipeline, a closed stage (an import may), a line
    that cannot be priced; FailedPrecondition when a closed deal is to change its stage.
    """
    row.external_id = row.external_id or None
    _place(call, row, write)
    if row.product_lines and write.fields & {"product_lines", "amount"}:
        _add_up(call, row)


def win(
    row: OpportunityRow,
    stage: Stage,
    *,
    close_date: datetime.date | None,
    amount: tuple[Decimal, str] | None,
) -> None:
    """Closes an open deal as won. Raises FailedPrecondition when it is closed already."""
    _refuse_unless(row, "OPEN")
    if amount is not None:
        if row.product_lines:
            raise FailedPrecondition(
                "AMOUNT_IS_SUM", "The amount is the sum of the lines; change the lines."
            )
        row.amount_amount, row.amount_currency = amount
    _close(row, stage, close_date)


def lose(
    row: OpportunityRow, stage: Stage, *, reason: str, close_date: datetime.date | None
) -> None:
    """Closes an open deal as lost. Raises FailedPrecondition when it is closed already."""
    _refuse_unless(row, "OPEN")
    row.lost_reason = reason
    _close(row, stage, close_date)


def reopen(row: OpportunityRow, stage: Stage) -> None:
    """Opens a closed deal again. Raises FailedPrecondition when it is open."""
    if row.state == "OPEN":
        raise FailedPrecondition("ILLEGAL_MOVE", "The deal is open.", metadata={"state": row.state})
    row.stage_id, row.state = stage.id, "OPEN"
    row.close_date, row.lost_reason = None, ""


def open_stage(call: Call, row: OpportunityRow, stage_id: str) -> Stage:
    """An open stage of the deal's pipeline, the first when none is named."""
    stages = stages_of(call, row.pipeline_id)
    if not stage_id:
        return stages.first()
    stage = stages.by_id(stage_id)
    if stage is None or stage.kind != "OPEN":
        raise invalid_field("stageId", "is no open stage of the deal's pipeline")
    return stage


def _place(call: Call, row: OpportunityRow, write: Write) -> None:
    if not (write.is_new or write.fields & {"stage_id", "pipeline_id"}):
        return
    if "pipeline_id" in write.fields and not write.is_new:
        _refuse_other_pipeline(call, row)
    stages = stages_of(call, row.pipeline_id or "")
    row.pipeline_id = stages.pipeline_id
    stage = stages.by_id(row.stage_id) if row.stage_id else stages.first()
    if stage is None:
        raise invalid_field(
            "opportunity.stageId", "is no stage of the deal's pipeline", reason="NOT_FOUND"
        )
    if not write.is_new and stage.kind == row.state != "OPEN":
        # The closed stage it is in, sent back as it was read.
        return
    if stage.kind != "OPEN" and not write.importing:
        raise invalid_field(
            "opportunity.stageId", "closes the deal; use :win or :lose", reason="ILLEGAL_MOVE"
        )
    if row.state in ("WON", "LOST") and not write.importing:
        raise FailedPrecondition("ILLEGAL_MOVE", "The deal is closed; reopen it first.")
    row.stage_id, row.state = stage.id, stage.kind
    if row.state != "OPEN" and row.close_date is None:
        row.close_date = now().date()
    if stage.id != stages.first().id and row.engage_date is None and not write.importing:
        row.engage_date = now().date()


def _refuse_other_pipeline(call: Call, row: OpportunityRow) -> None:
    before = call.session.scalar(
        select(OpportunityRow.pipeline_id).where(OpportunityRow.id == row.id)
    )
    if row.pipeline_id != before:
        raise invalid_field("opportunity.pipelineId", "cannot change", reason="IMMUTABLE")


def _add_up(call: Call, row: OpportunityRow) -> None:
    prices = _list_prices(call, row.product_lines)
    currency = _currency(row, prices)
    total = Decimal(0)
    lines: list[dict[str, Any]] = []
    for position, line in enumerate(row.product_lines):
        path = f"opportunity.productLines[{position}]"
        product_id = line["productId"].lower()
        if product_id not in prices:
            raise invalid_field(f"{path}.productId", "there is no such product", reason="NOT_FOUND")
        quantity = Decimal(line.get("quantity") or 1)
        price = _price(row, line, prices[product_id], currency=currency, path=path)
        if price is None:
            lines.append({"productId": product_id, "quantity": str(quantity)})
            continue
        if abs(quantity * price) >= LARGEST:
            raise invalid_field(path, "comes to more than 15 digits")
        sum_ = round_money(quantity * price, currency)
        total += sum_
        lines.append(
            {
                "productId": product_id,
                "quantity": str(quantity),
                "unitPrice": {"amount": plain_decimal(price), "currency": currency},
                "total": {"amount": plain_decimal(sum_), "currency": currency},
            }
        )
    if abs(total) >= LARGEST:
        raise invalid_field("opportunity.productLines", "come to more than 15 digits")
    row.product_lines = lines
    if any("total" in line for line in lines):
        row.amount_amount, row.amount_currency = total, currency


def _currency(row: OpportunityRow, prices: dict[str, Price]) -> str:
    for line in row.product_lines:
        if currency := line.get("unitPrice", {}).get("currency"):
            return str(currency)
    if row.amount_currency:
        return row.amount_currency
    for line in row.product_lines:
        if currency := prices.get(line["productId"].lower(), (None, None))[1]:
            return currency
    return ""


def _price(
    row: OpportunityRow, line: dict[str, Any], listed: Price, *, currency: str, path: str
) -> Decimal | None:
    """The unit price of a line; None when the one line of a deal has the deal's agreed sum."""
    given = line.get("unitPrice") or {}
    if given.get("amount"):
        if given.get("currency") != currency:
            raise invalid_field(f"{path}.unitPrice.currency", f"the deal is in {currency}")
        return Decimal(given["amount"])
    if row.amount_amount is not None and len(row.product_lines) == 1:
        # One product for an agreed sum, as small deals are: the sum stands, the line has no price.
        return None
    if listed[0] is None or listed[1] != currency:
        raise invalid_field(
            f"{path}.unitPrice", f"is needed: the product has no list price in {currency or 'any'}"
        )
    return listed[0]


def _list_prices(call: Call, lines: list[dict[str, Any]]) -> dict[str, Price]:
    known: dict[str, Price] = call.session.info.setdefault("sales.prices", {})
    new = {line["productId"].lower() for line in lines} - set(known)
    if new:
        rows = call.session.execute(
            select(
                ProductRow.id, ProductRow.list_price_amount, ProductRow.list_price_currency
            ).where(ProductRow.id.in_(new), ProductRow.delete_time.is_(None))
        )
        known.update({row[0]: (row[1], row[2]) for row in rows})
    return known


def _close(row: OpportunityRow, stage: Stage, close_date: datetime.date | None) -> None:
    row.stage_id, row.state = stage.id, stage.kind
    row.close_date = close_date or now().date()
    if row.engage_date is not None and row.close_date < row.engage_date:
        raise invalid_field("closeDate", "is before the day the work began")


def _refuse_unless(row: OpportunityRow, state: str) -> None:
    if row.state != state:
        raise FailedPrecondition(
            "ILLEGAL_MOVE",
            f"The deal is {row.state.lower()} already.",
            metadata={"state": row.state},
        )
