"""What must be kept and be read again, such as the secret of a second factor: AES-256-GCM.

The key is made of the setting by HKDF, one for each purpose. The setting may hold several secrets,
separated by commas: the first seals, all of them open, so that it can be changed.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chassis.rotation import each, first

_NONCE = 12


def seal(text: str, *, secrets: str, purpose: str) -> bytes:
    """The text as it may be kept. The same text looks different each time."""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(_keys(secrets, purpose)[0]).encrypt(nonce, text.encode(), purpose.encode())
    return nonce + sealed


def unseal(sealed: bytes, *, secrets: str, purpose: str) -> str:
    """The text again. Raises ValueError when it was sealed with another secret, or for another
    purpose, or was changed.
    """
    for key in _keys(secrets, purpose):
        try:
            opened = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except InvalidTag:
            continue
        return opened.decode()
    raise ValueError("it cannot be opened with the secrets of this process")


def reseal(sealed: bytes, *, secrets: str, purpose: str) -> bytes | None:
    """The same under the first secret; None when it is already. Raises ValueError like `unseal`."""
    opened = unseal(sealed, secrets=secrets, purpose=purpose)
    try:
        unseal(sealed, secrets=first(secrets), purpose=purpose)
    except ValueError:
        return seal(opened, secrets=secrets, purpose=purpose)
    return None


def keyed_hashes(text: str, *, secrets: str, purpose: str) -> list[bytes]:
    """HMAC-SHA256 of a text that is too short to be kept under a plain hash.

    The first is to be kept; the others are what it would be with former secrets.
    """
    return [
        hmac.new(key, text.encode(), hashlib.sha256).digest() for key in _keys(secrets, purpose)
    ]


@lru_cache(maxsize=64)
def _keys(secrets: str, purpose: str) -> tuple[bytes, ...]:
    return tuple(
        HKDF(algorithm=SHA256(), length=32, salt=None, info=f"wasl:{purpose}".encode()).derive(
            part.encode()
        )
        for part in each(secrets)
    )
