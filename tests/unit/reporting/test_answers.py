"""Answers are remembered for as long as the stamp stays."""

from services.reporting.queries.answers import MAX_ROWS, Answers
from wasl.reporting.v1.pipeline_report_pb import PipelineReportRow
from wasl.reporting.v1.report_service_pb import RunPipelineReportResponse


class Book:
    """Makes answers and counts them."""

    def __init__(self, *, rows: int = 1) -> None:
        self.stamp, self.made, self._rows = "1", 0, rows
        self._answers = Answers()

    def ask(self, question: bytes = b"?") -> RunPipelineReportResponse:
        return self._answers.answer(question, stamp=lambda: self.stamp, make=self._make)

    def _make(self) -> tuple[str, RunPipelineReportResponse]:
        self.made += 1
        return self.stamp, RunPipelineReportResponse(rows=[PipelineReportRow()] * self._rows)


def test_the_same_question_is_answered_once():
    book = Book()
    assert book.ask() is book.ask()
    book.ask(b"another")
    assert book.made == 2


def test_a_new_stamp_asks_for_a_new_answer():
    book = Book()
    first = book.ask()
    book.stamp = "2"
    assert book.ask() is not first
    assert book.made == 2


def test_an_answer_that_was_made_from_a_newer_stamp_is_kept_under_that():
    book = Book()
    stamps = iter(["1", "1", "2"])
    answers = Answers()
    answers.answer(b"?", stamp=lambda: next(stamps), make=lambda: ("2", book._make()[1]))
    answers.answer(b"?", stamp=lambda: next(stamps), make=book._make)
    assert book.made == 1


def test_a_huge_answer_is_not_remembered():
    book = Book(rows=MAX_ROWS // 10)
    book.ask()
    book.ask()
    assert book.made == 2
