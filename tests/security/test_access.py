"""Who may call what, by direct gRPC: every RPC of every service, whatever the gateway would do.

The matrix is made of the descriptors, so a new RPC is in it as soon as it is in a proto.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.errors import Unauthenticated
from chassis.grpc.identity import INTERNAL_HEADER, InternalCredential
from chassis.grpc.server import methods_of
from chassis.testing.client import Refusal, read_refusal, refusal
from chassis.testing.running import USER, Keys, RunningService
from tests.integration.chassis.test_migrations import all_services

METHODS = [
    pytest.param(service, method, id=method.path)
    for service in all_services()
    for method, _ in methods_of(service)
]


@pytest.fixture(scope="module")
def started(start_module_service) -> Callable[[Any], RunningService]:
    """Each service once."""
    known: dict[str, RunningService] = {}

    def get(service):
        if service.name not in known:
            known[service.name] = start_module_service(service)
        return known[service.name]

    return get


def call(running: RunningService, method: Any, *metadata: tuple[str, str]) -> Refusal | None:
    """How a call with an empty request is refused; None when it is not."""
    channel = running.channel()
    kinds = {
        "unary": channel.unary_unary,
        "server_streaming": channel.unary_stream,
        "client_streaming": channel.stream_unary,
    }
    kind = method.desc.method_kind
    ask = kinds[kind](method.path, request_serializer=None, response_deserializer=None)
    try:
        request = iter([b""]) if kind == "client_streaming" else b""
        answer = ask(request, metadata=metadata, timeout=20)
        if kind == "server_streaming":
            list(answer)
    except grpc.RpcError as error:
        return read_refusal(error)
    return None


def bearer(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


def signed(keys: Keys, *, algorithm: str = "ES256", key: Any = None, **claims: Any) -> str:
    """A token that is good but for what is given."""
    good = {
        "iss": "identity",
        "aud": "wasl",
        "sub": USER,
        "exp": int(time.time()) + 60,
        "grants": ["*"],
    }
    payload = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "test"}, payload, key or keys.signing)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def without_signature(keys: Keys) -> str:
    claims = {
        "iss": "identity",
        "aud": "wasl",
        "sub": USER,
        "exp": int(time.time()) + 60,
        "grants": ["*"],
    }
    return f"{part({'alg': 'none'})}.{part(claims)}."


def signed_with_the_public_key(keys: Keys) -> str:
    # The classic: the public key, which everybody has, taken for the secret of an HMAC.
    public = keys.signing.as_pem(private=False)
    claims = {
        "iss": "identity",
        "aud": "wasl",
        "sub": USER,
        "exp": int(time.time()) + 60,
        "grants": ["*"],
    }
    signing = f"{part({'alg': 'HS256', 'kid': 'test'})}.{part(claims)}"
    signature = hmac.digest(public, signing.encode(), "sha256")
    return f"{signing}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def other_payload(keys: Keys) -> str:
    head, _, signature = signed(keys, grants=[]).split(".")
    claims = {
        "iss": "identity",
        "aud": "wasl",
        "sub": USER,
        "exp": int(time.time()) + 60,
        "grants": ["*"],
    }
    return ".".join((head, part(claims), signature))


STRANGER = ECKey.generate_key("P-256", parameters={"kid": "test", "alg": "ES256"})
# What each credential is refused as. None of them may ever be a failure of ours.
WORTHLESS: dict[str, tuple[Callable[[Keys], tuple[tuple[str, str], ...]], str]] = {
    "no credential": (lambda keys: (), "CREDENTIAL_MISSING"),
    "an empty one": (lambda keys: (bearer(""),), "CREDENTIAL_MISSING"),
    "another scheme": (lambda keys: (("authorization", "Basic YTpi"),), "CREDENTIAL_MISSING"),
    "garbage": (lambda keys: (bearer("garbage"),), "CREDENTIAL_INVALID"),
    "three garbage parts": (lambda keys: (bearer("a.b.c"),), "CREDENTIAL_INVALID"),
    "expired": (
        lambda keys: (bearer(signed(keys, exp=int(time.time()) - 1)),),
        "CREDENTIAL_EXPIRED",
    ),
    "without an end": (lambda keys: (bearer(signed(keys, exp=None)),), "CREDENTIAL_INVALID"),
    "of another audience": (
        lambda keys: (bearer(signed(keys, aud="other")),),
        "CREDENTIAL_INVALID",
    ),
    "of the processes' audience": (
        lambda keys: (bearer(signed(keys, aud="wasl-internal")),),
        "CREDENTIAL_INVALID",
    ),
    "without a person": (lambda keys: (bearer(signed(keys, sub=None)),), "CREDENTIAL_INVALID"),
    "with grants that are none": (
        lambda keys: (bearer(signed(keys, grants=5)),),
        "CREDENTIAL_INVALID",
    ),
    "by another key": (lambda keys: (bearer(signed(keys, key=STRANGER)),), "CREDENTIAL_INVALID"),
    "alg none": (lambda keys: (bearer(without_signature(keys)),), "CREDENTIAL_INVALID"),
    "alg HS256": (lambda keys: (bearer(signed_with_the_public_key(keys)),), "CREDENTIAL_INVALID"),
    "another payload": (lambda keys: (bearer(other_payload(keys)),), "CREDENTIAL_INVALID"),
    "a process's credential": (
        lambda keys: (
            bearer(InternalCredential(issuer="x", internal_key=keys.internal).metadata()[0][1]),
        ),
        "CREDENTIAL_INVALID",
    ),
}


@pytest.mark.parametrize(("service", "method"), METHODS)
@pytest.mark.parametrize("credential", WORTHLESS)
def test_a_worthless_credential_opens_nothing(started, keys, service, method, credential):
    make, reason = WORTHLESS[credential]
    refused = call(started(service), method, *make(keys))
    if method.access == "public" and reason == "CREDENTIAL_MISSING" and "scheme" not in credential:
        # Whoever signs in has none yet.
        assert refused is None or refused.code not in ("UNAUTHENTICATED", "INTERNAL", "UNKNOWN")
        return
    assert refused is not None
    assert refused.code == "UNAUTHENTICATED"
    # An internal RPC does not even look at a person's token.
    assert refused.reason == ("CREDENTIAL_INVALID" if method.access == "internal" else reason)


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_a_token_with_every_other_permission_does_not_open_it(started, keys, service, method):
    if method.access != "permission":
        return
    running = started(service)
    others = [
        other.permission
        for other, _ in methods_of(service)
        if other.permission and other.permission != method.permission
    ]
    # Neither what only begins or ends alike, nor a star in the wrong place.
    near = [
        method.permission[:-1],
        method.permission + "s",
        method.permission.upper(),
        "*" + method.permission[1:],
        f"other.{method.permission}",
        "",
    ]
    refused = call(running, method, bearer(keys.token(grants=(*others, *near))))
    assert refused is not None
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    assert method.permission in refused.message


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_its_own_permission_opens_it(started, keys, service, method):
    # The proof that the refusals above are about the credential and nothing else.
    running = started(service)
    if method.access == "internal":
        credential = InternalCredential(issuer="x", internal_key=keys.internal)
        metadata = credential.metadata()
    else:
        metadata = (bearer(keys.token(grants=(method.permission,))),)
    refused = call(running, method, *metadata)
    assert refused is None or refused.code not in (
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "INTERNAL",
        "UNKNOWN",
        "UNIMPLEMENTED",
    )


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_a_person_with_all_grants_may_not_call_what_is_internal(started, keys, service, method):
    if method.access != "internal":
        return
    running = started(service)
    token = keys.token()
    for metadata in (
        [bearer(token)],
        [(INTERNAL_HEADER, token)],
        [bearer(token), (INTERNAL_HEADER, "")],
        [(INTERNAL_HEADER, without_signature(keys))],
        [
            (
                INTERNAL_HEADER,
                InternalCredential(
                    issuer="x", internal_key="another key of 32 letters or more"
                ).metadata()[0][1],
            )
        ],
    ):
        refused = call(running, method, *metadata)
        assert refused is not None
        assert refused.code == "UNAUTHENTICATED"


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_bytes_that_are_no_request_are_told_so(started, keys, service, method):
    running = started(service)
    if method.access == "internal" or method.desc.method_kind == "client_streaming":
        return
    channel = running.channel()
    kind = channel.unary_unary if method.desc.method_kind == "unary" else channel.unary_stream
    ask = kind(method.path, request_serializer=None, response_deserializer=None)
    refused = refusal(
        lambda: ask(b"\xff\xff\xff\xff", metadata=(bearer(keys.token()),), timeout=20)
    )
    assert (refused.code, refused.reason) == ("INVALID_ARGUMENT", "MALFORMED_REQUEST")


@pytest.fixture(scope="module")
def verifier(started):
    return started(all_services()[0]).runtime.verifier


@given(token=st.text() | st.binary().map(lambda data: data.decode("latin-1")))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_at_all_makes_the_verifier_stumble(verifier, token):
    for check in (verifier.caller, verifier.check_internal):
        with pytest.raises(Unauthenticated):
            check(token)


@given(
    head=st.dictionaries(
        st.sampled_from(["alg", "kid", "crit", "typ", "jwk", "b64"]),
        st.sampled_from(["ES256", "none", "HS256", "test", "", None, 5, ["b64"], {}]),
    ),
    payload=st.none() | st.integers() | st.lists(st.integers()) | st.just({"aud": "wasl"}),
)
@settings(max_examples=300, deadline=None)
def test_no_header_makes_the_verifier_stumble(verifier, head, payload):
    token = f"{part(head)}.{part(payload)}.{part({})}"
    for check in (verifier.caller, verifier.check_internal):
        with pytest.raises(Unauthenticated):
            check(token)
