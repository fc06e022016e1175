"""Every tracked file keeps its size, and names no package index and nobody's machine."""

from pathlib import Path

import pytest

from tools.lints import text
from tools.lints.sources import read, tracked


def test_no_file_is_larger_than_a_person_reads_at_once() -> None:
    found = [
        f"{path}: {complaint.text}"
        for path in tracked()
        for complaint in text.too_large(read(path), path=path)
    ]
    assert found == []


def test_no_file_names_a_package_index() -> None:
    found = [
        f"{path}:{complaint.line}"
        for path in tracked()
        for complaint in text.index_addresses(read(path))
    ]
    assert found == []


def test_no_file_names_a_path_of_somebody_s_machine() -> None:
    found = [
        f"{path}:{complaint.line}"
        for path in tracked()
        for complaint in text.machine_paths(read(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("path", "largest"),
    [
        ("chassis/errors.py", 400),
        ("web/src/app/App.tsx", 400),
        ("tests/unit/test_errors.py", 600),
        ("web/src/app/App.test.tsx", 600),
        ("services/sales/service.py", 60),
    ],
)
def test_a_file_over_its_size_is_found_unless_it_says_why(path: str, largest: int) -> None:
    assert text.too_large("x\n" * largest, path=Path(path)) == []
    assert text.too_large("x\n" * (largest + 1), path=Path(path))
    why = "# size: escaped, because it is one table\n"
    assert text.too_large(why + "x\n" * largest, path=Path(path)) == []


def test_data_may_be_long() -> None:
    assert text.too_large("x\n" * 5000, path=Path("requirements/dev.txt")) == []


@pytest.mark.parametrize(
    "line",
    [
        "https://files.python" + "hosted.org/packages/x.whl",
        '"resolved": "https://registry.npm' + "js.org/x.tgz",
        "--index-" + "url https://packages.example/simple",
        "registry" + "=https://packages.example/",
        "pip install -i https://py" + "pi.org/simple",
    ],
)
def test_a_package_index_is_found(line: str) -> None:
    assert [found.line for found in text.index_addresses(f"\n{line}\n")] == [2]


@pytest.mark.parametrize("line", ["image: registry.example/wasl", "the index-url of pip"])
def test_what_only_looks_like_a_package_index_is_accepted(line: str) -> None:
    assert text.index_addresses(line) == []


@pytest.mark.parametrize("place", ["ho" + "me/sara", "Users" + "/sara", "roo" + "t/wasl"])
def test_a_machine_path_is_found_unless_it_says_why(place: str) -> None:
    assert text.machine_paths(f'folder = "/{place}"')
    assert not text.machine_paths(f'folder = "/{place}"  # path: escaped, because of the image')


@pytest.mark.parametrize(
    "line", ["GET /v1/users/1", "https://wasl.example/ho" + "me/x", "a/roo" + "t/b"]
)
def test_what_only_looks_like_a_machine_path_is_accepted(line: str) -> None:
    assert text.machine_paths(line) == []
