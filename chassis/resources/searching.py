"""Search by part of a name, in any script: the best hits first."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, select

from chassis.errors import InvalidArgument
from chassis.grpc.call import Call
from chassis.resources.mapping import column
from chassis.resources.resource import Resource
from chassis.text.normalise import like_escape, search_text
from chassis.text.transliterate import latin_key

# A person refines the words long before this; beyond it the order is by first come.
MAX_HITS = 2000
# Words this short have no trigram of their own, so only beginnings of words are looked for.
_SHORT = 3


def search_ids(
    resource: Resource, call: Call, text: str, *, conditions: Sequence[ColumnElement[bool]]
) -> list[str]:
    """The ids of at most 2,000 hits: those with the words first, then those that sound alike.

    Within each, the newest first. Raises InvalidArgument when the resource has no search.
    """
    if resource.searched is None:
        raise InvalidArgument("NO_SEARCH", f"q: {resource.collection} cannot be searched")
    words = search_text(text).split()
    if not words:
        return []
    hits = _ids(resource, call, _words(resource, words), conditions)
    sound = latin_key(text).split()
    if sound and len(hits) < MAX_HITS:
        known = set(hits)
        alike = _ids(resource, call, _sounds(resource, sound), conditions)
        hits += [id_ for id_ in alike if id_ not in known]
    return hits[:MAX_HITS]


def _ids(
    resource: Resource,
    call: Call,
    match: ColumnElement[bool],
    conditions: Sequence[ColumnElement[bool]],
) -> list[str]:
    # Sorted here and not in SQL: ORDER BY id LIMIT would tempt the planner to walk the whole
    # primary key for a rare word.
    statement = select(column(resource.table, "id")).where(match, *conditions).limit(MAX_HITS)
    return sorted(call.session.scalars(statement), reverse=True)


def _words(resource: Resource, words: Sequence[str]) -> ColumnElement[bool]:
    stored = column(resource.table, "search_text")
    return and_(*(stored.like(_pattern(word)) for word in dict.fromkeys(words)))


def _sounds(resource: Resource, sounds: Sequence[str]) -> ColumnElement[bool]:
    stored = column(resource.table, "search_key")
    # A sound is a skeleton of consonants; the beginning of a short one means nothing.
    ends = ("%" if len(sound) >= _SHORT else " %" for sound in sounds)
    return and_(*(stored.like(f"% {sound}{end}") for sound, end in zip(sounds, ends, strict=True)))


def _pattern(word: str) -> str:
    start = "% " if len(word) < _SHORT else "%"
    return f"{start}{like_escape(word)}%"
