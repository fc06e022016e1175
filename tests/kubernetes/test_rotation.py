"""Every secret that processes share changes under load, in three steps, and nobody notices."""

import json
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.kubernetes.release import Release
from tests.kubernetes.test_rolling import DEPLOYMENTS, RATE, WORKERS, restart, under_load

SHARED = ("internal-key", "secrets-key", "audit-key")


def change(release: Release, secret: str, **values: str) -> None:
    """Writes keys of a Secret; what is not named stays."""
    told = json.dumps({"stringData": {name.replace("_", "-"): one for name, one in values.items()}})
    release.kubectl("patch", "secret", f"{release.name}-{secret}", "--type=merge", "-p", told)


def restart_all(release: Release) -> None:
    """Everything that has a secret, some at a time: the node has no room for all of it twice."""
    for some in (DEPLOYMENTS[:3], DEPLOYMENTS[3:5], WORKERS):
        restart(release, *some)


def make_pair() -> tuple[str, str]:
    """A new key of tokens, and its public half."""
    key = generate_private_key(SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.mark.slow
def test_all_secrets_change_in_three_steps_and_no_request_fails(release: Release) -> None:
    release.install()
    old = {name: release.secret("wasl-keys", name) for name in (*SHARED, "token-public-keys")}
    new = {name: secrets.token_hex(32) for name in SHARED}
    signing, public = make_pair()
    url = release.secret("wasl-contacts-database", "url")
    before, password = release.secret("wasl-contacts-database", "password"), secrets.token_hex(16)
    assert f":{before}@" in url

    def identity(*verb: str) -> str:
        return release.kubectl("exec", "deployment/wasl-identity", "--", "wasl", *verb)

    with under_load(release, seconds=420) as told:
        # Added: everybody accepts the new ones, and nobody uses them.
        change(
            release,
            "keys",
            internal_key=f"{old['internal-key']},{new['internal-key']}",
            secrets_key=f"{old['secrets-key']},{new['secrets-key']}",
            audit_key=f"{new['audit-key']},{old['audit-key']}",
            token_public_keys=f"{old['token-public-keys'].rstrip()}\n{public}",
        )
        change(release, "contacts-database", url=url.replace(before, f"{password},{before}"))
        restart_all(release)
        # Moved: everybody uses the new ones, and accepts both.
        release.sql("contacts", f"ALTER ROLE wasl_contacts PASSWORD '{password}'")
        change(
            release,
            "keys",
            internal_key=f"{new['internal-key']},{old['internal-key']}",
            secrets_key=f"{new['secrets-key']},{old['secrets-key']}",
            token_signing_key=signing,
        )
        restart_all(release)
        assert "sealed anew" in identity("reseal")
        assert "goes on under the first key" in identity("audit", "rekey")
        # Taken: the old ones are worth nothing.
        change(
            release,
            "keys",
            internal_key=new["internal-key"],
            secrets_key=new["secrets-key"],
            token_public_keys=public,
        )
        change(release, "contacts-database", url=url.replace(before, password), password=password)
        restart_all(release)
    assert told["failed"] == []
    assert told["sent"] == RATE * 420
    release.settle()
    assert "as it was written" in identity("audit", "verify")
    assert release.dead_letters() == 0
    # The chart keeps what it finds.
    release.upgrade()
    assert release.secret("wasl-keys", "internal-key") == new["internal-key"]
    release.api().get("/v1/contacts")
