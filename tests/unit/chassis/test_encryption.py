"""What is sealed can be read again by us, and by nobody else."""

import pytest

from chassis.encryption import keyed_hashes, seal, unseal

OLD, NEW = "the old secret of thirty-two letters", "the new secret of thirty-two letters"


def test_what_is_sealed_is_read_again_and_looks_different_each_time():
    one, two = (seal("JBSWY3DP", secrets=NEW, purpose="a") for _ in range(2))
    assert one != two
    assert b"JBSWY3DP" not in one
    assert unseal(one, secrets=NEW, purpose="a") == unseal(two, secrets=NEW, purpose="a")


@pytest.mark.parametrize(
    ("secrets", "purpose", "spoil"),
    [
        (OLD, "a", lambda sealed: sealed),
        (NEW, "b", lambda sealed: sealed),
        (NEW, "a", lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (NEW, "a", lambda sealed: bytes([sealed[0] ^ 1]) + sealed[1:]),
    ],
)
def test_nothing_else_opens_it(secrets, purpose, spoil):
    sealed = spoil(seal("text", secrets=NEW, purpose="a"))
    with pytest.raises(ValueError, match="cannot be opened"):
        unseal(sealed, secrets=secrets, purpose=purpose)


def test_a_secret_can_be_changed_while_both_are_named():
    sealed = seal("text", secrets=OLD, purpose="a")
    assert unseal(sealed, secrets=f"{NEW}, {OLD}", purpose="a") == "text"
    again = seal("text", secrets=f"{NEW},{OLD}", purpose="a")
    assert unseal(again, secrets=NEW, purpose="a") == "text"
    (kept,) = keyed_hashes("code", secrets=OLD, purpose="a")
    assert kept in keyed_hashes("code", secrets=f"{NEW},{OLD}", purpose="a")
