"""`python -m services.gateway serve|check|openapi`."""

import os
import sys

from chassis.listen import is_taken
from chassis.settings import load
from services.gateway.contract import ContractError, load_contract
from services.gateway.openapi import build_openapi, encode_openapi
from services.gateway.router import build_routes
from services.gateway.settings import GatewaySettings

_USAGE = """\
usage: python -m services.gateway VERB

serve    answer requests until told to stop
check    say whether settings and descriptors are good, and stop
openapi  write the OpenAPI document to standard output
"""


def main(argv: list[str]) -> int:
    """Runs one verb. 0 when it went well, 1 for a taken port, 2 for a wrong verb or setting."""
    verb = argv[0] if len(argv) == 1 else ""
    try:
        if verb == "serve":
            # Read by gRPC at its import: its fork handlers cost every fork and guard nothing here.
            os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
            from services.gateway.server import serve

            settings = load(GatewaySettings)
            if settings.port and is_taken(f"{settings.host}:{settings.port}"):
                sys.stderr.write(
                    f"WASL_PORT={settings.port} at WASL_HOST={settings.host} is taken or cannot be"
                    " used; choose another.\n"
                )
                return 1
            serve(settings)
        elif verb == "check":
            _check(load(GatewaySettings))
        elif verb == "openapi":
            _write_openapi()
        else:
            sys.stderr.write(_USAGE)
            return 2
    except ContractError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _check(settings: GatewaySettings) -> None:
    from services.gateway.app import create_app

    create_app(settings)


def _write_openapi() -> None:
    # The document needs no secret, so neither does whoever builds the front end from it.
    path = os.environ.get("WASL_DESCRIPTORS", "") or "gen/wasl.binpb"
    contract = load_contract(path)
    document = build_openapi(contract, build_routes(contract))
    sys.stdout.buffer.write(encode_openapi(document) + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
