"""The suite's images, built and put where the cluster finds them."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.kubernetes.cluster import Cluster
from tools import images as product
from tools.stack.layout import ROOT

BASE = "docker.io/library/debian:12-slim"
# Stand-ins for what a node with a registry would pull.
SERVERS = {"postgres": "docker.io/library/postgres:17", "rabbitmq": "docker.io/library/rabbitmq:4"}


def bring_images(cluster: Cluster, environment: pytest.MonkeyPatch) -> str:
    """Builds every image and loads it. Returns what goes before their names.

    On a cluster that pulls from a registry, WASL_IMAGES names it, and `make images` and a push have
    come before.
    """
    if cluster.load_archive is None:
        prefix = os.environ.get("WASL_IMAGES")
        if not prefix:
            pytest.skip("WASL_IMAGES must say where this cluster pulls the images from")
        return prefix
    builder = product.find_builder()
    if builder is None:
        pytest.skip("docker, podman or buildah must build the images, and none is installed")
    if builder == "buildah" and cluster.make_base and not _is_there(BASE):
        subprocess.run(cluster.make_base, check=True, timeout=900)
    environment.setenv("WASL_IMAGES", "localhost/")
    environment.setenv("BUILD_ARGS", " ".join(_build_arguments()))
    assert product.main([]) == 0
    for name in product.names():
        load(cluster, builder, product.reference(name))
    folder = ROOT / "tests/kubernetes/images"
    for name, image in SERVERS.items():
        file = str(folder / f"{name}.Dockerfile")
        product.build(builder, image, file=file, context=str(folder), told={})
        load(cluster, builder, image)
    return "localhost/"


def load(cluster: Cluster, builder: str, image: str) -> None:
    """Puts an image on the node."""
    assert cluster.load_archive is not None
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "image.tar"
        product.save(builder, image, archive)
        subprocess.run([*cluster.load_archive, str(archive)], check=True, capture_output=True)


def _is_there(image: str) -> bool:
    asked = ["buildah", "inspect", "--type", "image", image]
    return not subprocess.run(asked, capture_output=True, check=False).returncode


def _build_arguments() -> list[str]:
    # What a build needs where the registries stand behind an authority of the machine's own.
    authority = os.environ.get("PIP_CERT")
    if not authority:
        return []
    told = Path(tempfile.gettempdir()) / "wasl-pip.conf"
    told.write_text("[global]\ncert = /run/registry-ca.crt\n")
    return [
        "--volume", f"{authority}:/run/registry-ca.crt:ro",
        "--volume", f"{told}:/etc/pip.conf:ro",
        "--build-arg", "NODE_EXTRA_CA_CERTS=/run/registry-ca.crt",
    ]  # fmt: skip
