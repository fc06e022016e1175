"""Migrations of every service: they make the tables in code, however often they run."""

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import count

import pytest
from sqlalchemy import text

import services
from chassis.database.engine import make_engine
from chassis.database.migrations import (
    ROLE_SETTINGS,
    differences,
    migrate,
    missing_revisions,
    wait_for_database,
)
from chassis.service import Service

_NUMBERS = count(1)


def all_services() -> list[Service]:
    """Every service that has a manifest; a new one comes by itself."""
    found = []
    for module in pkgutil.iter_modules(services.__path__):
        try:
            manifest = import_module(f"services.{module.name}.service")
        except ModuleNotFoundError as error:
            # The gateway keeps nothing, and so has none.
            if error.name != f"services.{module.name}.service":
                raise
            continue
        found.append(manifest.SERVICE)
    return found


SERVICES = [pytest.param(service, id=service.name) for service in all_services()]


@pytest.fixture
def engine(postgres_server):
    name = f"migrated_{next(_NUMBERS)}"
    postgres_server.create(name, name, "secret")
    made = make_engine(postgres_server.url(name, name, tcp=True), pool_size=8, direct=True)
    yield made
    made.dispose()


def test_there_are_services_to_test():
    assert {"contacts", "identity", "sales"} <= {service.name for service in all_services()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_migrated_database_is_what_the_tables_in_code_say(service, engine):
    assert "run `migrate`" in missing_revisions(engine, service.branches)
    migrate(engine, service.branches)
    assert missing_revisions(engine, service.branches) == ""
    for branch in service.branches:
        assert differences(engine, branch) == []


@pytest.mark.parametrize("service", SERVICES)
def test_migrating_again_changes_nothing(service, engine):
    migrate(engine, service.branches)
    before = schema(engine)
    migrate(engine, service.branches)
    assert schema(engine) == before


def schema(engine) -> list[tuple]:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT table_name, column_name, data_type, is_nullable, column_default"
                " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            )
        )
        indexes = connection.execute(
            text("SELECT indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'")
        )
        return [*map(tuple, rows), *sorted(map(tuple, indexes))]


@pytest.mark.parametrize("service", SERVICES)
def test_two_migrators_at_once_do_not_clash(service, engine):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(engine, service.branches), range(4)))
    assert missing_revisions(engine, service.branches) == ""


def test_the_role_keeps_its_limits(engine):
    (service, *_) = all_services()
    migrate(engine, service.branches)
    plain = make_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    with plain.connect() as connection:
        held = {name: connection.scalar(text(f"SHOW {name}")) for name in ROLE_SETTINGS}
    plain.dispose()
    assert held["statement_timeout"] == "5s"
    assert held["lock_timeout"] == "1s"
    assert held["timezone"] == "UTC"


def test_code_that_was_rolled_back_leaves_the_newer_schema_alone(engine):
    (service, *_) = all_services()
    migrate(engine, service.branches)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_of_the_next'"))
    before = schema(engine)
    migrate(engine, service.branches)
    assert missing_revisions(engine, service.branches) == ""
    assert schema(engine) == before


def test_waiting_for_a_database_ends_with_the_reason(engine):
    assert wait_for_database(engine, seconds=0) == ""
    away = make_engine("postgresql://nobody@127.0.0.1:1/nothing", pool_size=1)
    assert "127.0.0.1" in wait_for_database(away, seconds=0.6)
