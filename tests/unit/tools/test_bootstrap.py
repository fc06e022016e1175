"""The bootstrap reads compiled requirements and takes package settings as it finds them."""

import re

import pytest

from tools import bootstrap

LISTED = """\
urllib3==2.0.0 \\
    --hash=sha256:aaaa
uv==0.9.0 \\
    --hash=sha256:bbbb \\
    --hash=sha256:cccc
uvx-like==1.0.0 \\
    --hash=sha256:dddd
"""


def test_the_block_of_one_package_has_its_hashes_and_no_others() -> None:
    assert re.findall("[a-d]{4}", bootstrap.block(LISTED, "uv")) == ["bbbb", "cccc"]
    assert bootstrap.block(LISTED, "uvx-like").strip().endswith("dddd")


def test_a_missing_package_is_one_sentence() -> None:
    with pytest.raises(SystemExit, match="does not list pip; please run `make requirements`"):
        bootstrap.block(LISTED, "pip")


def test_the_real_requirements_hold_uv() -> None:
    text = bootstrap.REQUIREMENTS.read_text(encoding="utf-8")
    assert bootstrap.block(text, "uv").startswith("uv==")
