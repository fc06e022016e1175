"""What text, tables and filters cost: microseconds per call, rows per second.

    python -m bench.text

Prints one line each; nothing is compared with a limit, because that depends on the machine.
"""

import timeit
from collections.abc import Callable, Iterator
from time import perf_counter

from chassis.resources.filter import _parsed, parse_filter
from chassis.tabular.read import read_table
from chassis.tabular.write import Value, write_csv
from chassis.tabular.write_xlsx import write_xlsx
from chassis.text.emails import normalise_email
from chassis.text.normalise import like_pattern, search_text
from chassis.text.phones import normalise_phone
from chassis.text.transliterate import _word_key, latin_key

PERSIAN = "محمدرضا حسینی‌نژاد اصفهانی"
LATIN = "Jürgen Müller-Lüdenscheidt, Königsallee 12"
ASCII = "Mohammadreza Hosseini Esfahani, Tehran 12"
FILTER = 'state = OPEN AND (amount >= 1000 OR customFields.tier = "gold") AND -tags:spam'
CALLS: dict[str, Callable[[], object]] = {
    "search_text, 26 Persian letters": lambda: search_text(PERSIAN),
    "search_text, 42 accented letters": lambda: search_text(LATIN),
    "search_text, 41 ASCII letters": lambda: search_text(ASCII),
    "latin_key, three known words": lambda: latin_key(PERSIAN),
    "latin_key, one new word": lambda: _word_key.__wrapped__("mohammadreza"),
    "like_pattern, two words": lambda: like_pattern("müller ali"),
    "normalise_phone, E.164": lambda: normalise_phone("+989121234567", region=None),
    "normalise_phone, national": lambda: normalise_phone("۰۹۱۲ ۱۲۳ ۴۵۶۷", region="IR"),
    "normalise_email, plain": lambda: normalise_email("ali.rezaei@company.com"),
    "normalise_email, any": lambda: normalise_email("ali@müller.de"),
    "parse_filter, known": lambda: parse_filter(FILTER),
    "parse_filter, new": lambda: _parsed.__wrapped__(FILTER, frozenset()),
}
ROW: list[Value] = [
    "536365", "محمدرضا حسینی", "ali.rezaei@company.com", "+989121234567", 6, 2.55, "17850", "ایران",
]  # fmt: skip
HEADER = ["id", "name", "email", "phone", "quantity", "price", "customer", "country"]


def main() -> None:
    """Print every figure."""
    for name, call in CALLS.items():
        best = min(timeit.repeat(call, number=2_000, repeat=5)) / 2_000
        print(f"{name:36} {best * 1e6:8.2f} µs")
    csv = list(write_csv(rows(100_000), header=HEADER))
    xlsx = list(write_xlsx(rows(10_000), header=HEADER, sheet="bench"))
    per_second("write_csv", 100_000, lambda: list(write_csv(rows(100_000), header=HEADER)))
    per_second("read_table, CSV", 100_000, lambda: list(read_table(csv).rows))
    per_second(
        "write_xlsx", 10_000, lambda: list(write_xlsx(rows(10_000), header=HEADER, sheet="bench"))
    )
    per_second("read_table, XLSX", 10_000, lambda: list(read_table(xlsx).rows))


def rows(count: int) -> Iterator[list[Value]]:
    """Give the same row of eight columns again and again."""
    return (ROW for _ in range(count))


def per_second(name: str, count: int, run: Callable[[], object]) -> None:
    """Print how many rows of the run pass in a second."""
    start = perf_counter()
    run()
    print(f"{name:36} {count / (perf_counter() - start):8.0f} rows/s")


if __name__ == "__main__":
    main()
