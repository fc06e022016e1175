"""Secrets are made once, kept for us alone, and fit their formats."""

import base64
import re
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tools.stack import credentials


def test_credentials_are_made_once_and_readable_by_us_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = credentials.load(file, services=["contacts"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert credentials.load(file, services=["contacts"]) == first


def test_a_new_service_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = credentials.load(file, services=["contacts"])
    second = credentials.load(file, services=["contacts", "sales"])
    assert second.databases["contacts"] == first.databases["contacts"]
    assert second.databases["sales"] not in ("", first.databases["contacts"])
    assert second.internal_key == first.internal_key


def test_an_api_key_splits_into_three_parts_at_its_underscores() -> None:
    found = credentials.generate().admin_api_key
    assert re.fullmatch(r"wasl_[A-Za-z0-9]{16}_[A-Za-z0-9]{43}", found)


def test_the_internal_key_has_256_bits() -> None:
    assert len(base64.b64decode(credentials.generate().internal_key)) == 32


def test_what_the_signing_key_signs_the_public_keys_verify_and_they_hold_no_secret() -> None:
    made = credentials.generate()
    key = ECKey.import_key(made.token_signing_key)
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, {"sub": "somebody"}, key)
    keys = KeySet.import_key_set(made.token_public_keys)  # type: ignore[arg-type]
    assert jwt.decode(token, keys, algorithms=["ES256"]).claims == {"sub": "somebody"}
    assert all("d" not in public for public in made.token_public_keys["keys"])
    assert all(public["kid"] for public in made.token_public_keys["keys"])
