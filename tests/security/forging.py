"""Tokens that nobody should take: what forgers have tried elsewhere, made by hand.

Signed with the real key are only those whose claims are wrong; all others are what somebody can
make who has seen tokens and the public keys.
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey

from chassis.testing.running import USER, Keys

Forge = Callable[[Keys], str]
STRANGER = ECKey.generate_key("P-256", parameters={"kid": "test", "alg": "ES256"})
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


def encode(data: bytes | dict[str, Any]) -> str:
    """Base64 of the URL, without padding."""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def claims(**more: Any) -> dict[str, Any]:
    """Good claims of somebody who may do everything; None takes one away."""
    good = {"iss": "identity", "aud": "wasl", "sub": USER, "exp": int(time.time()) + 60}
    good |= {"grants": ["*"], "teams": [], "below": [], "hidden": [], "cred": "session:1"}
    return {name: value for name, value in (good | more).items() if value is not None}


def es256(key: ECKey, data: str, *, size: int = 32, digest: Any = None) -> bytes:
    """An ECDSA signature as JWS has it: r and s."""
    private: Any = key.private_key
    r, s = decode_dss_signature(private.sign(data.encode(), ec.ECDSA(digest or hashes.SHA256())))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def signed(key: ECKey, payload: bytes | dict[str, Any] | None = None, **head: Any) -> str:
    """A token signed with a P-256 key, whatever its header says."""
    header = {"alg": "ES256", "kid": "test"} | head
    header = {name: value for name, value in header.items() if value is not None}
    data = f"{encode(header)}.{encode(claims() if payload is None else payload)}"
    return f"{data}.{encode(es256(key, data))}"


def by_us(**wrong: Any) -> Forge:
    """Signed with the real key, with a claim that is wrong."""
    return lambda keys: signed(keys.signing, claims(**wrong))


def by_a_stranger(payload: bytes | None = None, **head: Any) -> Forge:
    """Signed with a key of the forger's own."""
    return lambda keys: signed(STRANGER, payload, **head)


def unsigned(signature: str = "", **head: Any) -> Forge:
    """Not signed at all."""
    return lambda keys: f"{encode(head)}.{encode(claims())}.{signature}"


def hashed(secret: Callable[[Keys], bytes], algorithm: str = "HS256", **head: Any) -> Forge:
    """The classic: something public taken for the secret of an HMAC."""

    def make(keys: Keys) -> str:
        data = f"{encode({'alg': algorithm, 'kid': 'test'} | head)}.{encode(claims())}"
        return f"{data}.{encode(hmac.digest(secret(keys), data.encode(), _HASHES[algorithm[2:]]))}"

    return make


def other_curve(curve: ec.EllipticCurve, algorithm: str, size: int, digest: Any) -> Forge:
    """Signed on another curve."""
    private = ec.generate_private_key(curve)

    def make(_: Keys) -> str:
        data = f"{encode({'alg': algorithm, 'kid': 'test'})}.{encode(claims())}"
        r, s = decode_dss_signature(private.sign(data.encode(), ec.ECDSA(digest)))
        return f"{data}.{encode(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"

    return make


def with_rsa(algorithm: str, pad: Any) -> Forge:
    """Signed with RSA."""

    def make(_: Keys) -> str:
        data = f"{encode({'alg': algorithm, 'kid': 'test'})}.{encode(claims())}"
        return f"{data}.{encode(_RSA.sign(data.encode(), pad, hashes.SHA256()))}"

    return make


def with_ed25519(_: Keys) -> str:
    """Signed with Ed25519."""
    data = f"{encode({'alg': 'EdDSA', 'kid': 'test'})}.{encode(claims())}"
    return f"{data}.{encode(ed25519.Ed25519PrivateKey.generate().sign(data.encode()))}"


def taken_apart(change: Callable[[list[str]], list[str]]) -> Forge:
    """A token of somebody who may nothing, with its parts changed."""

    def make(keys: Keys) -> str:
        return ".".join(change(signed(keys.signing, claims(grants=[])).split(".")))

    return make


