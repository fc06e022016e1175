"""`python -m tools.prometheus`: Prometheus and promtool, which the tests of the alerts need."""

import shutil
import sys

from tools.stack.install import install_on_debian
from tools.stack.problems import StackError

PROGRAMS = ("prometheus", "promtool")


def find(program: str) -> str | None:
    """Return the path of `prometheus` or `promtool`, or None when it is not installed."""
    return shutil.which(program)


def main() -> int:
    """Install Prometheus where it is missing. Without the means to, its tests skip."""
    if all(find(program) for program in PROGRAMS) or not shutil.which("apt-get"):
        return 0
    print("Prometheus will be installed from the system's packages, for the tests of the alerts.")
    try:
        install_on_debian(["prometheus"], what="Prometheus")
    except StackError as problem:
        print(f"{problem} Until then the tests that need it are skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
