"""The tree of a parsed filter, and the one error of the filter language."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Operator = Literal["=", "!=", "<", "<=", ">", ">=", ":"]


class FilterError(ValueError):
    """A filter that cannot be followed; `position` counts characters from 0."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Value:
    """The right side of a comparison as it was written, without quotes, escapes and open ends."""

    text: str
    position: int
    quoted: bool = False
    open_start: bool = False
    open_end: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the value is a pattern, as in `Acme*`."""
        return self.open_start or self.open_end

    @property
    def is_presence(self) -> bool:
        """Whether the value is a lone `*`."""
        return self.is_open and not self.text and not self.quoted

    @property
    def is_null(self) -> bool:
        """Whether the value is the keyword null."""
        return self.text == "null" and not self.quoted and not self.is_open


@dataclass(frozen=True, slots=True)
class Call:
    """A function, as in `today()`; only declared names get this far."""

    name: str
    arguments: tuple[Value, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, dotted where it is nested, against a value."""

    field: str
    operator: Operator
    value: Value | Call
    position: int


@dataclass(frozen=True, slots=True)
class Bare:
    """A value without a field: a search of the resource as a whole."""

    value: Value
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """What the term does not match."""

    term: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All of two terms or more."""

    terms: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two terms or more."""

    terms: tuple["Filter", ...]


Filter: TypeAlias = Comparison | Bare | Call | Not | And | Or
