"""Channels to other services, with the settings of design §9."""

import json
from functools import cache

import grpc

_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}

_OPTIONS = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.enable_retries", 1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    # A service that comes back must be found within a second, not after the default two minutes.
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # Connections end every few seconds, and each end is a reason to ask who is there (ADR 0005).
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
)


def open_channel(address: str) -> grpc.Channel:
    """A channel to `host:port`, `dns:///name:port` or `unix:path`; the first call connects it."""
    return grpc.insecure_channel(address, options=_OPTIONS)


@cache
def shared_channel(address: str) -> grpc.Channel:
    """The one channel of this process to an address. Not to be called before a fork."""
    return open_channel(address)
