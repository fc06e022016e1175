"""What kind of table a file is, judged from its first bytes and never from its name."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from chassis.tabular.errors import TableError

SAMPLE_BYTES = 64 * 1024

DELIMITERS = (",", ";", "\t")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = (
    b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf",
)  # fmt: skip
# A run of letters, as bytes: ASCII letters and everything above ASCII.
_WORDS = re.compile(rb"[A-Za-z\x80-\xff]+")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]{2,}")
_EXCEL_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n?", re.IGNORECASE)
# Bytes that are no character in Windows-1252 and a Persian letter (پ چ گ, ڈ) in Windows-1256.
_ONLY_1256 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# Python also knows codecs that are no encoding of a file, or that take quadratic time (idna).
_READABLE = re.compile(r"ascii|utf-8|utf-8-sig|utf-16(-[lb]e)?|cp125\d|iso8859-\d+|koi8-[ru]")
_ROWS_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Format:
    """How to read the file. An XLSX workbook has neither encoding nor delimiter."""

    kind: Literal["csv", "xlsx"]
    encoding: str | None = None
    delimiter: str | None = None


def detect_format(
    sample: bytes, *, encoding: str | None = None, delimiter: str | None = None
) -> Format:
    """Return the format of a file from its first 64 KiB; what is given is not guessed.

    Raises TableError with reason EMPTY_FILE, NOT_A_TABLE or UNKNOWN_ENCODING.
    """
    sample = sample[:SAMPLE_BYTES]
    if not sample.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise TableError("The file is empty.", reason="EMPTY_FILE")
    if sample.startswith(b"PK\x03\x04"):
        return Format(kind="xlsx")
    if sample.startswith(_FOREIGN):
        raise TableError(
            "The file is neither CSV nor XLSX; an old .xls or a workbook with a password must be "
            "saved again as XLSX.",
            reason="NOT_A_TABLE",
        )
    encoding = _named_encoding(encoding, sample=sample) if encoding else detect_encoding(sample)
    text = decode_sample(sample, encoding=encoding)
    return Format(kind="csv", encoding=encoding, delimiter=delimiter or detect_delimiter(text))


def detect_encoding(sample: bytes) -> str:
    """Return the Python name of the encoding: utf-8(-sig), utf-16(-le/-be), cp1256 or cp1252.

    A byte order mark decides; then zero bytes, which only UTF-16 text has; then strict UTF-8, which
    text in a one-byte encoding hardly ever is by chance; then the score of `_is_arabic_1256`.
    """
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    # A stray one in UTF-8 is a mistake that the reader tells about.
    stray = sample.count(0) * 50 < len(sample)
    if b"\0" in sample and not (stray and _decodes(sample, encoding="utf-8")):
        return _utf16(sample)
    if _decodes(sample, encoding="utf-8"):
        return "utf-8"
    return "cp1256" if _is_arabic_1256(sample) else "cp1252"


def decode_sample(sample: bytes, *, encoding: str) -> str:
    """Return the text of a sample that may end in the middle of a character."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
    except UnicodeDecodeError as error:
        raise TableError(
            f"The file is not text in the encoding {encoding}.", reason="UNKNOWN_ENCODING"
        ) from error


def detect_delimiter(text: str) -> str:
    """Return the delimiter under which the most rows have as many columns as the header.

    Quotes are respected, the last record is left out because the sample may cut it, and a first
    line `sep=;`, as Excel writes it, decides. A table of one column counts as comma separated.
    """
    told = excel_separator(text)
    if told:
        return told
    scores = {delimiter: _score(text, delimiter=delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def excel_separator(line: str) -> str | None:
    """Return the delimiter of a line `sep=;`, or None when the line is not one."""
    match = _EXCEL_SEPARATOR.match(line)
    return match[1] if match else None


def _named_encoding(name: str, *, sample: bytes) -> str:
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        known = ""
    if not _READABLE.fullmatch(known):
        raise TableError("This encoding is not known.", reason="UNKNOWN_ENCODING")
    # The caller names the family; the mark, when there is one, must not end up in the header.
    marked = [name for mark, name in _BOMS if sample.startswith(mark)]
    return marked[0] if marked and marked[0][:5] == known[:5] else known


def _utf16(sample: bytes) -> str:
    """Tell the byte order from where the zero high bytes of ASCII characters stand.

    Even Arabic text has them: its spaces, delimiters, digits and line ends are ASCII.
    """
    high_first, high_second = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if high_second > high_first else "utf-16-be"
    if min(high_first, high_second) * 10 < max(high_first, high_second):
        text = sample[: len(sample) // 2 * 2]
        if _decodes(text, encoding=name) and "\0" not in text.decode(name, errors="ignore"):
            return name
    raise TableError("The file is not text.", reason="NOT_A_TABLE")


def _decodes(sample: bytes, *, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_arabic_1256(sample: bytes) -> bool:
    """Decide between Windows-1256 and Windows-1252 by what stands beside the bytes above ASCII.

    Arabic words consist of such bytes alone, two and more in a row; in the Latin languages an
    accented letter stands among ASCII letters. Each byte above ASCII votes by the word it is in; a
    single one standing alone (French `à`) does not. Bytes that Windows-1252 does not have decide
    at once. On samples of 64 bytes and more this was right more often than charset-normalizer,
    which answers with many encodings nobody sends here, and takes microseconds.
    """
    if _ONLY_1256.search(sample):
        return True
    arabic = latin = 0
    for word in _WORDS.findall(sample):
        if word.isascii():
            continue
        if any(byte < 0x80 for byte in word):
            latin += sum(byte >= 0x80 for byte in word)
        elif _HIGH_RUNS.fullmatch(word):
            arabic += len(word)
    return arabic > latin


def _score(text: str, *, delimiter: str) -> tuple[float, int]:
    """Return the share of rows as wide as the header in tenths, and the width.

    (0, 0) when the header is not split at all.
    """
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
            if len(widths) > _ROWS_COMPARED:
                break
    except csv.Error:
        pass  # a field too long under this delimiter: the rows so far speak
    complete = widths[:-1] if len(widths) > 1 else widths
    if not complete or complete[0] == 1:
        return (0.0, 0)
    same = Counter(complete)[complete[0]]
    return (round(same / len(complete), 1), complete[0])
