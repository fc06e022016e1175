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
    builder = next((name for name in BUILDERS if _works(name)), None)
    if builder is None:
        sys.stderr.write("Images need docker, podman or buildah; please install one.\n")
        return 1
    names = [GATEWAY, *(name for name in layout().names() if name != GATEWAY), WEB]
    if unknown := set(wanted) - set(names):
        sys.stderr.write(f"There is no image {', '.join(sorted(unknown))}: {', '.join(names)}.\n")
        return 2
    BILLS.mkdir(parents=True, exist_ok=True)
    for name in wanted or names:
        began = time.monotonic()
        code = subprocess.run(command(builder, name), cwd=ROOT, check=False).returncode
        if code:
            return code
        (BILLS / f"wasl-{name}.cdx.json").write_text(_bill(builder, reference(name)))
        print(f"{reference(name)} after {time.monotonic() - began:.0f} s", flush=True)
    return 0


def version() -> str:
    """The product's version."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(told["project"]["version"])


def reference(name: str) -> str:
    """What the image of a service is called."""
    tag = os.environ.get("WASL_TAG") or version()
    return f"{os.environ.get('WASL_IMAGES', '')}wasl-{name}:{tag}"


def command(builder: str, name: str) -> list[str]:
    """What builds an image."""
    file = "web" if name == WEB else "service"
    told = {"VERSION": version()}
    told |= {"GATEWAY": reference(GATEWAY)} if name == WEB else {"SERVICE": name}
    return [
        *BUILDERS[builder],
        *shlex.split(os.environ.get("BUILD_ARGS", "")),
        *(word for key, value in told.items() for word in ("--build-arg", f"{key}={value}")),
        "--file", f"deploy/docker/{file}.Dockerfile",
        "--tag", reference(name),
        ".",
    ]  # fmt: skip


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