def with_der_signature(keys: Keys) -> str:
    """A good signature in the form of another standard, over another payload."""
    data = signed(keys.signing, claims(grants=[])).rpartition(".")[0]
    private: Any = STRANGER.private_key
    return f"{data}.{encode(private.sign(data.encode(), ec.ECDSA(hashes.SHA256())))}"


def nested(keys: Keys) -> str:
    """A good token within one of the forger's."""
    inner = signed(keys.signing, claims(grants=[]))
    return signed(STRANGER, inner.encode(), cty="JWT")


def as_json(keys: Keys) -> str:
    """The JSON form, in which a header need not be signed."""
    head, payload, signature = signed(STRANGER).split(".")
    told = {"payload": payload, "protected": head, "signature": signature}
    return json.dumps(told, separators=(",", ":"))


def encrypted(_: Keys) -> str:
    """Five parts, as an encrypted token has."""
    return ".".join([encode({"alg": "dir", "enc": "A128GCM"}), "", "AAAA", "AAAA", "AAAA"])


def _pem(keys: Keys) -> bytes:
    return bytes(keys.signing.as_pem(private=False))


def _der(keys: Keys) -> bytes:
    public: Any = keys.signing.public_key
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(public.public_bytes(serialization.Encoding.DER, form))


def _jwk(keys: Keys) -> bytes:
    return json.dumps(keys.signing.as_dict(private=False)).encode()


def _own_jwk() -> dict[str, Any]:
    return dict(STRANGER.as_dict(private=False))


_NOW = time.time
_ALL = encode(claims())
_TWICE = json.dumps(claims(grants=[])).replace("{", '{"grants": ["*"], ', 1).encode()

