"""The Helm charts: what is computed in them, and what must lie beside them before Helm reads them.

    python -m tools.charts           # deploy/helm/wasl is ready for `helm install`
    python -m tools.charts package   # and dist/ holds it as one file

A chart cannot look outside its folder, so the hashes of the migrations are written into it (and
committed; a test holds them current), and dashboards and alerts are copied.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HELM = ROOT / ".venv/bin/helm"
CHARTS = ROOT / "deploy/helm"
HASHES = CHARTS / "wasl-service/files/migrations.json"
OBSERVABILITY = ROOT / "deploy/observability"


def migrations() -> dict[str, str]:
    """Returns a hash of the migrations of each service that has a database."""
    shared = sorted((ROOT / "chassis/database/versions").glob("*.py"))
    found: dict[str, str] = {}
    for folder in sorted((ROOT / "services").glob("*/migrations/versions")):
        digest = hashlib.sha256()
        for path in (*shared, *sorted(folder.glob("*.py"))):
            digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes() + b"\n")
        found[folder.parents[1].name] = digest.hexdigest()[:12]
    return found


def hashes_file() -> str:
    """Returns what `files/migrations.json` of the chart wasl-service has to be."""
    return json.dumps(migrations(), indent=2) + "\n"


def copy_observability(chart: Path) -> None:
    """Puts dashboards and alerts into the folder `files` of a chart, where they exist."""
    for source, name in ((OBSERVABILITY / "dashboards", "dashboards"),):
        shutil.rmtree(chart / "files" / name, ignore_errors=True)
        if source.is_dir():
            shutil.copytree(source, chart / "files" / name)
    # The alerts ask for what the recording rules work out, so one resource holds both.
    rules = ((OBSERVABILITY / name).read_text() for name in ("recording.yaml", "alerts.yaml"))
    groups = (text.partition("\ngroups:\n")[2] for text in rules)
    (chart / "files/alerts.yaml").write_text("groups:\n" + "".join(groups))


def build(chart: Path) -> None:
    """Puts the chart wasl-service, its only dependency, into `charts/` of the suite's chart."""
    copy_observability(chart)
    # Anew, because Helm takes what lies there for what is beside it.
    shutil.rmtree(chart / "charts", ignore_errors=True)
    helm("dependency", "update", "--skip-refresh", str(chart))
    (chart / "Chart.lock").unlink()


def helm(*arguments: str) -> str:
    """Runs Helm and returns what it says. CalledProcessError, with its words, when it fails."""
    return subprocess.run(
        [str(HELM), *arguments], check=True, capture_output=True, text=True
    ).stdout


def main(arguments: list[str]) -> int:
    """Prepares the charts. Returns the exit code."""
    HASHES.write_text(hashes_file())
    build(CHARTS / "wasl")
    if "package" in arguments:
        print(helm("package", str(CHARTS / "wasl"), "--destination", str(ROOT / "dist")).strip())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
