"""What a servicer knows beside the request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from chassis.grpc.identity import Caller

if TYPE_CHECKING:
    from chassis.service import Runtime

# A method as a plain function: `win_opportunity(request, call)` answers `WinOpportunity`.
Rpc = Callable[..., Any]

# Nobody: the caller of public and internal RPCs, and of the service's own work.
NOBODY = Caller(user_id="")


@dataclass(frozen=True)
class Client:
    """From where a call comes, as far as it can be believed; for the audit log and throttles."""

    # The IP address of the person or program; empty when it is not known.
    address: str = ""
    # The browser or program, as it names itself.
    user_agent: str = ""
    request_id: str = ""


UNKNOWN_CLIENT = Client()


@dataclass(frozen=True)
class Call:
    """One RPC: who calls, the session of its transaction, and the running service."""

    session: Session
    runtime: "Runtime"
    caller: Caller = field(default=NOBODY)
    dry_run: bool = False
    client: Client = field(default=UNKNOWN_CLIENT)

    @property
    def service(self) -> str:
        """The name of the service that answers."""
        return self.runtime.name
