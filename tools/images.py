"""`make images`: the container images of the suite, with whichever builder the machine has.

    python -m tools.images [NAME ...]

Builds `wasl-<service>` for the gateway and every service, then `wasl-web`, tagged with the
product's version, and writes each one's bill of materials to `.run/bills/`. `WASL_IMAGES` is put
before the names (`registry.example/wasl/`), `WASL_TAG` replaces the version, `BUILD_ARGS` goes to
the builder as it is.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from tools.stack.layout import GATEWAY, ROOT, layout

BUILDERS = {
    "docker": ["docker", "build"],
    "podman": ["podman", "build", "--layers"],
    # Needs neither a daemon nor a user namespace.
    "buildah": ["buildah", "build", "--layers", "--isolation", "chroot"],
}
BILLS = ROOT / ".run/bills"
WEB = "web"


def main(wanted: list[str]) -> int:
    """Builds the images that are named, or all; the exit code is the builder's."""
    builder = find_builder()
    if builder is None:
        sys.stderr.write("Images need docker, podman or buildah; please install one.\n")
        return 1
    if unknown := set(wanted) - set(names()):
        sys.stderr.write(f"There is no image {', '.join(sorted(unknown))}: {', '.join(names())}.\n")
        return 2
    BILLS.mkdir(parents=True, exist_ok=True)
    for name in wanted or names():
        began = time.monotonic()
        file = f"deploy/docker/{WEB if name == WEB else 'service'}.Dockerfile"
        told = {"VERSION": version()}
        told |= {"GATEWAY": reference(GATEWAY)} if name == WEB else {"SERVICE": name}
        try:
            build(builder, reference(name), file=file, context=".", told=told)
        except subprocess.CalledProcessError as failed:
            return failed.returncode
        (BILLS / f"wasl-{name}.cdx.json").write_text(_bill(builder, reference(name)))
        print(f"{reference(name)} after {time.monotonic() - began:.0f} s", flush=True)
    return 0


def names() -> list[str]:
    """The images of the suite, in the order in which they are built."""
    services = [name for name in layout().names() if name != GATEWAY]
    return [GATEWAY, *services, WEB]


def find_builder() -> str | None:
    """The first builder that works here."""
    return next((name for name in BUILDERS if _works(name)), None)


def build(builder: str, image: str, *, file: str, context: str, told: dict[str, str]) -> None:
    """Builds one image. CalledProcessError when it fails."""
    arguments = [word for key, value in told.items() for word in ("--build-arg", f"{key}={value}")]
    more = shlex.split(os.environ.get("BUILD_ARGS", ""))
    command = [*BUILDERS[builder], *more, *arguments, "--file", file, "--tag", image, context]
    subprocess.run(command, cwd=ROOT, check=True)


def save(builder: str, image: str, archive: Path) -> None:
    """Writes an image to an archive, as `docker load` and nodes take it."""
    if builder == "buildah":
        command = ["buildah", "push", "--quiet", image, f"docker-archive:{archive}:{image}"]
    else:
        command = [builder, "save", "--output", str(archive), image]
    subprocess.run(command, check=True)


def version() -> str:
    """The product's version."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


def reference(name: str) -> str:
    """What the image of a service is called."""
    tag = os.environ.get("WASL_TAG") or version()
    return f"{os.environ.get('WASL_IMAGES', '')}wasl-{name}:{tag}"


def _works(builder: str) -> bool:
    # Docker's client may be there without its daemon.
    asked = [builder, "info"]
    return (
        bool(shutil.which(builder))
        and not subprocess.run(
            asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ).returncode
    )


def _bill(builder: str, image: str) -> str:
    path = "/usr/share/wasl/bill.cdx.json"
    if builder != "buildah":
        reading = [builder, "run", "--rm", "--entrypoint", "cat", image, path]
        return subprocess.run(reading, capture_output=True, text=True, check=True).stdout
    made = subprocess.run(["buildah", "from", image], capture_output=True, text=True, check=True)
    container = made.stdout.strip()
    try:
        reading = ["buildah", "run", "--isolation", "chroot", container, "cat", path]
        return subprocess.run(reading, capture_output=True, text=True, check=True).stdout
    finally:
        subprocess.run(["buildah", "rm", container], capture_output=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
