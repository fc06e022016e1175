"""The filter language: what a text means, and that no text ends in anything but FilterError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.resources.filter import MAX_BYTES, MAX_DEPTH, MAX_TERMS, FilterError, parse_filter
from chassis.resources.filter_tree import And, Bare, Call, Comparison, Filter, Not, Or, Value


def shown(tree: Filter | None) -> str:
    """Write a tree with all its parentheses, so that precedence can be read."""
    match tree:
        case And(terms=terms):
            return "(" + " & ".join(shown(term) for term in terms) + ")"
        case Or(terms=terms):
            return "(" + " | ".join(shown(term) for term in terms) + ")"
        case Not(term=term):
            return "!" + shown(term)
        case Comparison(field=field, operator=operator, value=Value(text=text)):
            return f"{field}{operator}{text}"
        case Comparison(field=field, operator=operator, value=Call(name=name)):
            return f"{field}{operator}{name}()"
        case Bare(value=value):
            return value.text
        case Call(name=name, arguments=arguments):
            return f"{name}({','.join(argument.text for argument in arguments)})"
    return ""


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", ""),
        (" \t\n", ""),
        ("state = OPEN", "state=OPEN"),
        ("a=1 AND b!=2", "(a=1 & b!=2)"),
        ("a=1 AND b=2 OR c=3", "(a=1 & (b=2 | c=3))"),
        ("a=1 OR b=2 AND c=3", "((a=1 | b=2) & c=3)"),
        ("a=1 b=2", "(a=1 & b=2)"),
        ("a=1 b=2 AND c=3", "((a=1 & b=2) & c=3)"),
        ("a=1 b=2 OR c=3", "(a=1 & (b=2 | c=3))"),
        ("NOT a=1 AND b=2", "(!a=1 & b=2)"),
        ("-a=1 OR NOT (b=2 OR c=3)", "(!a=1 | !(b=2 | c=3))"),
        ("-(a=1)", "!a=1"),
        ("- a=1", "!a=1"),
        ("((a=1))", "a=1"),
        ("amount>=-1.5 AND amount<2e3", "(amount>=-1.5 & amount<2e3)"),
        ("tags:vip tags:*", "(tags:vip & tags:)"),
        ("stage = (WON OR LOST)", "(stage=WON | stage=LOST)"),
        ("tags:(a AND -b)", "(tags:a & !tags:b)"),
        ("n = (-5 OR 5)", "(n=-5 | n=5)"),
        ("customFields.tier = gold", "customFields.tier=gold"),
        ("customFields.'net worth' > 5", "customFields.net worth>5"),
        ('customFields."a b".c > 5', "customFields.a b.c>5"),
        ("name = 'it\\'s'", "name=it's"),
        ('name = "a \\"b\\" \\\\"', 'name=a "b" \\'),
        ("نام = علی", "نام=علی"),
        ("Victor Hugo", "(Victor & Hugo)"),
        ("due < today()", "due<today()"),
        ("near(35.7, '51.4') OR a=1", "(near(35.7,51.4) | a=1)"),
        ("andy = ORDER", "andy=ORDER"),
    ],
)
def test_a_text_means(text: str, meaning: str) -> None:
    assert shown(parse_filter(text, functions=frozenset({"today", "near"}))) == meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = Acme*", Value("Acme", 4, open_end=True)),
        ('a = "*me"', Value("me", 4, quoted=True, open_start=True)),
        ('a = "*c*"', Value("c", 4, quoted=True, open_start=True, open_end=True)),
        ('a = "Ac*me"', Value("Ac*me", 4, quoted=True)),
        (r'a = "Acme\*"', Value("Acme*", 4, quoted=True)),
        (r'a = "Acme\\*"', Value("Acme\\", 4, quoted=True, open_end=True)),
        ("a = null", Value("null", 4)),
        ('a = ""', Value("", 4, quoted=True)),
    ],
)
def test_stars_are_open_ends_and_escapes_are_not(text: str, value: Value) -> None:
    tree = parse_filter(text)
    assert isinstance(tree, Comparison)
    assert tree.value == value


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("a =", 3),
        ("= 1", 0),
        ("(a=1", 4),
        ("a=1)", 3),
        ("a=1 AND", 7),
        ("AND a=1", 0),
        ("a=1 OR OR b=1", 7),
        ("NOT NOT a=1", 4),
        ("a == 1", 3),
        ("a = 'x", 4),
        ("a ! b", 2),
        ("a = AND", 4),
        ("f(1)", 0),
        ("a = f()", 4),
        ("a, b", 1),
        ("a = (b=1)", 6),
        ("a = \0", 4),
        ("a = '\ud800'", 5),
        ("t > 2026-01-01T10:00", 17),
    ],
)
def test_a_broken_text_is_refused_where_it_breaks(text: str, position: int) -> None:
    with pytest.raises(FilterError) as refused:
        parse_filter(text)
    assert refused.value.position == position
    assert f"(at character {position + 1})" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * (MAX_DEPTH + 1) + "a=1" + ")" * (MAX_DEPTH + 1),
        " ".join(["a=1"] * (MAX_TERMS + 1)),
        "a=" + "x" * MAX_BYTES,
        "a=" + "ع" * (MAX_BYTES // 2),
    ],
)
def test_a_filter_beyond_the_limits_is_refused(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text)


def test_a_filter_at_the_limits_is_taken() -> None:
    deep = "(" * MAX_DEPTH + "a=1" + ")" * MAX_DEPTH
    assert shown(parse_filter(deep)) == "a=1"
    assert parse_filter(" ".join(["a=1"] * MAX_TERMS)) is not None


_PIECES = st.sampled_from(
    ["a", "b.c", "=", "!=", ":", "<=", "(", ")", "AND", "OR", "NOT", "-", "*", "'x'", '"y*"', ",",
     "f(", ".", "\\", "'", "null", "-5", " ", "\n"]
)  # fmt: skip


@given(st.text() | st.lists(_PIECES, max_size=30).map("".join) | st.lists(_PIECES).map(" ".join))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        parse_filter(text, functions=frozenset({"f"}))
    except FilterError as error:
        refused = error
    else:
        return
    assert 0 <= refused.position <= max(len(text), MAX_BYTES)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50))
def test_any_value_can_be_written_in_quotes(text: str) -> None:
    written = "".join("\\" + letter if letter in '\\"*' else letter for letter in text)
    tree = parse_filter(f'name = "{written}"')
    assert isinstance(tree, Comparison)
    assert tree.value == Value(text, 7, quoted=True)
