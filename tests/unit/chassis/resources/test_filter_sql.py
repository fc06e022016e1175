"""A filter as SQL: how each kind of field is compared, and what never reaches PostgreSQL."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    create_engine,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine.interfaces import Compiled

from chassis.resources.filter import FilterError, parse_filter
from chassis.resources.filter_fields import FilterField
from chassis.resources.filter_sql import to_clause

DEALS = Table(
    "deals",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("key", Uuid),
    Column("name", Text),
    Column("age", Integer),
    Column("score", Double),
    Column("amount", Numeric(19, 4)),
    Column("active", Boolean),
    Column("create_time", DateTime(timezone=True)),
    Column("due", Date),
    Column("state", SmallInteger),
    Column("tags", ARRAY(Text)),
    Column("codes", ARRAY(String)),
    Column("labels", JSONB),
    Column("custom_fields", JSONB, nullable=False),
    prefixes=["TEMPORARY"],
)
KEY = "0190b5a2-7c3e-7000-8000-0123456789ab"
C = DEALS.c
FIELDS = {
    "key": FilterField(C.key, "uuid"),
    "name": FilterField(C.name, "text"),
    "age": FilterField(C.age, "number"),
    "score": FilterField(C.score, "number"),
    "amount": FilterField(C.amount, "decimal"),
    "active": FilterField(C.active, "boolean"),
    "createTime": FilterField(C.create_time, "timestamp"),
    "due": FilterField(C.due, "date"),
    "state": FilterField(C.state, "enum", values={"OPEN": 1, "WON": 2}),
    "tags": FilterField(C.tags, "text_list"),
    "codes": FilterField(C.codes, "text_list"),
    "labels": FilterField(C.labels, "text_list"),
    "customFields.tier": FilterField(C.custom_fields, "text", json_key="tier"),
    "customFields.level": FilterField(
        C.custom_fields, "enum", json_key="level", values={"HIGH": "high"}
    ),
    "customFields.size": FilterField(C.custom_fields, "number", json_key="size"),
    "customFields.vip": FilterField(C.custom_fields, "boolean", json_key="vip"),
    "customFields.since": FilterField(C.custom_fields, "date", json_key="since"),
    "customFields.areas": FilterField(C.custom_fields, "text_list", json_key="areas"),
    "customFields.owner": FilterField(C.custom_fields, "uuid", json_key="owner"),
    "customFields.budget.amount": FilterField(
        C.custom_fields["budget"], "decimal", json_key="amount"
    ),
}


def sql_of(clause: ColumnElement[bool]) -> Compiled:
    return clause.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


def compiled(text: str) -> tuple[str, list[object]]:
    tree = parse_filter(text)
    assert tree is not None
    query = sql_of(to_clause(tree, FIELDS))
    return str(query), list((query.params or {}).values())


@pytest.mark.parametrize(
    ("text", "sql", "parameters"),
    [
        ("name = Ali", "deals.name = %(param_1)s::VARCHAR", ["Ali"]),
        ("name != Ali", "deals.name IS DISTINCT FROM %(param_1)s::VARCHAR", ["Ali"]),
        ('name = "50%*"', "deals.name LIKE %(name_1)s::VARCHAR", ["50\\%%"]),
        ("name:a_b", "deals.name ILIKE %(name_1)s::VARCHAR", ["%a\\_b%"]),
        ("age > 5000000000", "deals.age > %(param_1)s::BIGINT", [5_000_000_000]),
        ("due = null", "deals.due IS NULL", []),
        ("due != null", "deals.due IS NOT NULL", []),
        ("due:*", "deals.due IS NOT NULL", []),
        ("state = WON", "deals.state = %(param_1)s::SMALLINT", [2]),
        ("tags:vip", "deals.tags @> %(param_1)s::TEXT[]", [["vip"]]),
        ("codes:vip", "deals.codes @> %(param_1)s::VARCHAR[]", [["vip"]]),
        ("labels:vip", "deals.labels @> %(param_1)s::JSONB", [["vip"]]),
        ("NOT age = 1", "(deals.age = %(param_1)s::BIGINT) IS NOT true", [1]),
        (
            "custom_fields.tier = gold",
            "deals.custom_fields @> %(param_1)s::JSONB",
            [{"tier": "gold"}],
        ),
        (
            "customFields.areas:north",
            "deals.custom_fields @> %(param_1)s::JSONB",
            [{"areas": ["north"]}],
        ),
    ],
)
def test_a_filter_becomes(text: str, sql: str, parameters: list[object]) -> None:
    assert compiled(text) == (sql, parameters)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("age = 1 AND salary > 5", 12, "'salary'"),
        ("age = abc", 6, "age is compared with a number"),
        ("age = 9223372036854775808", 6, "out of range"),
        ("amount < 1e15", 9, "out of range"),
        ("amount < 1e999", 9, "a number"),
        ("amount = NaN", 9, "a number"),
        ("active = yes", 9, "true or false"),
        ("state = LOST", 8, "one of OPEN, WON"),
        ("state > OPEN", 8, "no order"),
        ("key = 12", 6, "an id"),
        ("due = 2026-02-30", 6, "a date"),
        ("createTime > yesterday", 13, "a time"),
        ("createTime = '0001-01-01T00:00:00+14:00'", 13, "a time"),
        ("tags = vip", 7, "tags:value"),
        ("age = '1*'", 6, "pattern"),
        ("name < 'a*'", 7, "pattern"),
        ("age < null", 6, "null"),
        ("Ali", 0, "needs a field"),
    ],
)
def test_a_wrong_comparison_is_refused_by_name_and_position(
    text: str, position: int, said: str
) -> None:
    with pytest.raises(FilterError) as refused:
        compiled(text)
    assert refused.value.position == position
    assert said in refused.value.message


def test_functions_and_bare_words_work_where_they_are_given() -> None:
    tree = parse_filter("due < today() acme overdue()", functions=frozenset({"today", "overdue"}))
    assert tree is not None
    clause = to_clause(
        tree,
        FIELDS,
        search=lambda word: C.name == word,
        predicates={"overdue": lambda _: C.active.is_(True)},
        producers={"today": lambda _: "2026-03-21"},
    )
    assert str(sql_of(clause)) == (
        "deals.due < %(param_1)s::DATE AND deals.name = %(name_1)s::VARCHAR "
        "AND deals.active IS true"
    )
    for text in ("due < overdue()", "today()"):
        refused = parse_filter(text, functions=frozenset({"today", "overdue"}))
        assert refused is not None
        with pytest.raises(FilterError):
            to_clause(refused, FIELDS, predicates={}, producers={})


def test_a_field_that_cannot_work_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValueError, match="values"):
        FilterField(C.state, "enum")
    with pytest.raises(ValueError, match="timestamp"):
        FilterField(C.custom_fields, "timestamp", json_key="at")


@pytest.fixture(scope="module")
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Two full rows, one of NULLs and one whose custom fields hold the wrong types."""
    try:
        url = str(request.getfixturevalue("database_url"))
    except pytest.FixtureLookupError:
        pytest.skip("no database_url fixture: the chassis.testing plugin is not loaded")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        DEALS.create(connection)
        odd = {"tier": 5, "size": "many", "vip": "maybe", "since": [], "areas": "x", "owner": None}
        full = {
            "tier": "gold", "level": "high", "size": 5, "vip": True, "since": "2026-03-21",
            "areas": ["north"], "owner": KEY, "budget": {"amount": "1500.5"},
        }  # fmt: skip
        empty = {"tags": [], "codes": [], "labels": [], "name": ""}
        connection.execute(
            DEALS.insert().values(
                id=1, key=KEY, name="Ali 50%", age=30, score=1.5, amount="1166.5000", active=True,
                create_time="2026-03-21T00:00:00Z", due="2026-03-21", state=1, tags=["vip"],
                codes=["a"], labels=["x"], custom_fields=full,
            )
        )  # fmt: skip
        other = {"tier": "tin", "size": "7.25", "vip": False, "since": "2025-01-01", "areas": []}
        connection.execute(
            DEALS.insert().values(id=2, age=-1, state=2, custom_fields=other, active=False, **empty)
        )
        connection.execute(DEALS.insert().values(id=3, custom_fields={}))
        connection.execute(DEALS.insert().values(id=4, custom_fields=odd))
        yield connection
    engine.dispose()


