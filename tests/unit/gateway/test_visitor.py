"""From where a request comes, whoever stands in between and whatever the client writes."""

import pytest

from services.gateway.visitor import address_reader, agent_of

DIRECT = "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, DIRECT),
        (0, "203.0.113.9", DIRECT),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", DIRECT),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "nonsense", DIRECT),
        (1, "", DIRECT),
        (1, None, DIRECT),
    ],
)
def test_the_address_is_what_our_own_proxies_have_written(
    proxies: int, forwarded: str | None, address: str
) -> None:
    environ: dict[str, object] = {"REMOTE_ADDR": DIRECT}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert address_reader(proxies)(environ) == address


def test_a_browsers_name_is_made_fit_for_metadata() -> None:
    assert agent_of("Firefox\r\nx: y\x7f\u0633") == "Firefox??x: y??"
    assert len(agent_of("x" * 1000)) == 300
