"""The suite is installed with nothing but image names, used, uninstalled, and installed again."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e import sales_pipeline
from tests.e2e.figures import EXPECTED, all_figures
from tests.kubernetes.cluster import within
from tests.kubernetes.release import WEB_PORT, Release
from tools import chromium
from tools.stack import ports

DEALS = 8800
# What stays when the suite is uninstalled.
KEPT = {"persistentvolumeclaims", "secrets"}
KINDS = (
    "deployments,statefulsets,jobs,pods,services,configmaps,secrets,persistentvolumeclaims,"
    "serviceaccounts,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,ingresses,"
    "roles,rolebindings"
)
# Kubernetes makes these in every namespace.
NOT_OURS = {"default", "kube-root-ca.crt"}


@pytest.fixture(scope="module")
def installed(release: Release) -> Release:
    """The suite, ready."""
    seconds = release.install()
    print(f"ready after {seconds:.1f} s")
    return release


def bring_in_everything(release: Release, data: Path, work: Path) -> None:
    """The whole pipeline, through the gateway."""
    api = release.api()
    sales_pipeline.bring_in_people(api, data, work)
    sales_pipeline.bring_in_accounts(api, data, work)
    sales_pipeline.bring_in_products(api, data)
    job = api.wait(sales_pipeline.start_deals(api, data, with_alias=True))
    assert job["progress"]["rowsCreated"] == str(DEALS), job
    release.settle()


def test_the_pipeline_goes_in_and_its_figures_come_out(
    installed: Release, data: Path, tmp_path: Path
) -> None:
    bring_in_everything(installed, data, tmp_path)
    assert all_figures(installed.api()) == EXPECTED
    # Through the front ends' address, too.
    assert all_figures(installed.api(port=WEB_PORT)) == EXPECTED
    assert installed.dead_letters() == 0


def test_every_pod_runs_restricted_and_answers_its_probes(installed: Release) -> None:
    pods = installed.cluster.get("pods", installed.namespace)
    running = [pod for pod in pods if pod["status"]["phase"] == "Running"]
    assert len(running) >= 12
    assert {
        status["restartCount"] for pod in running for status in pod["status"]["containerStatuses"]
    } == {0}
    # The namespace refuses whatever is not; nothing was refused, and nothing warned of.
    events = installed.kubectl("get", "events", "-o", "json")
    reasons = {event["reason"] for event in json.loads(events)["items"]}
    assert not reasons & {"FailedCreate", "BackOff", "Failed"}, reasons


def test_a_person_signs_in_and_sees_every_screen(installed: Release) -> None:
    program = chromium.find()
    if program is None:
        pytest.skip("no Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with forwarded(installed, "wasl-web", 8080) as url, playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(f"{url}/")
        page.locator("input[type=email]").fill("admin@wasl.example")
        page.locator("input[type=password]").fill(installed.secret("wasl-keys", "admin-password"))
        # Before signing in, the app asks who is there, and is told that nobody is.
        wrong.clear()
        page.keyboard.press("Enter")
        page.locator("nav a").first.wait_for()
        links = {str(link.get_attribute("href")) for link in page.locator("nav a[href^='/']").all()}
        assert len(links) >= 5, links
        for link in sorted(links):
            page.goto(f"{url}{link}")
            page.locator("main").wait_for()
            page.wait_for_load_state("networkidle")
            assert page.locator("main").inner_text().strip(), link
            assert not page.locator("input[type=password]").count(), f"{link} asks to sign in"
        assert wrong == []
        browser.close()


@contextmanager
def forwarded(release: Release, service: str, port: int) -> Iterator[str]:
    """A service at an address of this machine, which browsers trust without TLS."""
    folder = Path("/tmp")
    local = ports.choose(folder / "wasl-forwarded.json", ["forwarded"])["forwarded"]
    command = [*release.cluster.kubectl_command, "-n", release.namespace, "port-forward",
               f"service/{service}", f"{local}:{port}"]  # fmt: skip
    process = subprocess.Popen(command, env=release.cluster.environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{local}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/healthz").is_success
        except httpx.TransportError:
            return False

    try:
        within(answers, 30, "the port is forwarded")
        yield url
    finally:
        process.terminate()
        process.wait()


def left_of(release: Release) -> dict[str, set[str]]:
    """What there is in the release's namespace, by kind."""
    found: dict[str, set[str]] = {}
    for one in release.cluster.get(KINDS, release.namespace):
        if one["metadata"]["name"] not in NOT_OURS:
            found.setdefault(f"{one['kind'].lower()}s", set()).add(one["metadata"]["name"])
    return found


def test_uninstalling_leaves_the_data_and_the_secrets_and_a_second_installation_finds_both(
    installed: Release,
) -> None:
    before = {key: installed.secret("wasl-keys", key) for key in ("audit-key", "admin-api-key")}
    installed.uninstall()
    # Kubernetes ends the pods in its own time.
    within(lambda: set(left_of(installed)) == KEPT, 90, lambda: f"left is {left_of(installed)}")
    left = left_of(installed)
    assert left["persistentvolumeclaims"] == {"data-wasl-postgres-0", "data-wasl-rabbitmq-0"}
    seconds = installed.install()
    print(f"ready on kept volumes after {seconds:.1f} s")
    assert {key: installed.secret("wasl-keys", key) for key in before} == before
    assert all_figures(installed.api(patience=30)) == EXPECTED
    api = installed.api(patience=30)
    assert api.post("/v1/opportunities", {"name": "After the second installation"})["id"]
    installed.settle()
