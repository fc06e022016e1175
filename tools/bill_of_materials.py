"""What an image is made of, as CycloneDX 1.5: run by the Dockerfiles, inside the image.

    python bill_of_materials.py wasl-contacts 0.1.0 > bill.cdx.json

Lists the Python packages of the interpreter that runs it, Debian's packages, and with `--npm` what
a package-lock.json names. Only the standard library: nothing else is in the image.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

Component = dict[str, object]


def main() -> int:
    """Writes the bill to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("version")
    parser.add_argument("--dpkg", type=Path, default=Path("/var/lib/dpkg/status"))
    parser.add_argument("--npm", type=Path, help="a package-lock.json, instead of Python packages")
    options = parser.parse_args()
    found = [*debian_packages(options.dpkg)]
    found += npm_packages(options.npm) if options.npm else python_packages()
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container", "name": options.name, "version": options.version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": sorted(found, key=lambda one: str(one["purl"])),
    }  # fmt: skip
    json.dump(bill, sys.stdout, indent=1, ensure_ascii=False)
    return 0


def python_packages() -> Iterator[Component]:
    """The distributions of this interpreter."""
    for found in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()
        licence = str(found.metadata.json.get("license_expression", ""))
        yield _component(name, found.version, f"pkg:pypi/{name}@{quote(found.version)}", licence)


def debian_packages(status: Path) -> Iterator[Component]:
    """What dpkg says is installed."""
    for paragraph in status.read_text(encoding="utf-8").split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            name, version = fields["Package"], fields["Version"]
            purl = f"pkg:deb/debian/{name}@{quote(version)}?arch={fields['Architecture']}"
            yield _component(name, version, purl)


def npm_packages(lock: Path) -> Iterator[Component]:
    """What is installed for the front ends and not only for building them."""
    for path, told in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if path and not told.get("dev"):
            name, version = path.rpartition("node_modules/")[2], told["version"]
            purl = f"pkg:npm/{quote(name, safe='/')}@{quote(version)}"
            yield _component(name, version, purl, told.get("license", ""))


def _component(name: str, version: str, purl: str, licence: str = "") -> Component:
    told: Component = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    }
    if licence:
        told["licenses"] = [{"expression": licence}]
    return told


if __name__ == "__main__":
    sys.exit(main())