FORGERIES: dict[str, Forge] = {
    "alg none": unsigned(alg="none"),
    "alg None": unsigned(alg="None"),
    "alg nOnE, with a signature": unsigned("AAAA", alg="nOnE"),
    "no alg": by_a_stranger(alg=None),
    "alg empty": by_a_stranger(alg=""),
    "alg a number": by_a_stranger(alg=256),
    "alg a list": by_a_stranger(alg=["ES256", "none"]),
    "alg in another case": by_a_stranger(alg="es256"),
    "alg unknown": by_a_stranger(alg="ES256K"),
    "HS256 with the public key as PEM": hashed(_pem),
    "HS256 with the public key as DER": hashed(_der),
    "HS256 with the public key as JWK": hashed(_jwk),
    "HS384 with the public key": hashed(_pem, "HS384"),
    "HS512 with the public key": hashed(_pem, "HS512"),
    "HS256 with an empty secret": hashed(lambda keys: b""),
    "HS256 with the kid as secret": hashed(lambda keys: b"test"),
    "HS256 with a file that is empty": hashed(lambda keys: b"", kid="../../../dev/null"),
    "HS256 with the key of processes": hashed(lambda keys: keys.internal.encode()),
    "a stranger's key under our kid": by_a_stranger(),
    "a stranger's key under another kid": by_a_stranger(kid="stranger"),
    "a stranger's key without a kid": by_a_stranger(kid=None),
    "a kid that is an address": by_a_stranger(kid="https://evil.example/key"),
    "a kid that is SQL": by_a_stranger(kid="x' UNION SELECT 'secret"),
    "a kid that is no text": by_a_stranger(kid={"a": 1}),
    "its own key in jwk": by_a_stranger(jwk=_own_jwk()),
    "its own key in jwk, without a kid": by_a_stranger(jwk=_own_jwk(), kid=None),
    "its own keys at jku": by_a_stranger(jku="https://evil.example/keys"),
    "its own certificate at x5u": by_a_stranger(x5u="https://evil.example/certificate"),
    "its own certificate in x5c": by_a_stranger(x5c=["AAAA"]),
    "crit that nobody knows": by_a_stranger(crit=["wasl"], wasl=True),
    "crit for an unencoded payload": by_a_stranger(crit=["b64"], b64=False),
    "crit empty": by_a_stranger(crit=[]),
    "compressed": by_a_stranger(zip="DEF"),
    "ES384": other_curve(ec.SECP384R1(), "ES384", 48, hashes.SHA384()),
    "ES512": other_curve(ec.SECP521R1(), "ES512", 66, hashes.SHA512()),
    "ES256 on P-384": other_curve(ec.SECP384R1(), "ES256", 48, hashes.SHA256()),
    "ES256 on secp256k1": other_curve(ec.SECP256K1(), "ES256", 32, hashes.SHA256()),
    "RS256": with_rsa("RS256", padding.PKCS1v15()),
    "PS256": with_rsa("PS256", padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
    "ES256 that is RSA": with_rsa("ES256", padding.PKCS1v15()),
    "EdDSA": with_ed25519,
    "expired": by_us(exp=int(_NOW()) - 1),
    "expired long ago": by_us(exp=0),
    "without an end": by_us(exp=None),
    "an end that is text": by_us(exp="tomorrow"),
    "an end that never comes": lambda keys: signed(
        keys.signing, json.dumps(claims(exp=float("inf"))).encode()
    ),
    "an end that is no number": lambda keys: signed(
        keys.signing, json.dumps(claims(exp=float("nan"))).encode()
    ),
    "an end that is a list": by_us(exp=[1]),
    "not good before tomorrow": by_us(nbf=int(_NOW()) + 86_400),
    "not good before something": by_us(nbf="x"),
    "made tomorrow": by_us(iat=int(_NOW()) + 86_400),
    "of another audience": by_us(aud="other"),
    "of the processes' audience": by_us(aud="wasl-internal"),
    "of several audiences": by_us(aud=["wasl", "other"]),
    "without an audience": by_us(aud=None),
    "of another issuer": by_us(iss="https://evil.example"),
    "without an issuer": by_us(iss=None),
    "without a person": by_us(sub=None),
    "of a person without a name": by_us(sub=""),
    "with grants that are a number": by_us(grants=5),
    "with grants that are text": by_us(grants="*"),
    "with grants that are lists": by_us(grants=[["*"]]),
    "the payload of another": taken_apart(lambda parts: [parts[0], _ALL, parts[2]]),
    "the header of another": taken_apart(
        lambda parts: [encode({"alg": "ES256", "kid": "other"}), parts[1], parts[2]]
    ),
    "a grant added twice": taken_apart(lambda parts: [parts[0], encode(_TWICE), parts[2]]),
    "cut off in the signature": taken_apart(lambda parts: [*parts[:2], parts[2][:-8]]),
    "cut off in the payload": taken_apart(lambda parts: [parts[0], parts[1][:-8], parts[2]]),
    "without a signature": taken_apart(lambda parts: [*parts[:2], ""]),
    "two parts": taken_apart(lambda parts: parts[:2]),
    "four parts": taken_apart(lambda parts: [*parts, "AAAA"]),
    "a signature of zeros": taken_apart(lambda parts: [*parts[:2], encode(bytes(64))]),
    "a signature too long": taken_apart(lambda parts: [*parts[:2], parts[2] + "AAAA"]),
    "a signature in DER": with_der_signature,
    "a header that is no object": taken_apart(lambda parts: [encode(b"[]"), *parts[1:]]),
    "a header that is no JSON": taken_apart(lambda parts: [encode(b"{"), *parts[1:]]),
    "a header that is no Base64": taken_apart(lambda parts: ["!!!", *parts[1:]]),
    "a payload that is a list": by_a_stranger(b"[]"),
    "a payload that is nothing": by_a_stranger(b""),
    "a payload nested deeply": by_a_stranger(b"[" * 2000 + b"]" * 2000),
    "a payload with half a surrogate": by_a_stranger(b'{"sub": "\\ud800"}'),
    "a payload with NUL": by_a_stranger(b'{"sub": "\\u0000"}'),
    "within another": nested,
    "as JSON": as_json,
    "encrypted": encrypted,
    "large": lambda keys: signed(STRANGER, claims(grants=["x" * 5000])),
    "dots": lambda keys: "..",
    "many dots": lambda keys: "." * 3000,
    "no token": lambda keys: "null",
}
