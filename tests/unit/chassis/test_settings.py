"""A wrong environment ends a process with one sentence, and without the secret in it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from chassis.settings import load
from services.identity.settings import IdentitySettings

KEY, OTHER = (generate_private_key(SECP256R1()) for _ in range(2))


def private(key) -> str:
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def public(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


GOOD = {
    "DATABASE_URL": "postgresql://wasl_identity:x@127.0.0.1/wasl_identity",
    "BROKER_URL": "amqp://wasl_identity:x@127.0.0.1/%2F",
    "INTERNAL_KEY": "an internal key of more than thirty-two letters",
    "SECRETS_KEY": "a secrets key of more than thirty-two letters",
    "AUDIT_KEY": "an audit key of more than thirty-two letters",
    "TOKEN_PUBLIC_KEYS": public(KEY),
    "TOKEN_SIGNING_KEY": private(KEY),
}


@pytest.fixture
def told(monkeypatch):
    def tell(**changed: str) -> None:
        for name, value in (GOOD | changed).items():
            monkeypatch.setenv(f"WASL_{name}", value)

    return tell


def test_keys_as_pem_are_taken(told):
    told()
    assert load(IdentitySettings).token_signing_key == private(KEY)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"TOKEN_PUBLIC_KEYS": "nonsense"}, "WASL_TOKEN_PUBLIC_KEYS is wrong: it is no JSON Web"),
        ({"TOKEN_PUBLIC_KEYS": private(KEY)}, "WASL_TOKEN_PUBLIC_KEYS is wrong: it holds a priv"),
        ({"TOKEN_SIGNING_KEY": "nonsense"}, "WASL_TOKEN_SIGNING_KEY is wrong: it is no JSON Web"),
        ({"TOKEN_SIGNING_KEY": private(OTHER)}, "WASL_TOKEN_SIGNING_KEY is wrong: its public key"),
    ],
)
def test_wrong_keys_end_the_process_with_a_sentence(told, capsys, changed, sentence):
    told(**changed)
    with pytest.raises(SystemExit) as ended:
        load(IdentitySettings)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert sentence in lines[0]
    assert not any(part in lines[0] for part in private(KEY).splitlines()[1:-1])
