"""What may be written of a product."""

from sqlalchemy import select

from chassis.database.scope import beyond_scope
from chassis.errors import FailedPrecondition
from chassis.grpc.call import Call
from chassis.resources.resource import Write
from services.sales.tables.opportunity import OpportunityRow
from services.sales.tables.product import ProductRow


def prepare_product(_call: Call, row: ProductRow, _write: Write) -> None:
    """Keeps an empty code out of the unique index."""
    row.code = row.code or None


def refuse_sold_product(call: Call, row: ProductRow) -> None:
    """Raises FailedPrecondition while deals have the product; it can be discontinued instead."""
    used = select(OpportunityRow.id).where(
        OpportunityRow.product_lines.contains([{"productId": row.id}])
    )
    # scope: escaped, because a product is in use whoever the deals belong to
    with beyond_scope(call.session):
        is_used = call.session.scalar(select(used.exists()))
    if is_used:
        raise FailedPrecondition(
            "PRODUCT_IN_USE", "Deals have this product. Discontinue it instead of deleting it."
        )
