"""What sales is made of."""

from pathlib import Path

from chassis.service import Service
from services.sales.api.opportunity import (
    OPPORTUNITIES,
    lose_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from services.sales.api.pipeline import PIPELINES
from services.sales.api.product import PRODUCTS
from services.sales.queries.pipeline import look_up_stages
from services.sales.rules.bootstrap import make_first_pipeline
from services.sales.tables import Base
from wasl.sales.v1 import opportunity_service_pb, pipeline_service_pb, product_service_pb

SERVICE = Service(
    name="sales",
    folder=Path(__file__).parent,
    base=Base,
    protos=(product_service_pb, pipeline_service_pb, opportunity_service_pb),
    resources=(PRODUCTS, PIPELINES, OPPORTUNITIES),
    rpcs=(win_opportunity, lose_opportunity, reopen_opportunity),
    lookups={"sales.stages": look_up_stages},
    prepare=make_first_pipeline,
)
