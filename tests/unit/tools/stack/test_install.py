"""What cannot be installed is said in one sentence that tells what to do."""

import shutil
import sys

import pytest

from tools.stack import __main__ as stack
from tools.stack import binaries, install


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_postgres", lambda: None)
    monkeypatch.setattr(binaries, "find_rabbitmq", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


@pytest.mark.usefixtures("nothing_installed")
def test_an_unknown_system_is_told_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert stack.main(["install"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "PostgreSQL 15 or newer and RabbitMQ 3.10 or newer" in said


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.skipif(sys.platform != "linux", reason="Debian's way of installing")
def test_without_root_and_sudo_the_command_to_run_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: name if name == "apt-get" else None)
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    assert stack.main(["install"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "apt-get install --no-install-recommends postgresql rabbitmq-server" in said
