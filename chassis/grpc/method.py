"""An RPC as its descriptor tells it: who may call, whether it writes, and under which path."""

from dataclasses import dataclass

from google.api import annotations_pb
from protobuf import DescMethod

from wasl.options.v1 import policy_pb
from wasl.options.v1.policy_pb import Policy


@dataclass(frozen=True)
class Method:
    """One RPC of a service."""

    desc: DescMethod
    policy: Policy
    # The grant that is needed; empty when the policy asks for none.
    permission: str
    # Whether it may change something, and so runs in a transaction.
    writes: bool

    @property
    def name(self) -> str:
        """Such as `WinOpportunity`."""
        return self.desc.name

    @property
    def path(self) -> str:
        """Such as `/wasl.sales.v1.OpportunityService/WinOpportunity`."""
        return f"/{self.desc.parent.type_name}/{self.desc.name}"

    @property
    def access(self) -> str:
        """`permission`, `authenticated`, `public` or `internal`."""
        assert self.policy.access is not None
        return self.policy.access.field


def _has_route(desc: DescMethod) -> bool:
    options = desc.proto.options
    return options is not None and annotations_pb.ext_http in options


def describe_method(desc: DescMethod, *, service: str) -> Method:
    """The method of a descriptor. Raises ValueError when it has no policy: unset means deny."""
    options = desc.proto.options
    policy = options[policy_pb.ext_policy] if options is not None else None
    if options is None or policy is None or policy.access is None:
        raise ValueError(
            f"{desc.parent.type_name}.{desc.name} has no wasl.options.v1.policy. Say who may call."
        )
    permission = policy.access.value if policy.access.field == "permission" else ""
    # A GET promises to change nothing; an RPC without a route says so by being internal.
    pattern = options[annotations_pb.ext_http].pattern if _has_route(desc) else None
    reads = pattern is None or pattern.field == "get"
    return Method(
        desc=desc,
        policy=policy,
        permission=str(permission).replace("{service}", service),
        writes=not reads,
    )
