"""Rules about Python code, read from its syntax tree."""

import ast
from collections.abc import Iterator

from tools.lints.sources import Complaint, not_escaped

_METRICS = {"Counter", "Gauge", "Histogram", "Summary"}
_AROUND_THE_SCOPE = {"exec_driver_sql", "raw_connection", "beyond_scope"}


def eager_relationships(source: str) -> list[Complaint]:
    """Complain about relationships that may load by themselves (rule `lazy`)."""
    found = [
        Complaint(call.lineno, 'a relationship is lazy="raise"')
        for call in _calls(source)
        if _name(call.func) == "relationship" and _keyword(call, "lazy") != "raise"
    ]
    return not_escaped(source, found, rule="lazy")


def commits(source: str) -> list[Complaint]:
    """Complain about commits and rollbacks, which only the chassis does (rule `commit`)."""
    found = [
        Complaint(call.lineno, "only the chassis commits: one RPC or message is one transaction")
        for call in _calls(source)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]
    return not_escaped(source, found, rule="commit")


def statements_around_the_scope(source: str) -> list[Complaint]:
    """Complain about SQL that the record scope cannot see (rule `scope`).

    That is text, a statement executed on a connection, getting hold of a connection, looking beyond
    the scope on purpose, and a table beside the ORM (but for the names of its columns).
    """
    found = [
        Complaint(node.lineno, "a table beside the ORM goes around the record scope")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr == "__table__"
        and node.lineno not in _lines_about_columns(source)
    ]  # fmt: skip
    for call in _calls(source):
        name, owner = _name(call.func), ""
        if isinstance(call.func, ast.Attribute):
            owner = _name(call.func.value)
        raw = bool(call.args) and isinstance(call.args[0], ast.Call) and (
            _name(call.args[0].func) == "text"
        )  # fmt: skip
        on_connection = owner in {"connection", "conn", "engine", "cursor"}
        if (
            (name in {"execute", "scalar", "scalars"} and (raw or on_connection))
            or name in _AROUND_THE_SCOPE
            or (name == "connection" and owner == "session")
        ):
            found.append(Complaint(call.lineno, "this statement goes around the record scope"))
    return not_escaped(source, found, rule="scope")


def _lines_about_columns(source: str) -> set[int]:
    return {
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr == "columns"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "__table__"
    }


def any_in_signatures(source: str) -> list[Complaint]:
    """Complain about `Any` in what a public function takes or returns (rule `any`)."""
    found = []
    for function in _public(source, methods=True):
        if isinstance(function, ast.ClassDef):
            continue
        given = function.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        arguments += [extra for extra in (given.vararg, given.kwarg) if extra]
        notes = [argument.annotation for argument in arguments] + [function.returns]
        if any(_mentions_any(note) for note in notes if note):
            found.append(Complaint(function.lineno, f"{function.name} has Any in its signature"))
    return not_escaped(source, found, rule="any")


def missing_docstrings(source: str) -> list[Complaint]:
    """Complain about public functions and classes that say nothing (rule `docstring`)."""
    found = [
        Complaint(thing.lineno, f"{thing.name} has no docstring")
        for thing in _public(source, methods=False)
        if not ast.get_docstring(thing)
    ]
    return not_escaped(source, found, rule="docstring")


def prints(source: str) -> list[Complaint]:
    """Complain about print: a service logs (rule `print`)."""
    found = [
        Complaint(call.lineno, "a service logs, it does not print")
        for call in _calls(source)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]
    return not_escaped(source, found, rule="print")


def google_protobuf(source: str) -> list[Complaint]:
    """Complain about imports of Google's Protobuf runtime (rule `protobuf`)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        if any(f"{name}.".startswith("google.protobuf.") for name in names):
            found.append(Complaint(node.lineno, "protobuf-py is the one Protobuf runtime"))
    return not_escaped(source, found, rule="protobuf")


def unlisted_metrics(source: str, *, listed: set[str]) -> list[Complaint]:
    """Complain about metrics that the schema file does not list (rule `metric`)."""
    found = []
    for call in _calls(source):
        first = call.args[0] if call.args else None
        if _name(call.func) in _METRICS and isinstance(first, ast.Constant):
            name = first.value
            # The library adds `_total` to a counter's name.
            if isinstance(name, str) and not {name, f"{name}_total"} & listed:
                found.append(Complaint(call.lineno, f"{name} is not in metrics.yaml"))
    return not_escaped(source, found, rule="metric")


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(source: str, *, methods: bool) -> Iterator[_Definition]:
    for node in ast.parse(source).body:
        if not isinstance(node, _DEFINITIONS) or node.name.startswith("_"):
            continue
        yield node
        if methods and isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, _DEFINITIONS) and not inner.name.startswith("_"):
                    yield inner


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _calls(source: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def _name(node: ast.expr) -> str:
    """Return the last part of a dotted name: `execute` for `self.session.execute`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _keyword(call: ast.Call, name: str) -> object:
    values = [word.value for word in call.keywords if word.arg == name]
    return values[0].value if values and isinstance(values[0], ast.Constant) else None


def _mentions_any(note: ast.expr) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == "Any")
        or (isinstance(node, ast.Attribute) and node.attr == "Any")
        for node in ast.walk(note)
    )
