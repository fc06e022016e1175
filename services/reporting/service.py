"""What reporting is made of."""

from pathlib import Path

from chassis.service import Service
from services.reporting.api.report import export_pipeline_report, run_pipeline_report
from services.reporting.events import LISTENERS
from services.reporting.tables import Base
from services.reporting.tables.applied import Applied, Purged
from services.reporting.tables.dimension import (
    CompanyFact,
    ProductFact,
    StageFact,
    TeamFact,
    UserFact,
)
from services.reporting.tables.opportunity import OpportunityFact, OpportunityProductFact
from wasl.reporting.v1 import report_service_pb

SERVICE = Service(
    name="reporting",
    folder=Path(__file__).parent,
    base=Base,
    protos=(report_service_pb,),
    rpcs=(run_pipeline_report, export_pipeline_report),
    listeners=LISTENERS,
    read_model=(
        # First what batches lock first, so that emptying and applying never wait for each other.
        Applied,
        Purged,
        OpportunityFact,
        OpportunityProductFact,
        UserFact,
        TeamFact,
        ProductFact,
        StageFact,
        CompanyFact,
    ),
)
