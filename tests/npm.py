"""npm packages that only some tests need: a folder with package.json and package-lock.json."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.stack.layout import ROOT


def need_node() -> None:
    """Skips the test where Node.js is not installed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js is not installed here")


def install(source: Path) -> Path:
    """A folder with the packages of `source`, installed once for each lock file."""
    lock = (source / "package-lock.json").read_bytes()
    folder = ROOT / ".run" / "npm" / source.name / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
        (folder / "installed").touch()
    return folder
