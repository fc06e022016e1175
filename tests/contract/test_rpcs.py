"""Every RPC: who may call it, where it lies, what it is called."""

import re
from dataclasses import replace

import pytest
from protobuf import DescField, DescMessage, DescMethod, DescService

from chassis.grpc.method import describe_method
from chassis.grpc.server import methods_of
from chassis.resources.field_names import camel_case, snake_case
from services.gateway.contract import Contract, load_contract, option, service_name
from services.gateway.router import build_routes
from tests.integration.chassis.test_migrations import all_services
from tools.proto import DESCRIPTORS

CONTRACT = load_contract(str(DESCRIPTORS))
RPCS = [pytest.param(rpc, id=rpc.desc.name + "@" + rpc.service) for rpc in CONTRACT.rpcs]
# Whoever adds one says here why it needs no permission.
AUTHENTICATED = {
    # Who am I, and what of myself may I change: everybody may that.
    "/wasl.identity.v1.CredentialService/GetMe",
    "/wasl.identity.v1.CredentialService/UpdateMe",
    # One's own sessions, password and second factor.
    "/wasl.identity.v1.SessionService/EndSession",
    "/wasl.identity.v1.SessionService/ListSessions",
    "/wasl.identity.v1.SessionService/RevokeSession",
    "/wasl.identity.v1.PasswordService/ChangePassword",
    "/wasl.identity.v1.PasswordService/EnrollSecondFactor",
    "/wasl.identity.v1.PasswordService/ConfirmSecondFactor",
    "/wasl.identity.v1.PasswordService/RemoveSecondFactor",
}
PUBLIC = {
    # How one gets a credential in the first place.
    "/wasl.identity.v1.SessionService/ListSignInOptions",
    "/wasl.identity.v1.SessionService/CreateSession",
    "/wasl.identity.v1.SessionService/VerifySession",
    "/wasl.identity.v1.SessionService/StartOidcSignIn",
    "/wasl.identity.v1.SessionService/CompleteOidcSignIn",
    "/wasl.identity.v1.PasswordService/RequestPasswordReset",
    "/wasl.identity.v1.PasswordService/ResetPassword",
    # The provider proves itself by a signed token.
    "/wasl.identity.v1.SessionService/LogOutOidcSessions",
}
INTERNAL = {
    "/wasl.identity.v1.CredentialService/ResolveCredential",
    "/wasl.platform.v1.RecordAccessService/ExplainRecordAccess",
    "/wasl.platform.v1.ReferenceService/LookUpReferences",
}
# What a standard method is called, and over which HTTP method and path it goes.
STANDARD = {
    "Get": ("GET", ""),
    "List": ("GET", ""),
    "Create": ("POST", ""),
    "Update": ("PATCH", ""),
    "Delete": ("DELETE", ""),
    "Undelete": ("POST", ":undelete"),
    "BatchGet": ("GET", ":batchGet"),
    "Import": ("POST", ":import"),
    "Export": ("GET", ":export"),
}


def paths(access: str) -> set[str]:
    return {rpc.path for rpc in CONTRACT.rpcs if rpc.access == access}


def test_only_the_named_rpcs_need_no_permission():
    assert paths("authenticated") == AUTHENTICATED
    assert paths("public") == PUBLIC
    assert paths("internal") == INTERNAL


def test_internal_rpcs_have_no_route_and_all_others_have_one():
    routes = {route.rpc.path for route in build_routes(CONTRACT)}
    assert routes == {rpc.path for rpc in CONTRACT.rpcs} - INTERNAL


class Unmarked:
    """A method as `describe_method` sees one that nobody gave a policy."""

    def __init__(self, desc: DescMethod, options: object) -> None:
        self.name, self.parent, self.input, self.output = (
            desc.name,
            desc.parent,
            desc.input,
            desc.output,
        )
        self.method_kind = desc.method_kind
        self.proto = type(desc.proto)(name=desc.name, options=options)


@pytest.mark.parametrize("with_options", [False, True])
def test_a_service_with_an_rpc_without_a_policy_refuses_to_start(monkeypatch, with_options):
    (contacts,) = [service for service in all_services() if service.name == "contacts"]
    module = contacts.protos[0]
    (desc,) = module.desc().services
    first = desc.methods[0]
    empty = type(first.proto.options)() if with_options else None
    unmarked = Unmarked(first, empty)
    with pytest.raises(ValueError, match=f"{first.name} has no wasl.options.v1.policy"):
        describe_method(unmarked, service="contacts")
    monkeypatch.setattr(
        "chassis.grpc.server._descriptors", lambda service: [unmarked, *desc.methods[1:]]
    )
    with pytest.raises(ValueError, match="Say who may call"):
        methods_of(contacts)


