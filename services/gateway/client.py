"""The calls to the services, opened lazily: nothing of gRPC may exist before the fork."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol, cast

import grpc
from joserfc import jwt
from joserfc.jwk import OctKey
from protobuf import DescMethod, Message

from chassis.grpc.client import shared_channel
from chassis.rotation import first

# Seconds. No caller of the gateway waits longer (design §4).
DEADLINE = 60.0
# An export of a million rows takes longer than a page; it is cut off all the same.
STREAM_DEADLINE = 600.0

Metadata = tuple[tuple[str, str], ...]
UnaryCall = Callable[..., Message]
UploadCall = Callable[..., Message]
DownloadCall = Callable[..., "Download"]


class Download(Iterator[Message], Protocol):
    """What grpc returns for a streamed response, as far as it is used here."""

    def cancel(self) -> bool:
        """Ends the call; the service is told."""


def channel_to(service: str, *, address: str) -> grpc.Channel:
    """The channel of this process to a service; `{service}` in the address is its name."""
    return shared_channel(address.replace("{service}", service))


def unary(channel: grpc.Channel, path: str, method: DescMethod) -> UnaryCall:
    """The call of an RPC with one request and one response."""
    return cast(
        UnaryCall,
        channel.unary_unary(
            path,
            request_serializer=method.input.type.to_binary,
            response_deserializer=method.output.type.from_binary,
        ),
    )


def upload(channel: grpc.Channel, path: str, method: DescMethod) -> UploadCall:
    """The call of an RPC that takes a stream."""
    return cast(
        UploadCall,
        channel.stream_unary(
            path,
            request_serializer=method.input.type.to_binary,
            response_deserializer=method.output.type.from_binary,
        ),
    )


def download(channel: grpc.Channel, path: str, method: DescMethod) -> DownloadCall:
    """The call of an RPC that answers with a stream."""
    return cast(
        DownloadCall,
        channel.unary_stream(
            path,
            request_serializer=method.input.type.to_binary,
            response_deserializer=method.output.type.from_binary,
        ),
    )


def internal_token(key: str, *, issuer: str) -> Callable[[], str]:
    """A function that returns a token for `internal` RPCs: HS256, valid 60 s, minted every 30 s.

    Of several keys (chassis.rotation) the first signs.
    """
    secret = OctKey.import_key(first(key).encode())
    lock = threading.Lock()
    minted: list[tuple[float, str]] = []

    def current() -> str:
        now = time.time()
        with lock:
            if not minted or now - minted[0][0] > 30:
                claims = {
                    "iss": issuer,
                    "aud": "wasl-internal",
                    "iat": int(now),
                    "exp": int(now) + 60,
                }
                minted[:] = [(now, jwt.encode({"alg": "HS256"}, claims, secret))]
            return minted[0][1]

    return current
