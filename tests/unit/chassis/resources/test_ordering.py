"""orderBy: what may be sorted by, and how it is said that something may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.resources.ordering import OrderError, parse_order

ALLOWED = frozenset({"name", "createTime", "customFields.lead_source", "address.city"})


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("  ", []),
        ("name", [("name", False)]),
        (" name  DESC ,create_time asc", [("name", True), ("createTime", False)]),
        ("createTime desc", [("createTime", True)]),
        ("custom_fields.lead_source", [("customFields.lead_source", False)]),
        ("address.city, name", [("address.city", False), ("name", False)]),
    ],
)
def test_keys_come_as_the_list_spells_them(text: str, keys: list[tuple[str, bool]]) -> None:
    assert parse_order(text, allowed=ALLOWED) == keys


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("salary", "salary"),
        ("name down", "name"),
        ("name, name desc", "name"),
        ("createTime, create_time", "createTime"),
        ("name,,createTime", ""),
        ("name desc please", "name desc please"),
        ("name,createTime,a,b,c,d", ""),
        ("x" * 2000, ""),
    ],
)
def test_what_cannot_be_sorted_by_is_named(text: str, field: str) -> None:
    with pytest.raises(OrderError) as refused:
        parse_order(text, allowed=ALLOWED)
    assert refused.value.field == field
    assert field in refused.value.message


@given(st.text() | st.lists(st.sampled_from(["name", "createTime", ",", " ", "desc"])).map("".join))
def test_any_text_is_an_order_or_refused(text: str) -> None:
    try:
        keys = parse_order(text, allowed=ALLOWED)
    except OrderError:
        return
    assert {field for field, _ in keys} <= ALLOWED
