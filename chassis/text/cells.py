"""Text as it stands in the cells of people's tables."""

import re

# Arabic-Indic and Persian digits, and the Arabic decimal point.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
_SEPARATORS = "[,٬ \u00a0\u202f]"
# `1,166.5` and the Indian `1,00,000`. Not `12,50`: 1250 would be a hundred times too much.
_GROUPED = re.compile(
    rf"[-+]?[0-9]{{1,3}}(?:{_SEPARATORS}[0-9]{{2,3}})*{_SEPARATORS}[0-9]{{3}}(?:\.[0-9]*)?"
)
_BETWEEN_WORDS = re.compile("[,;،؛|]")


def plain_number(cell: str) -> str:
    """A number with ASCII digits and without thousands separators, such as `1166.5`.

    What is no number stays as it is.
    """
    text = cell.translate(_DIGITS)
    return re.sub(_SEPARATORS, "", text) if _GROUPED.fullmatch(text) else text


def words(cell: str) -> list[str]:
    """The words of a cell, each once, in their order."""
    parts = (word.strip() for word in _BETWEEN_WORDS.split(cell))
    return list(dict.fromkeys(word for word in parts if word))
