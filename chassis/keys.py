"""The keys of internal tokens, as the environment tells them: JSON Web Keys or PEM, EC P-256.

A key that brings no name gets its RFC 7638 thumbprint, which is the same on both sides, whichever
form either side was told. So a Secret of Helm's PEM and a file of JSON can be mixed.
"""

import json
import re
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificate
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
_CURVE = "it is no key of the curve P-256"


@lru_cache(maxsize=8)
def signing_key(text: str) -> ECKey:
    """The private key of a JWK or of a PEM, `EC PRIVATE KEY` or `PRIVATE KEY`; it has a `kid`.

    Raises ValueError with what is wrong. Never tells the key.
    """
    key = _of_jwk(text) if text.lstrip().startswith("{") else _private_of_pem(text)
    if not key.is_private:
        raise ValueError("it holds a public key only; identity signs with a private one")
    key.ensure_kid()
    return key


@lru_cache(maxsize=8)
def public_keys(text: str) -> KeySet:
    """The keys of a JWK set, or of PEM certificates and public keys one after the other.

    Raises ValueError with what is wrong. Dates and signatures of certificates do not matter:
    whoever writes the setting vouches for its keys.
    """
    if text.lstrip().startswith("{"):
        return _of_key_set(text)
    blocks = list(_BLOCK.finditer(_lines(text)))
    if not blocks:
        raise ValueError("it is no JSON Web Key Set and no PEM")
    return KeySet([_public_of_pem(block[0], kind=block[1]) for block in blocks])


def check_pair(signing: str, public: str) -> None:
    """Raises ValueError unless what the signing key signs is verified by the public keys."""
    key = signing_key(signing)
    # Otherwise the first sign is that nobody gets in any more.
    known = {other.kid: other.thumbprint() for other in public_keys(public)}
    if known.get(key.kid) != key.thumbprint():
        raise ValueError("its public key is not among those of WASL_TOKEN_PUBLIC_KEYS")


def _of_jwk(text: str) -> ECKey:
    try:
        value = json.loads(text)
        if value["kty"] != "EC":
            raise ValueError(value["kty"])
        key = ECKey.import_key(value)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("it is no JSON Web Key of the curve P-256") from error
    return _of_our_curve(key)


def _private_of_pem(text: str) -> ECKey:
    block = _BLOCK.search(_lines(text))
    if block is None:
        raise ValueError("it is no JSON Web Key and no PEM")
    try:
        key = load_pem_private_key(block[0].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it is no PEM of a private key that can be read") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError(_CURVE)
    return _of_our_curve(ECKey.import_key(key))


def _of_key_set(text: str) -> KeySet:
    try:
        values = list(json.loads(text)["keys"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("it is no JSON Web Key Set") from error
    if not values:
        raise ValueError("it is a JSON Web Key Set without a key")
    keys = [_of_jwk(json.dumps(value)) for value in values]
    if any(key.is_private for key in keys):
        raise ValueError("it holds a private key; only identity may know that")
    return KeySet([*keys])


def _public_of_pem(block: str, *, kind: str) -> ECKey:
    if kind.endswith("PRIVATE KEY"):
        raise ValueError("it holds a private key; only identity may know that")
    key: object
    try:
        if kind == "CERTIFICATE":
            key = load_pem_x509_certificate(block.encode()).public_key()
        else:
            key = load_pem_public_key(block.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it holds a PEM that is no certificate and no public key") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError(_CURVE)
    return _of_our_curve(ECKey.import_key(key))


def _of_our_curve(key: ECKey) -> ECKey:
    if not isinstance(key.public_key.curve, SECP256R1):
        raise ValueError(_CURVE)
    return key


def _lines(text: str) -> str:
    # Files of environment variables hold one line for each, so people write \n.
    return text.replace("\\n", "\n")
