"""`make bench`: every figure of design §12, measured in one run on this machine.

    python -m bench                 what takes a few minutes
    python -m bench --growth        also up to 1 million contacts, and with record scope
    python -m bench --only reads    one part: memory reads writes report visible streams telemetry
                                    imports growth scope

Prints product, floor or budget, and ratio, a line each. Nothing fails: what a figure means depends
on the machine, the ratio to the floor does not.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

from bench import events, growth, requests, scope, streams, telemetry
from bench.suite import Suite, running
from bench.table import Line

PARTS: dict[str, Callable[[Suite], Iterator[Line]]] = {
    "memory": events.memory,
    "reads": requests.reads,
    "writes": requests.writes,
    "report": streams.report_over_20_000_deals,
    "visible": events.visible,
    "streams": streams.relay_and_consumer,
    "telemetry": telemetry.telemetry,
    "imports": lambda suite: events.imports(suite, rows=50_000),
    "growth": growth.growth,
    "scope": scope.scope,
}

LONG = ("growth", "scope")


def main() -> int:
    """Runs the parts that are asked for. Returns 0: a bench is no test."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--growth", action="store_true", help="with a million contacts, too")
    options = parser.parse_args()
    chosen = options.only or [name for name in PARTS if name not in LONG or options.growth]
    with running() as suite:
        for name in chosen:
            for line in PARTS[name](suite):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
