"""`reseal`: after it the former secrets key is of no use any more, and can go."""

import argparse
import datetime

import pytest
from sqlalchemy import LargeBinary, select

from chassis.encryption import seal, unseal
from chassis.testing.running import RunningService
from services.identity.rules import oidc_provider, second_factor
from services.identity.rules.sealed import _SEALED, seal_anew
from services.identity.service import SERVICE
from services.identity.tables import Base
from services.identity.tables.oidc_provider import OidcProviderRow
from services.identity.tables.password import SecondFactorRow
from services.identity.tables.session import SessionRow
from services.identity.verbs import VERBS

OLD, NEW = ("the old key of thirty-two letters or more", "a new key of thirty-two letters or more")
BOTH = f"{NEW},{OLD}"
PERSON, PROVIDER = (f"01900000-0000-7000-8000-00000000000{number}" for number in (1, 2))


@pytest.fixture
def identity(start_service):
    first = start_service(SERVICE, serves=False)
    url = first.runtime.settings.database_url
    settings = first.keys.settings(SERVICE, url, secrets_key=BOTH)
    made = RunningService(SERVICE, settings, keys=first.keys)
    with made.session() as session:
        session.add_all(sealed_rows(OLD))
    yield made
    made.stop()


def sealed_rows(key: str) -> list[Base]:
    def sealed(purpose: str) -> bytes:
        return seal("the secret", secrets=key, purpose=purpose)

    return [
        SecondFactorRow(user_id=PERSON, secret=sealed(second_factor.purpose_of(PERSON))),
        SessionRow(user_id=PERSON, token_hash=b"1", method="PASSWORD", id_token=sealed("idToken")),
        # Signed in with a password: there is nothing to seal.
        SessionRow(user_id=PERSON, token_hash=b"2", method="PASSWORD"),
        OidcProviderRow(
            id=PROVIDER,
            display_name="Acme",
            issuer="https://acme.example",
            client_id="wasl",
            sealed_secret=sealed(oidc_provider.purpose_of(PROVIDER)),
            scopes=[],
            groups_claim="groups",
            group_mappings=[],
            creates_users=False,
            enabled=True,
            create_time=datetime.datetime.now(datetime.UTC),
            version=1,
        ),
    ]


def opened(identity, secrets: str) -> list[str]:
    with identity.session() as session:
        return [
            unseal(sealed, secrets=secrets, purpose=purpose(id_))
            for column, key, purpose in _SEALED
            for id_, sealed in session.execute(select(key, column).where(column.is_not(None)))
        ]


def reseal(identity) -> int:
    verb = next(verb for verb in VERBS if verb.name == "reseal")
    return verb.run(identity.runtime, argparse.Namespace())


def test_what_the_former_key_has_sealed_is_opened_by_the_new_one_alone(identity, capsys):
    with pytest.raises(ValueError, match="cannot be opened"):
        opened(identity, NEW)
    assert reseal(identity) == 0
    assert capsys.readouterr().out == "3 secrets were sealed anew.\n"
    assert opened(identity, NEW) == ["the secret"] * 3
    assert reseal(identity) == 0
    assert capsys.readouterr().out == "0 secrets were sealed anew.\n"


def test_what_no_key_opens_is_told_and_left_as_it_is(identity, capsys):
    with identity.session() as session:
        assert seal_anew(session, secrets="another key of thirty-two letters or more") == (0, 3)
    assert opened(identity, OLD) == ["the secret"] * 3
    with identity.session() as session:
        session.get(SecondFactorRow, PERSON).secret = b"something else that is long enough"
    assert reseal(identity) == 1
    assert "1 cannot be opened" in capsys.readouterr().err


def test_every_column_that_is_sealed_is_sealed_anew():
    # What is kept as bytes is sealed unless it is a hash.
    binary = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.name.endswith("_hash")
    }
    sealed = {f"{column.class_.__tablename__}.{column.key}" for column, _, _ in _SEALED}
    assert sealed == binary - {"attempt.key"}
