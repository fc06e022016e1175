"""Products: the standard methods."""

from chassis.resources.resource import Resource
from services.sales.rules.product import prepare_product, refuse_sold_product
from services.sales.tables.product import ProductRow
from wasl.sales.v1 import events_pb, product_service_pb
from wasl.sales.v1.product_pb import Product


def _searched(row: ProductRow) -> tuple[str | None, ...]:
    return (row.name, row.code)


PRODUCTS = Resource(
    message=Product,
    table=ProductRow,
    service_pb=product_service_pb,
    events_pb=events_pb,
    name="sales.products",
    sortable=("create_time", "update_time", "name"),
    searched=_searched,
    keys={"name": "name", "code": "code"},
    prepare=prepare_product,
    before_delete=refuse_sold_product,
)
