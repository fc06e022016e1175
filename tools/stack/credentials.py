"""Keys and passwords of the local stack, generated once and kept in `.run/secrets.json`."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from tools.stack import folders

ADMIN_EMAIL = "admin@wasl.example"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass
class Credentials:
    """Everything secret in the local stack; the keys are JSON Web Keys."""

    internal_key: str
    token_signing_key: dict[str, Any]
    token_public_keys: dict[str, Any]
    admin_password: str
    admin_api_key: str
    databases: dict[str, str] = field(default_factory=dict)
    # Made for older stacks when they start again. What must be read again is sealed with the
    # first, the audit log with the second.
    secrets_key: str = field(default_factory=lambda: _key())
    audit_key: str = field(default_factory=lambda: _key())


def load(file: Path, *, services: list[str]) -> Credentials:
    """Return the kept credentials, making what is missing; the file is readable by us only."""
    kept = json.loads(file.read_text()) if file.exists() else None
    found = Credentials(**kept) if kept else generate()
    for service in services:
        found.databases.setdefault(service, secrets.token_hex(24))
    if asdict(found) != kept:
        folders.write(file, json.dumps(asdict(found), indent=2))
    return found


def generate() -> Credentials:
    """Make fresh credentials: 256 bits each, the token key ES256 with its thumbprint as `kid`."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    return Credentials(
        internal_key=_key(),
        token_signing_key=dict(key.as_dict(private=True)),
        token_public_keys={"keys": [dict(key.as_dict(private=False))]},
        admin_password=_letters(20),
        # wasl_<id>_<secret>: no underscore inside the parts, so that splitting is never a guess.
        admin_api_key=f"wasl_{_letters(16)}_{_letters(43)}",
    )


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _letters(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
