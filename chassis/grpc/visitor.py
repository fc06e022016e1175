"""From where a call comes: what the gateway says, when it is the gateway that says it."""

import re

import grpc

from chassis.errors import Unauthenticated
from chassis.grpc.call import Client
from chassis.grpc.identity import INTERNAL_HEADER, TokenVerifier

ADDRESS_HEADER = "x-wasl-address"
AGENT_HEADER = "x-wasl-agent"
REQUEST_ID_HEADER = "x-request-id"
_LONGEST_ADDRESS, _LONGEST_AGENT = 45, 300
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_PEER = re.compile(r"ipv[46]:(.*):\d+")


def client_of(
    metadata: dict[str, str], context: grpc.ServicerContext, *, verifier: TokenVerifier
) -> Client:
    """The client of a call.

    Address and browser are taken from the metadata only with the credential of a Wasl process
    beside them; anybody can write metadata. Without it the address is that of the connection.
    """
    request_id = metadata.get(REQUEST_ID_HEADER, "")
    if request_id and not _REQUEST_ID.fullmatch(request_id):
        request_id = ""
    credential = metadata.get(INTERNAL_HEADER)
    if credential:
        try:
            verifier.check_internal(credential)
        except Unauthenticated:
            pass
        else:
            return Client(
                address=metadata.get(ADDRESS_HEADER, "")[:_LONGEST_ADDRESS],
                user_agent=metadata.get(AGENT_HEADER, "")[:_LONGEST_AGENT],
                request_id=request_id,
            )
    return Client(address=_peer_address(context.peer()), request_id=request_id)


def _peer_address(peer: str) -> str:
    # `ipv4:192.0.2.7:50123`, `ipv6:%5B2001:db8::1%5D:50123`, `unix:`.
    match = _PEER.fullmatch(peer)
    if match is None:
        return ""
    return match[1].replace("%5B", "").replace("%5D", "").strip("[]")
