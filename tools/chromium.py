"""`python -m tools.chromium`: a real Chromium for the browser tests, from the system's packages."""

import shutil
import sys

from tools.stack.install import install_on_debian
from tools.stack.problems import StackError

NAMES = ("chromium", "google-chrome", "chromium-browser")
# With a font for every script, so that what the tests look at has letters.
PACKAGES = ["chromium", "fonts-noto-core"]


def find() -> str | None:
    """Return the program, or None when there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def main() -> int:
    """Install Chromium where it is missing. Without the means to, the browser tests skip."""
    if find() or not shutil.which("apt-get"):
        return 0
    print("Chromium will be installed from the system's packages, for the browser tests.")
    try:
        install_on_debian(PACKAGES, what="Chromium")
    except StackError as problem:
        print(f"{problem} Until then the browser tests are skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
