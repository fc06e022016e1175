"""The verbs of the gateway."""

import json
from pathlib import Path

import pytest

from services.gateway.__main__ import main

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASL_DESCRIPTORS", str(ROOT / "gen" / "wasl.binpb"))
    monkeypatch.setenv("WASL_INTERNAL_KEY", "k" * 32)


def test_openapi_is_written_without_any_secret(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.delenv("WASL_INTERNAL_KEY")
    assert main(["openapi"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["openapi"] == "3.1.0"


def test_check_says_that_all_is_well() -> None:
    assert main(["check"]) == 0


def test_check_says_which_file_is_absent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WASL_DESCRIPTORS", "nowhere")
    assert main(["check"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("WASL_PORT", "99999"), ("WASL_INTERNAL_KEY", "short"), ("WASL_SERVICE_ADDRESS", "x")],
)
def test_a_wrong_setting_is_one_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert name in told
    assert told.count("\n") == 1


def test_a_wrong_verb_shows_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "serve" in capsys.readouterr().err
