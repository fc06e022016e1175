"""Answers that are remembered while nothing new has been told.

An answer is good for as long as the read model has the stamp that it was made from, which one
small query tells. So an answer is never older than what is committed when the question comes.
"""
# name: escaped, because it remembers the answers of every report

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Engine

from wasl.reporting.v1.report_service_pb import RunPipelineReportResponse

# Rows of all remembered answers together; about 20 MB.
MAX_ROWS = 20_000
_LOCKS = 64


class Answers:
    """The answers that one process remembers of one database."""

    def __init__(self) -> None:
        self._known: LRUCache[bytes, tuple[str, RunPipelineReportResponse]] = LRUCache(
            MAX_ROWS, getsizeof=lambda known: len(known[1].rows) + 1
        )
        self._guard = threading.Lock()
        self._making = tuple(threading.Lock() for _ in range(_LOCKS))

    def answer(
        self,
        question: bytes,
        *,
        stamp: Callable[[], str],
        make: Callable[[], tuple[str, RunPipelineReportResponse]],
    ) -> RunPipelineReportResponse:
        """The answer to a question, made when it is not known or was made from another stamp.

        When many ask the same at once, one makes it and the others wait.
        """
        known = self._get(question, stamp())
        if known is not None:
            return known
        with self._making[hash(question) % _LOCKS]:
            # Asked again: while we waited, another may have made it, or more may have been told.
            known = self._get(question, stamp())
            if known is not None:
                return known
            made_from, answer = make()
            with self._guard:
                if len(answer.rows) < MAX_ROWS // 10:
                    self._known[question] = (made_from, answer)
            return answer

    def _get(self, question: bytes, stamp: str) -> RunPipelineReportResponse | None:
        with self._guard:
            known = self._known.get(question)
        return known[1] if known is not None and known[0] == stamp else None


_BY_ENGINE: WeakKeyDictionary[Engine, Answers] = WeakKeyDictionary()
_GUARD = threading.Lock()


def answers_of(engine: Engine) -> Answers:
    """What this process remembers of a database."""
    with _GUARD:
        return _BY_ENGINE.setdefault(engine, Answers())
