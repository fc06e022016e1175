"""Grants: what several say together, and what two sets have in common."""

import itertools
import random

import pytest

from chassis.grpc.grants import widest_scope
from services.identity.rules.grant import from_texts, holds, narrowed, to_texts, united

SCOPES = ("OWN", "TEAM", "SUBTREE", "ALL")
PATTERNS = ("*", "a.*", "b.*", "a.x.*", "a.y.*", "a.x.get", "a.x.set", "b.z.get")
PERMISSIONS = ("a.x.get", "a.x.set", "a.y.get", "b.z.get", "c.w.get")


def some_grants(dice: random.Random) -> list[tuple[str, str]]:
    return [(dice.choice(PATTERNS), dice.choice(SCOPES)) for _ in range(dice.randrange(5))]


def scope_of(grants, permission: str):
    return widest_scope(tuple(to_texts(dict(grants))), permission)


@pytest.mark.parametrize("seed", range(200))
def test_a_union_reaches_as_far_as_the_widest_of_its_parts(seed):
    dice = random.Random(seed)
    parts = [some_grants(dice) for _ in range(3)]
    together = united(parts)
    for permission in PERMISSIONS:
        each = [scope_of([grant], permission) for grant in itertools.chain(*parts)]
        assert scope_of(together.items(), permission) == max(filter(None, each), default=None)


@pytest.mark.parametrize("seed", range(200))
def test_what_two_have_in_common_reaches_as_far_as_the_narrower(seed):
    dice = random.Random(seed)
    one, two = united([some_grants(dice)]), united([some_grants(dice)])
    both = narrowed(one, two)
    for permission in PERMISSIONS:
        scopes = (scope_of(one.items(), permission), scope_of(two.items(), permission))
        expected = None if None in scopes else min(scopes)
        assert scope_of(both.items(), permission) == expected


def test_what_a_wider_grant_says_already_is_left_out():
    parts = [[("a.x.get", "OWN"), ("a.*", "TEAM"), ("a.x.*", "ALL")]]
    assert united(parts) == {"a.*": "TEAM", "a.x.*": "ALL"}


def test_a_grant_is_held_with_its_scope_or_a_wider_one():
    own = from_texts(["a.*:TEAM", "b.z.get"])
    assert holds(own, "a.x.get", "OWN")
    assert holds(own, "a.x.*", "TEAM")
    assert holds(own, "b.z.get", "ALL")
    assert not holds(own, "a.x.get", "SUBTREE")
    assert not holds(own, "*", "OWN")
    assert not holds(own, "b.z.*", "OWN")
