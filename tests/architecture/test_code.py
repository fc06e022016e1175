"""The rules of the code base hold in every file, and each rule complains about a bad sample."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tools.lints import code
from tools.lints.sources import ROOT, Complaint, python_under, read

Lint = Callable[[str], list[Complaint]]
SCHEMA = ROOT / "deploy/observability/metrics.yaml"


def _all_complaints(lint: Lint, paths: list[Path]) -> list[str]:
    return [
        f"{path}:{complaint.line}: {complaint.text}"
        for path in paths
        for complaint in lint(read(path))
    ]


def _except_grpc(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.parts[:2] != ("chassis", "grpc")]


@pytest.mark.parametrize(
    ("lint", "folders"),
    [
        (code.eager_relationships, ["services", "chassis"]),
        (code.commits, ["services"]),
        (code.statements_around_the_scope, ["services"]),
        (code.any_in_signatures, ["services"]),
        (code.missing_docstrings, ["chassis"]),
        (code.prints, ["services", "chassis"]),
    ],
)
def test_no_file_breaks_the_rule(lint: Lint, folders: list[str]) -> None:
    assert _all_complaints(lint, python_under(*folders)) == []


def test_google_s_protobuf_is_imported_by_the_chassis_grpc_package_only() -> None:
    paths = python_under("services", "chassis", "tools", "bench")
    assert _all_complaints(code.google_protobuf, _except_grpc(paths)) == []


def test_every_metric_is_in_the_schema_file() -> None:
    entries = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["metrics"]
    listed = {entry["name"] for entry in entries}
    assert (
        _all_complaints(
            lambda source: code.unlisted_metrics(source, listed=listed),
            python_under("services", "chassis"),
        )
        == []
    )


BAD = [
    (code.eager_relationships, "lazy", 'owner = relationship("User")'),
    (code.eager_relationships, "lazy", 'owner = orm.relationship(lazy="joined")'),
    (code.commits, "commit", "session.commit()"),
    (code.commits, "commit", "self.session.rollback()"),
    (code.statements_around_the_scope, "scope", 'session.execute(text("SELECT 1"))'),
    (code.statements_around_the_scope, "scope", "connection.execute(select(Contact))"),
    (code.statements_around_the_scope, "scope", "unit.connection.scalar(select(Contact))"),
    (code.statements_around_the_scope, "scope", "call.session.connection()"),
    (code.statements_around_the_scope, "scope", 'c.exec_driver_sql("SELECT 1")'),
    (code.statements_around_the_scope, "scope", "with beyond_scope(call.session): look()"),
    (code.statements_around_the_scope, "scope", "session.execute(select(Row.__table__.c.id))"),
    (code.any_in_signatures, "any", "def open(door: Any) -> None: ..."),
    (code.any_in_signatures, "any", "def open() -> dict[str, typing.Any]: ..."),
    (code.missing_docstrings, "docstring", "def open() -> None: ..."),
    (code.missing_docstrings, "docstring", "class Door: ..."),
    (code.prints, "print", 'print("hello")'),
    (code.google_protobuf, "protobuf", "from google.protobuf import json_format"),
    (code.google_protobuf, "protobuf", "import google.protobuf.message"),
    (code.google_protobuf, "protobuf", "from google import protobuf"),
]


@pytest.mark.parametrize(("lint", "rule", "bad"), BAD)
def test_the_rule_complains_about_a_bad_sample_unless_it_is_escaped(
    lint: Lint, rule: str, bad: str
) -> None:
    assert [complaint.line for complaint in lint(f"\n{bad}\n")] == [2]
    assert lint(f"{bad}  # {rule}: escaped, because a test says so\n") == []
    assert lint(f"# {rule}: escaped, because a test says so\n{bad}\n") == []
    # Without a reason, under another name or too far away it is no escape.
    assert lint(f"{bad}  # {rule}: escaped\n")
    assert lint(f"{bad}  # other: escaped, because a test says so\n")
    assert lint(f"# {rule}: escaped, because a test says so\n\n\n{bad}\n")


GOOD = [
    (code.eager_relationships, 'owner = relationship("User", lazy="raise")'),
    (code.commits, "commits = session.commits"),
    (code.statements_around_the_scope, "session.execute(select(Contact))"),
    (code.statements_around_the_scope, "rows = connection.cursor"),
    (code.statements_around_the_scope, "names = Row.__table__.columns.keys()"),
    (code.any_in_signatures, "def _open(door: Any) -> None: ..."),
    (code.any_in_signatures, "def open(door: Door) -> Anything: ..."),
    (code.missing_docstrings, 'def open() -> None:\n    """Opens."""'),
    (code.missing_docstrings, "def _open() -> None: ..."),
    (code.prints, "log.info('print()')"),
    (code.google_protobuf, "from google.rpc import status_pb"),
]


@pytest.mark.parametrize(("lint", "good"), GOOD)
def test_the_rule_accepts_a_good_sample(lint: Lint, good: str) -> None:
    assert lint(good) == []


def test_a_metric_that_is_not_listed_is_found() -> None:
    source = 'Counter("wasl_rows_total", "Rows.")\nprometheus.Gauge("wasl_age", "Age.")\n'
    found = code.unlisted_metrics(source, listed={"wasl_rows_total"})
    assert [complaint.line for complaint in found] == [2]
