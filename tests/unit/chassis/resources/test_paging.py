"""Page tokens: whatever values a row has come back as they were, and nobody else's are taken."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Date, DateTime, Numeric
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.errors import InvalidArgument
from chassis.resources.paging import SortKey, make_token, read_token

KEY = "a key of more than thirty-two letters"


class Base(DeclarativeBase):
    """The base of the table below."""


class Row(Base):
    """A table with a column of every kind that can be sorted by."""

    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(19, 4))
    day: Mapped[datetime.date | None] = mapped_column(Date)
    time: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


KEYS = [
    SortKey(column, descending=False)
    for column in (Row.name, Row.amount, Row.day, Row.time, Row.id)
]


@given(
    name=st.text(st.characters(exclude_categories=["Cs"])),
    amount=st.none() | st.decimals("-999999", "999999", places=4),
    day=st.none() | st.dates(),
    time=st.none() | st.datetimes(timezones=st.just(datetime.UTC)),
    id_=st.integers(0, 2**53),
)
def test_values_come_back_as_they_were(name, amount, day, time, id_):
    values = [name, amount, day, time, id_]
    token = make_token(KEY, query="q", values=values)
    assert read_token(KEY, token, query="q", keys=KEYS) == values


@given(st.text())
def test_no_text_at_all_is_taken_for_a_token(text):
    with pytest.raises(InvalidArgument) as refused:
        read_token(KEY, text, query="q", keys=KEYS)
    assert refused.value.reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize(("key", "query"), [("another key of thirty-two letters", "q"), (KEY, "p")])
def test_a_token_of_another_installation_or_query_is_refused(key, query):
    token = make_token(key, query=query, values=["a"])
    with pytest.raises(InvalidArgument):
        read_token(KEY, token, query="q", keys=None)
