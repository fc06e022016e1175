"""Pipelines and products: what may be written of them, and what deals hold fast."""

import pytest
from protobuf.wkt import FieldMask

from chassis.testing.client import refusal
from services.sales.service import SERVICE
from tests.integration.sales.deals import Sales, line, money
from wasl.sales.v1.pipeline_pb import Pipeline, Stage
from wasl.sales.v1.pipeline_service_pb import (
    CreatePipelineRequest,
    DeletePipelineRequest,
    UndeletePipelineRequest,
    UpdatePipelineRequest,
)
from wasl.sales.v1.product_service_pb import DeleteProductRequest

Kind = Stage.Kind
OTHER = "01900000-0000-7000-8000-00000000dead"


@pytest.fixture
def sales(start_service):
    return Sales(start_service(SERVICE))


def stages(*kinds: str) -> list[Stage]:
    return [Stage(name=f"S{place}", kind=Kind[kind]) for place, kind in enumerate(kinds)]


def add(sales, name="Second", wanted=None) -> Pipeline:
    pipeline = Pipeline(name=name, stages=wanted or stages("OPEN", "WON", "LOST"))
    return sales.client.create_pipeline(CreatePipelineRequest(pipeline=pipeline))


def change(sales, pipeline, wanted) -> Pipeline:
    sent = Pipeline(id=pipeline.id, etag=pipeline.etag, stages=wanted)
    mask = FieldMask(paths=["stages"])
    return sales.client.update_pipeline(UpdatePipelineRequest(pipeline=sent, update_mask=mask))


def test_stages_get_their_ids_and_keep_their_order(sales):
    made = add(sales)
    assert [stage.name for stage in made.stages] == ["S0", "S1", "S2"]
    assert len({stage.id for stage in made.stages}) == 3
    turned = change(sales, made, list(reversed(made.stages)))
    assert [stage.id for stage in turned.stages] == [s.id for s in reversed(made.stages)]


@pytest.mark.parametrize(
    "wanted",
    [
        stages("OPEN", "WON", "WON", "LOST"),
        stages("OPEN", "OPEN", "WON"),
        stages("OPEN", "OPEN", "LOST"),
        stages("WON", "LOST", "LOST"),
        [*stages("OPEN", "WON", "LOST"), Stage(name="s0", kind=Kind.OPEN)],
    ],
)
def test_stages_that_make_no_pipeline_are_refused(sales, wanted):
    refused = refusal(lambda: add(sales, wanted=wanted))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["pipeline.stages"])


def test_a_stage_cannot_bring_the_id_of_another_pipelines(sales):
    made = add(sales)
    foreign = Stage(id=sales.pipeline.stages[0].id, name="Mine now", kind=Kind.OPEN)
    refused = refusal(lambda: change(sales, made, [*made.stages, foreign]))
    assert refused.fields == ["pipeline.stages"]
    # On creation ids are ours to give.
    third = add(sales, "Third", [foreign, *stages("WON", "LOST")])
    assert third.stages[0].id != foreign.id


def test_two_stages_cannot_have_one_id(sales):
    made = add(sales)
    twin = Stage(id=made.stages[0].id, name="Twin", kind=Kind.OPEN)
    refused = refusal(lambda: change(sales, made, [*made.stages, twin]))
    assert (refused.code, refused.fields) == ("INVALID_ARGUMENT", ["pipeline.stages"])


def test_a_stage_with_deals_cannot_go_or_change_its_kind_but_its_name(sales):
    made = add(sales, wanted=stages("OPEN", "OPEN", "WON", "LOST"))
    first, second, won, lost = made.stages
    sales.add(pipeline_id=made.id, stage_id=second.id)
    refused = refusal(lambda: change(sales, made, [first, won, lost]))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "STAGE_IN_USE")
    flipped = [
        first,
        Stage(id=second.id, name="x", kind=Kind.WON),
        Stage(id=won.id, name="y", kind=Kind.OPEN),
        lost,
    ]
    assert refusal(lambda: change(sales, made, flipped)).reason == "STAGE_IN_USE"
    named = change(sales, made, [first, Stage(id=second.id, name="New", kind=Kind.OPEN), won, lost])
    assert named.stages[1].name == "New"
    # The one that no deal is in may go.
    assert len(change(sales, named, [named.stages[1], won, lost]).stages) == 3


def test_a_deal_stays_in_its_pipeline(sales):
    made = add(sales)
    deal = sales.add()
    refused = refusal(lambda: sales.change(deal, pipeline_id=made.id))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("opportunity.pipelineId", "IMMUTABLE")
    ]
    refused = refusal(lambda: sales.change(deal, stage_id=made.stages[0].id))
    assert [(v.field, v.reason) for v in refused.violations] == [
        ("opportunity.stageId", "NOT_FOUND")
    ]


def test_a_pipeline_with_deals_cannot_be_deleted(sales):
    made = add(sales)
    sales.add(pipeline_id=made.id)
    request = DeletePipelineRequest(id=made.id, etag=made.etag)
    refused = refusal(lambda: sales.client.delete_pipeline(request))
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "PIPELINE_IN_USE")


def test_a_deleted_pipeline_takes_no_deals_and_gives_its_name_free(sales):
    made = add(sales)
    sales.client.delete_pipeline(DeletePipelineRequest(id=made.id, etag=made.etag))
    assert refusal(lambda: sales.add(pipeline_id=made.id)).code == "INVALID_ARGUMENT"
    add(sales)
    refused = refusal(lambda: sales.client.undelete_pipeline(UndeletePipelineRequest(id=made.id)))
    assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_EXISTS")


def test_a_product_in_a_deal_cannot_be_deleted(sales):
    sold, other = sales.product("Sold", money("1")), sales.product("Other")
    sales.add(product_lines=[line(sold)])
    refused = refusal(
        lambda: sales.client.delete_product(DeleteProductRequest(id=sold.id, etag=sold.etag))
    )
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "PRODUCT_IN_USE")
    sales.client.delete_product(DeleteProductRequest(id=other.id, etag=other.etag))
