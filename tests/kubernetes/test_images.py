"""The images: small, without a compiler, as nobody, and with a bill of what they are made of."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools import images as product

# Of our own layers, in MB: with debian:12-slim's 75 MB it is the 250 that an image may have.
MOST = 175.0
BASE = "debian:12-slim"


@pytest.fixture(scope="module")
def builder(registry: str) -> str:
    """What has built the images."""
    found = product.find_builder()
    if found is None or not registry:
        pytest.skip("the images were not built here")
    return found


def layers(builder: str, image: str, folder: Path) -> dict[str, float]:
    """The layers of an image in MB, by their names in its archive."""
    archive = folder / f"{image.replace('/', '_').replace(':', '_')}.tar"
    product.save(builder, image, archive)
    with tarfile.open(archive) as file:
        manifest = file.extractfile("manifest.json")
        assert manifest is not None
        names = json.load(manifest)[0]["Layers"]
        found = {name: file.getmember(name).size / 1e6 for name in names}
    archive.unlink()
    return found


def test_what_is_ours_of_an_image_is_small_and_shared(builder: str, tmp_path: Path) -> None:
    shared: list[set[str]] = []
    for name in product.names():
        found = layers(builder, product.reference(name), tmp_path)
        own = list(found.values())[1:]
        print(f"{name}: {sum(own):.0f} MB on top of {BASE}, {list(found.values())[-1]:.1f} its own")
        assert sum(own) < MOST, name
        if name != product.WEB:
            shared.append(set(list(found)[:-2]))
    # The libraries are one layer that all services have.
    assert len(set.intersection(*shared)) >= 4


@pytest.mark.parametrize("name", product.names())
def test_every_image_says_what_it_is_made_of(builder: str, name: str) -> None:
    bill = json.loads((product.BILLS / f"wasl-{name}.cdx.json").read_text())
    kinds = {one["purl"].partition("/")[0] for one in bill["components"]}
    assert kinds == {"pkg:deb", "pkg:npm" if name == product.WEB else "pkg:pypi"}
    names = {one["name"] for one in bill["components"]}
    assert names >= ({"react", "nginx-light"} if name == product.WEB else {"grpcio", "python3.11"})
    assert not names & {"gcc", "gcc-12", "binutils", "make", "pip", "build-essential"}
    assert bill["metadata"]["component"]["version"] == product.version()


def test_an_image_runs_as_nobody_in_particular(builder: str) -> None:
    asked = [builder, "inspect", product.reference("contacts")]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert '"10001:10001"' in told
