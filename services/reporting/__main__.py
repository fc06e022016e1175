"""The verbs of reporting: `python -m services.reporting --help`."""

import sys
from collections.abc import Sequence

from chassis import cli
from services.reporting.service import SERVICE


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a verb. Returns the exit code."""
    return cli.main(SERVICE, argv)


if __name__ == "__main__":
    sys.exit(main())
