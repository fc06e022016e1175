"""The API's page for people, made of the OpenAPI document. It works without JavaScript."""

import re
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.gateway.schemas import Schema

_METHODS = ("get", "post", "put", "patch", "delete")
_HERE = Path(__file__).parent


def render_docs(document: dict[str, object]) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["text"] = _text
    environment.filters["kind"] = _kind
    paths = cast(dict[str, dict[str, Schema]], document["paths"])
    groups: dict[str, list[Schema]] = {}
    for path, item in paths.items():
        for method in _METHODS:
            operation = item.get(method)
            if operation is not None:
                tag = cast(list[str], operation["tags"])[0]
                groups.setdefault(tag, []).append(
                    {**operation, "method": method.upper(), "path": path}
                )
    components = cast(dict[str, dict[str, Schema]], document["components"])
    tags = [
        {**tag, "anchor": _anchor(str(tag["name"])), "operations": groups[str(tag["name"])]}
        for tag in cast(list[Schema], document["tags"])
    ]
    return environment.get_template("docs.html").render(
        info=document["info"],
        tags=tags,
        schemas=components["schemas"],
        responses=components["responses"],
    )


def _anchor(name: str) -> str:
    return "tag-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _text(comment: str) -> Markup:
    """The little Markdown that comments have: paragraphs, lists, `code` and **bold**."""
    blocks = []
    for block in re.split(r"\n\s*\n", comment.strip()):
        lines = block.split("\n")
        if lines[0].startswith("- "):
            items = re.split(r"\n- ", block.removeprefix("- "))
            inner = "".join(f"<li>{_inline(item)}</li>" for item in items)
            blocks.append(f"<ul>{inner}</ul>")
        elif block:
            blocks.append(f"<p>{_inline(block)}</p>")
    return Markup("".join(blocks))  # noqa: S704 - every part went through escape()


def _inline(text: str) -> str:
    safe = str(escape(text))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)


def _kind(schema: Schema) -> Markup:
    """What a schema is, in a few words, with links to those that have a name."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        target = escape(reference.rpartition("/")[2])
        return Markup(f'<a href="#schema-{target}">{target}</a>')  # noqa: S704
    if "anyOf" in schema:
        choices = cast(list[Schema], schema["anyOf"])
        return Markup(" or ").join(_kind(one) for one in choices)
    kind = schema.get("type", "any")
    if kind == "array" or kind == ["array", "null"]:
        inner = _kind(cast(Schema, schema.get("items", {})))
        return Markup("list of ") + inner + _rules(schema)
    name = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return escape(name) + _rules(schema)


def _rules(schema: Schema) -> Markup:
    told: list[str] = []
    for keyword, words in (
        ("format", "{}"),
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("minimum", "from {}"),
        ("maximum", "to {}"),
        ("minItems", "at least {}"),
        ("maxItems", "at most {}"),
        ("uniqueItems", "no two the same"),
        ("pattern", "{}"),
    ):
        if keyword in schema and schema[keyword] not in (-(2**31), 2**31 - 1):
            told.append(words.format(schema[keyword]))
    if "enum" in schema:
        told.append(", ".join(str(one) for one in cast(list[object], schema["enum"])))
    if not told:
        return Markup("")
    return Markup(' <span class="rules">') + escape("; ".join(told)) + Markup("</span>")
