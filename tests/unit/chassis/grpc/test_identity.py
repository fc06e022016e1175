"""Tokens: what a grant covers, and that verifying them stands many threads at once."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from cachetools import TTLCache
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.errors import Unauthenticated
from chassis.grpc.identity import Caller, InternalCredential, TokenVerifier

KEY = ECKey.generate_key("P-256", parameters={"kid": "test", "alg": "ES256"})
INTERNAL = "an internal key of more than thirty-two letters"


@pytest.fixture
def verifier() -> TokenVerifier:
    public = json.dumps({"keys": [KEY.as_dict(private=False)]})
    return TokenVerifier(public_keys=public, internal_key=INTERNAL)


def token(**claims: object) -> str:
    known = {
        "iss": "identity",
        "aud": "wasl",
        "sub": "ada",
        "exp": int(time.time()) + 60,
        "grants": ["*"],
    }
    return jwt.encode({"alg": "ES256", "kid": "test"}, known | claims, KEY)


@pytest.mark.parametrize(
    ("grants", "permission", "may"),
    [
        (("*",), "contacts.contacts.get", True),
        (("contacts.*",), "contacts.contacts.get", True),
        (("contacts.*",), "contactsbook.pages.get", False),
        (("contacts.contacts.*",), "contacts.companies.get", False),
        (("contacts.contacts.get",), "contacts.contacts.get", True),
        (("contacts.contacts.get",), "contacts.contacts.getAll", False),
        (("sales.deals.get", "contacts.contacts.get"), "contacts.contacts.get", True),
        ((), "contacts.contacts.get", False),
        (("",), "contacts.contacts.get", False),
    ],
)
def test_a_grant_covers_what_it_names(grants, permission, may):
    assert Caller("ada", grants=grants).may(permission) is may


def test_a_known_token_is_refused_once_it_has_expired(verifier, monkeypatch):
    good = token()
    assert verifier.caller(good).user_id == "ada"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    with pytest.raises(Unauthenticated) as refused:
        verifier.caller(good)
    assert refused.value.reason == "CREDENTIAL_EXPIRED"


def test_a_process_makes_its_credential_anew_before_it_ends(verifier, monkeypatch):
    credential = InternalCredential(issuer="test", internal_key=INTERNAL)
    first = credential.metadata()
    assert credential.metadata() == first
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31)
    assert credential.metadata() != first
    verifier.check_internal(credential.metadata()[0][1])


def test_many_threads_verify_at_once_while_tokens_come_and_go(verifier):
    # Small and short-lived, so that entries expire while others are read.
    verifier._callers = TTLCache(5, 0.0005)
    verifier._internal = TTLCache(5, 0.0005)
    tokens = [token(sub=str(number)) for number in range(10)]
    credentials = [
        InternalCredential(issuer=str(number), internal_key=INTERNAL).metadata()[0][1]
        for number in range(10)
    ]

    def verify(start: int) -> None:
        until = time.monotonic() + 0.7
        number = start
        while time.monotonic() < until:
            number = (number + 1) % 10
            assert verifier.caller(tokens[number]).user_id == str(number)
            verifier.check_internal(credentials[number])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(verify, range(8)))
    finally:
        sys.setswitchinterval(before)