def found(connection: Connection, text: str) -> list[int]:
    tree = parse_filter(text)
    assert tree is not None
    query = select(C.id).where(to_clause(tree, FIELDS)).order_by(C.id)
    return list(connection.execute(query).scalars())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("name = 'Ali 50%'", [1]),
        ("name != 'Ali 50%'", [2, 3, 4]),
        ("name:'ALI'", [1]),
        ("name:'0%'", [1]),
        ("name = 'Ali*'", [1]),
        ("name != 'Ali*'", [2, 3, 4]),
        ("name:*", [1]),
        ("name = ''", [2]),
        ("age < 5000000000", [1, 2]),
        ("age > 29.5", [1]),
        ("NOT age > 29.5", [2, 3, 4]),
        ("-(age = 30 OR age = null)", [2]),
        ("score >= 1.5", [1]),
        ("amount = 1166.5", [1]),
        ("amount != 1166.5", [2, 3, 4]),
        ("active = true", [1]),
        ("active != true", [2, 3, 4]),
        ("createTime >= '2026-03-21T03:30:00+03:30'", [1]),
        ("createTime < '9999-12-31T23:59:59Z'", [1]),
        ("due = 2026-03-21", [1]),
        ("state = (OPEN OR WON)", [1, 2]),
        ("state != OPEN", [2, 3, 4]),
        (f"key = {KEY.upper()}", [1]),
        ("tags:vip codes:a labels:x", [1]),
        ("-tags:vip", [2, 3, 4]),
        ("tags:*", [1]),
        ("labels:*", [1]),
        ("tags = null", [3, 4]),
        ("customFields.tier = gold", [1]),
        ("customFields.tier != gold", [2, 3, 4]),
        ("customFields.tier:ol", [1]),
        ("customFields.tier = 'g*'", [1]),
        ("customFields.tier = null", [3]),
        ("customFields.level = HIGH", [1]),
        ("customFields.size >= 5", [1, 2]),
        ("customFields.size != 5", [2, 3, 4]),
        ("customFields.size > 7.2", [2]),
        ("customFields.size < 9223372036854775807", [1, 2]),
        ("customFields.vip = false", [2]),
        ("customFields.vip != false", [1, 3, 4]),
        ("customFields.since >= 2026-01-01", [1]),
        ("customFields.since < 2026-01-01", [2]),
        ("customFields.areas:north", [1]),
        ("customFields.areas:*", [1]),
        ("-customFields.areas:*", [2, 3, 4]),
        ("customFields.owner = null", [2, 3, 4]),
        (f"customFields.owner != {KEY}", [2, 3, 4]),
        (f"customFields.owner = {KEY}", [1]),
        ("customFields.budget.amount > 1500", [1]),
        ("customFields.budget.amount != 1500.50", [2, 3, 4]),
    ],
)
def test_postgresql_finds(connection: Connection, text: str, ids: list[int]) -> None:
    assert found(connection, text) == ids


_VALUES = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
    | st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,20})?", fullmatch=True)
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.dates().map(lambda day: day.isoformat())
    | st.uuids().map(str)
    | st.sampled_from(["true", "OPEN", "HIGH", "*", "9" * 15, "-9223372036854775808"])
)


@given(
    st.sampled_from(sorted(FIELDS)),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">=", ":"]),
    _VALUES,
)
def test_no_value_ends_in_an_error_of_the_database(
    connection: Connection, field: str, operator: str, value: str
) -> None:
    written = "".join("\\" + letter if letter in '\\"' else letter for letter in value)
    text = f'{field} {operator} "{written}"'
    try:
        matched = found(connection, text)
    except FilterError:
        return
    assert sorted(matched + found(connection, f"NOT {text}")) == [1, 2, 3, 4]