def test_a_service_with_an_rpc_without_a_function_refuses_to_start(monkeypatch):
    (sales,) = [service for service in all_services() if service.name == "sales"]
    with pytest.raises(ValueError, match="has no function win_opportunity"):
        methods_of(replace(sales, rpcs=sales.rpcs[1:]))

    def sell_the_company(request, call):
        """Nothing in the proto asks for it."""

    with pytest.raises(ValueError, match="sell_the_company"):
        methods_of(replace(sales, rpcs=(*sales.rpcs, sell_the_company)))


@pytest.mark.parametrize("service", [pytest.param(s, id=s.name) for s in all_services()])
def test_every_rpc_of_the_contract_is_answered(service):
    answered = {method.path for method, _ in methods_of(service)}
    declared = {
        rpc.path for rpc in CONTRACT.rpcs if rpc.service == service.name or rpc.every_service
    }
    assert answered == declared


def split(rpc) -> tuple[str, str]:
    """The verb and the noun of an RPC's name: `BatchGet`, `Contacts`."""
    for verb in ("BatchGet", *STANDARD):
        if rpc.desc.name.startswith(verb):
            return verb, rpc.desc.name.removeprefix(verb)
    match = re.fullmatch(r"([A-Z][a-z]+(?:Up|Out)?)([A-Z]\w*)", rpc.desc.name)
    assert match, f"{rpc.desc.name} is no VerbNoun"
    return match[1], match[2]


@pytest.mark.parametrize("rpc", RPCS)
def test_one_idea_has_one_spelling_in_rpc_permission_and_path(rpc):
    if rpc.access != "permission":
        return
    verb, noun = split(rpc)
    service, collection, permission = rpc.permission.split(".")
    owner = "{service}" if rpc.every_service else rpc.service
    assert service == owner
    (rule,) = rpc.rules
    prefix = "/v1/{service}/" if rpc.every_service else "/v1/"
    assert rule.path.startswith(prefix)
    place, _, custom = rule.path.removeprefix(prefix).partition(":")
    # `reports/pipeline:run`: a report is one of the collection.
    assert camel_case(place.split("/")[0].replace("-", "_")) == collection
    said = verb[0].lower() + verb[1:]
    if verb in STANDARD and not place.startswith("reports/"):
        method, suffix = STANDARD[verb]
        assert rule.method == method
        assert f":{custom}" == suffix or not (suffix or custom)
        assert permission == ("get" if verb == "BatchGet" else said)
        assert (collection.removesuffix("s") in camel_case(snake_case(noun))) or collection[
            :4
        ] == camel_case(snake_case(noun))[:4]
    elif verb == "Download":
        assert (rule.method, permission) == ("GET", "get")
    else:
        assert custom == said
        assert permission == said
        assert rule.method in ("POST", "GET")


@pytest.mark.parametrize("rpc", RPCS)
def test_only_a_get_may_leave_things_as_they_are_and_every_write_is_audited(rpc):
    if rpc.access == "internal" or not rpc.rules:
        return
    policy = option(CONTRACT.registry, rpc.desc.proto.options, "wasl.options.v1.policy")
    exports = rpc.desc.name.startswith("Export")
    assert policy.audited == (rpc.rules[0].method != "GET" or exports)


@pytest.mark.parametrize("rpc", RPCS)
def test_requests_and_answers_are_named_after_the_rpc_or_are_the_resource(rpc):
    request, answer = rpc.desc.input.name, rpc.desc.output.name
    assert request in (f"{rpc.desc.name}Request", "ImportChunk")
    resource = split(rpc)[1]
    assert answer in (f"{rpc.desc.name}Response", resource, "Job", "HttpBody")


def ours() -> list:
    """Every service, message and enum of ours."""
    return [
        desc
        for desc in CONTRACT.registry
        if getattr(desc, "type_name", "").startswith("wasl.")
        and not isinstance(desc, DescField)
        # What protoc makes of a map.
        and not desc.name.endswith("Entry")
    ]


# Their name says it all: what an RPC takes and gives is told at the RPC.
_SELF_EVIDENT = re.compile(r".*(Request|Response)$")


@pytest.mark.parametrize("desc", [pytest.param(d, id=d.type_name) for d in ours()])
def test_everything_says_what_it_is(desc):
    if isinstance(desc, DescService):
        for method in desc.methods:
            assert CONTRACT.comment(method), f"{method.name} has no comment"
        assert CONTRACT.comment(desc)
    elif isinstance(desc, DescMessage):
        assert CONTRACT.comment(desc) or _SELF_EVIDENT.fullmatch(desc.name)
    elif hasattr(desc, "values"):
        # `Kind` and `State` of a message that says what it is; others need words.
        assert CONTRACT.comment(desc) or desc.name in ("State", "Kind")


def test_a_contract_without_comments_would_be_noticed(contract: Contract):
    assert contract.comment(contract.rpcs[0].desc)
    assert len([desc for desc in ours() if isinstance(desc, DescMessage)]) > 50
    assert service_name(contract.rpcs[0].desc.parent) in {"contacts", "identity", "platform"} | {
        rpc.service for rpc in contract.rpcs
    }
