"""The keys of tokens come as JSON Web Keys or as PEM, and name themselves alike in both."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.keys import check_pair, public_keys, signing_key

HELM = Path(sys.executable).parent / "helm"
TEMPLATE = """\
{{- $key := genPrivateKey "ecdsa" }}
signing: {{ $key | quote }}
public: {{ (genSelfSignedCertWithKey "wasl" nil nil 3650 $key).Cert | quote }}
"""


def pem(key, *, format_: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, format_, NoEncryption()).decode()


def public_pem(key) -> str:
    info = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, info).decode()


def jwk(key, **parameters: str) -> dict[str, str]:
    return ECKey.import_key(pem(key), parameters or None).as_dict(private=True)


def key_set(*keys: dict[str, str]) -> str:
    return json.dumps({"keys": [{k: v for k, v in key.items() if k != "d"} for key in keys]})


OURS = generate_private_key(SECP256R1())
OTHER = generate_private_key(SECP256R1())
STRONGER = generate_private_key(SECP384R1())
RSA = generate_rsa(65537, 2048)


def verifies(signing: str, public: str) -> bool:
    key = signing_key(signing)
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, {"sub": "ada"}, key)
    return jwt.decode(token, public_keys(public), algorithms=["ES256"]).claims["sub"] == "ada"


@pytest.mark.parametrize(
    "signing",
    [
        json.dumps(jwk(OURS)),
        pem(OURS),
        pem(OURS, format_=PrivateFormat.TraditionalOpenSSL),
        pem(OURS).replace("\n", "\\n"),
    ],
    ids=["jwk", "pkcs8", "sec1", "one line"],
)
@pytest.mark.parametrize(
    "public",
    [key_set(jwk(OURS)), key_set(jwk(OTHER), jwk(OURS)), public_pem(OTHER) + public_pem(OURS)],
    ids=["set", "set of two", "pem of two"],
)
def test_what_is_signed_in_any_form_is_verified_in_any_form(signing, public):
    check_pair(signing, public)
    assert verifies(signing, public)


def test_a_key_without_a_name_is_named_by_its_thumbprint_in_every_form():
    names = {
        signing_key(pem(OURS)).kid,
        signing_key(json.dumps(jwk(OURS))).kid,
        next(iter(public_keys(public_pem(OURS)))).kid,
        next(iter(public_keys(key_set(jwk(OURS))))).kid,
    }
    assert names == {ECKey.import_key(pem(OURS)).thumbprint()}


def test_a_name_that_a_jwk_brings_is_kept():
    named = jwk(OURS, kid="mine")
    assert signing_key(json.dumps(named)).kid == "mine"
    assert verifies(json.dumps(named), key_set(named))


def test_what_helm_generates_is_a_pair(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: keys\nversion: 0.0.1\n")
    (tmp_path / "templates" / "keys.yaml").write_text(TEMPLATE)
    rendered = subprocess.run(
        [HELM, "template", "keys", str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    lines = [line for line in rendered.splitlines() if ": " in line and not line.startswith("#")]
    # What Go's %q and JSON say alike: a PEM has no letter that they write differently.
    made = {name: json.loads(value) for name, value in (line.split(": ", 1) for line in lines)}
    assert "BEGIN EC PRIVATE KEY" in made["signing"]
    assert "BEGIN CERTIFICATE" in made["public"]
    check_pair(made["signing"], made["public"])
    assert verifies(made["signing"], made["public"])
    # And while it is changed: the certificate after that of another key.
    assert verifies(made["signing"], public_pem(OTHER) + made["public"])


@pytest.mark.parametrize(
    ("signing", "sentence"),
    [
        ("", "no JSON Web Key and no PEM"),
        ("{}", "no JSON Web Key"),
        ("{", "no JSON Web Key"),
        (key_set(jwk(OURS)), "no JSON Web Key"),
        (json.dumps(json.loads(key_set(jwk(OURS)))["keys"][0]), "a public key only"),
        (public_pem(OURS), "no PEM of a private key"),
        (pem(OURS).replace("M", "N", 5), "no PEM of a private key"),
        (pem(STRONGER), "P-256"),
        (pem(RSA), "P-256"),
    ],
)
def test_a_signing_key_that_is_none_is_told_in_words(signing, sentence):
    with pytest.raises(ValueError, match=sentence):
        signing_key(signing)


@pytest.mark.parametrize(
    ("public", "sentence"),
    [
        ("", "no JSON Web Key Set and no PEM"),
        ("{}", "no JSON Web Key Set"),
        (json.dumps({"keys": []}), "without a key"),
        (json.dumps({"keys": [{}]}), "no JSON Web Key of"),
        (json.dumps({"keys": [jwk(OURS)]}), "only identity may know"),
        (json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "P-256"),
        (public_pem(OURS) + pem(OTHER), "only identity may know"),
        (pem(OURS, format_=PrivateFormat.TraditionalOpenSSL), "only identity may know"),
        (public_pem(STRONGER), "P-256"),
        (public_pem(RSA), "P-256"),
        (public_pem(OURS).replace("PUBLIC KEY", "CERTIFICATE"), "no certificate"),
    ],
)
def test_public_keys_that_are_none_are_told_in_words(public, sentence):
    with pytest.raises(ValueError, match=sentence):
        public_keys(public)


def test_a_signing_key_whose_tokens_nobody_would_take_is_refused():
    with pytest.raises(ValueError, match="WASL_TOKEN_PUBLIC_KEYS"):
        check_pair(pem(OURS), public_pem(OTHER))
    # The name alone proves nothing.
    with pytest.raises(ValueError, match="WASL_TOKEN_PUBLIC_KEYS"):
        check_pair(json.dumps(jwk(OURS, kid="k")), key_set(jwk(OTHER, kid="k")))
