"""The API's page reads well without anything from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from services.gateway.contract import Contract
from services.gateway.docs import render_docs
from services.gateway.openapi import build_openapi
from services.gateway.router import Route


@pytest.fixture(scope="module")
def page(contract: Contract, routes: dict[str, Route]) -> str:
    return render_docs(build_openapi(contract, tuple(routes.values())))


def test_every_operation_is_on_the_page(page: str, routes: dict[str, Route]) -> None:
    for route in routes.values():
        assert f'<details id="{route.operation_id}">' in page
        assert f'<code class="path">{route.path}</code>' in page
        assert not route.permission or f"<code>{route.permission}</code>" in page


def test_every_link_inside_the_page_leads_somewhere(page: str) -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets
    assert targets <= ids


def test_the_page_needs_no_script_and_no_other_host(page: str) -> None:
    assert "<script" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_tags_are_closed(page: str) -> None:
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "link"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Reader().feed(page)
    assert not open_tags
