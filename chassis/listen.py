"""Addresses to listen at."""

import socket


def is_taken(address: str) -> bool:
    """Whether nothing can listen at `host:port` now, because it is in use or not of this machine.

    Asked before a server is started, because servers tell of it in many lines.
    """
    host, _, port = address.rpartition(":")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host.strip("[]") or None, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port whose last connections are only fading away is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError:
        return True
    return False
