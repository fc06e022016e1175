"""The filter language of List (AIP-160): text in, a small tree out.

    state = OPEN AND (amount >= 1000 OR customFields.tier = "gold") AND -tags:spam

Grammar, after the EBNF published with AIP-160. OR binds tighter than AND, and terms that stand side
by side are joined by AND:

    expression  = sequence { "AND" sequence }
    sequence    = factor { factor }
    factor      = term { "OR" term }
    term        = [ "NOT" | "-" ] simple
    simple      = "(" expression ")" | restriction
    restriction = comparable [ comparator argument ]
    argument    = value | call | "(" expression of values ")"

`stage = (WON OR LOST)` gives every value the comparison in front. A text value that begins or ends
with an unescaped `*` is open at that end; `field:*` asks whether the field is there. In quoted
strings a backslash makes the next character plain. Functions exist only where they are declared.

Whatever the text, the parser gives a tree or raises FilterError. It is written by hand, because
messages with positions are half of it; a parsed filter is kept by its text, because clients repeat
themselves.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from chassis.resources.filter_tree import (
    And,
    Bare,
    Call,
    Comparison,
    Filter,
    FilterError,
    Not,
    Operator,
    Or,
    Value,
)

__all__ = ["FilterError", "parse_filter"]

MAX_BYTES = 4096
MAX_DEPTH = 16
MAX_TERMS = 64


Kind = Literal["word", "string", "operator", "(", ")", ",", "end"]


class _Token(NamedTuple):
    kind: Kind
    text: str
    position: int
    end: int


# PostgreSQL stores neither NUL nor half of a surrogate pair, so no filter can match them.
_IMPOSSIBLE = re.compile("[\0\ud800-\udfff]")
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator><=|>=|!=|[<>=:])
      | (?P<mark>[(),])
      | (?P<word>(?:[^\s()<>=!:,"'\\]|\\.)+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KEYWORDS = frozenset({"AND", "OR", "NOT"})


def parse_filter(text: str, *, functions: frozenset[str] = frozenset()) -> Filter | None:
    """Return the tree of a filter, or None for a blank one.

    `functions` are the names that may be called. Raises FilterError, also beyond 4 KiB, 16 levels
    of parentheses or 64 comparisons; never anything else.
    """
    if len(text) > MAX_BYTES:
        raise FilterError(f"The filter is longer than {MAX_BYTES} bytes.", position=MAX_BYTES)
    return _parsed(text, functions)


@lru_cache(maxsize=1024)
def _parsed(text: str, functions: frozenset[str]) -> Filter | None:
    impossible = _IMPOSSIBLE.search(text)
    if impossible:
        raise FilterError("The filter has a broken character.", position=impossible.start())
    if len(text.encode()) > MAX_BYTES:
        raise FilterError(f"The filter is longer than {MAX_BYTES} bytes.", position=len(text))
    tokens = _tokens(text)
    return _Parser(tokens, functions=functions).whole() if len(tokens) > 1 else None


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            tokens.append(_Token("end", "", position, position))
            return tokens
        match = _TOKEN.match(text, position)
        if match is None:
            message = f"{text[position]!r} cannot stand here."
            if text[position] in "\"'":
                message = "This string has no closing quote."
            raise FilterError(message, position=position)
        kind = match[0] if match["mark"] else match.lastgroup
        tokens.append(_Token(cast("Kind", kind), match[0], position, match.end()))
        position = match.end()


class _Parser:
    """One method for each line of the grammar; `_at` is the token to look at next."""

    def __init__(self, tokens: list[_Token], *, functions: frozenset[str]) -> None:
        self._tokens = tokens
        self._functions = functions
        self._at = 0
        self._depth = 0
        self._terms = 0
        # The field and operator in front of the parentheses we are in, as in `stage = (A OR B)`.
        self._given: tuple[str, Operator, int] | None = None

    def whole(self) -> Filter:
        found = self._expression()
        self._expect("end", "AND, OR or the end of the filter")
        return found

    def _expression(self) -> Filter:
        terms = [self._sequence()]
        while self._keyword("AND"):
            terms.append(self._sequence())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _sequence(self) -> Filter:
        terms = [self._factor()]
        while self._begins_term():
            terms.append(self._factor())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _factor(self) -> Filter:
        terms = [self._term()]
        while self._keyword("OR"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _term(self) -> Filter:
        return Not(self._simple()) if self._negation() else self._simple()

    def _simple(self) -> Filter:
        if self._peek().kind == "(":
            return self._parentheses()
        return self._restriction()

    def _parentheses(self) -> Filter:
        opened = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"Parentheses go deeper than {MAX_DEPTH}.", position=opened.position)
        found = self._expression()
        self._expect(")", "a closing parenthesis")
        self._depth -= 1
        return found

    def _restriction(self) -> Filter:
        self._terms += 1
        start = self._peek()
        if self._terms > MAX_TERMS:
            raise FilterError(
                f"The filter has more than {MAX_TERMS} comparisons.", position=start.position
            )
        if self._given:
            field, operator, position = self._given
            return Comparison(field, operator, self._argument(), position)
        if self._is_call():
            return self._call()
        first = self._at
        name = self._member()
        if self._peek().kind != "operator":
            if self._at - first > 1:
                raise _unexpected(self._peek(), expected="a comparison")
            return Bare(_value(start), start.position)
        operator = cast("Operator", self._take().text)
        if self._peek().kind == "(":
            self._given = (name, operator, start.position)
            found = self._parentheses()
            self._given = None
            return found
        return Comparison(name, operator, self._argument(), start.position)

    def _member(self) -> str:
        """Take a dotted field; a part of it may be quoted, as in `customFields."net worth"`."""
        token = self._take_word("a field")
        parts = _plain(token)
        while self._peek().position == token.end and self._joins(token):
            token = self._take()
            parts += _plain(token)
        return parts

    def _joins(self, token: _Token) -> bool:
        return (token.text.endswith(".") and self._peek().kind == "string") or (
            self._peek().kind == "word" and self._peek().text.startswith(".")
        )

    def _argument(self) -> Value | Call:
        if self._is_call():
            return self._call()
        return _value(self._take_word("a value"))

    def _is_call(self) -> bool:
        after = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return (
            self._peek().kind == "word"
            and after.kind == "("
            and after.position == self._peek().end
            and self._peek().text not in _KEYWORDS
        )

    def _call(self) -> Call:
        name = self._take()
        if name.text not in self._functions:
            raise FilterError(f"There is no function {name.text[:100]!r}.", position=name.position)
        self._take()
        arguments: list[Value] = []
        while self._peek().kind != ")":
            arguments.append(_value(self._take_word("a value")))
            if self._peek().kind != ",":
                break
            self._take()
        self._expect(")", "a closing parenthesis")
        return Call(name.text, tuple(arguments), name.position)

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _take_word(self, expected: str) -> _Token:
        token = self._peek()
        if token.kind not in ("word", "string") or _is_keyword(token):
            raise _unexpected(token, expected=expected)
        return self._take()

    def _expect(self, kind: Kind, expected: str) -> None:
        if self._peek().kind != kind:
            raise _unexpected(self._peek(), expected=expected)
        if kind != "end":
            self._take()

    def _keyword(self, keyword: str) -> bool:
        found = self._peek().kind == "word" and self._peek().text == keyword
        self._at += found
        return found

    def _negation(self) -> bool:
        if self._keyword("NOT"):
            return True
        token = self._peek()
        if token.kind != "word" or not token.text.startswith("-"):
            return False
        if self._given and token.text[1:2].isdigit():
            return False  # a negative number among values, as in `amount = (-5 OR 5)`
        if token.text == "-":
            self._at += 1
        else:
            self._tokens[self._at] = token._replace(
                text=token.text[1:], position=token.position + 1
            )
        return True

    def _begins_term(self) -> bool:
        token = self._peek()
        return token.kind in ("word", "string", "(") and token.text not in ("AND", "OR")


def _is_keyword(token: _Token) -> bool:
    return token.kind == "word" and token.text in _KEYWORDS


def _unexpected(token: _Token, *, expected: str) -> FilterError:
    found = repr(token.text[:100]) if token.text else "the end"
    return FilterError(f"Expected {expected}, found {found}.", position=token.position)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _plain(token: _Token) -> str:
    return _unescaped(token.text[1:-1] if token.kind == "string" else token.text)


def _value(token: _Token) -> Value:
    quoted = token.kind == "string"
    text = token.text[1:-1] if quoted else token.text
    open_start = text.startswith("*")
    text = text[1:] if open_start else text
    before = text[:-1]
    slashes = len(before) - len(before.rstrip("\\"))
    open_end = text.endswith("*") and slashes % 2 == 0
    return Value(
        text=_unescaped(before if open_end else text),
        position=token.position,
        quoted=quoted,
        open_start=open_start,
        open_end=open_end,
    )
