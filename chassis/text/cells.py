"""Text as it stands in the cells of people's tables."""

import re

# Arabic-Indic and Persian digits, the Arabic decimal point and the thousands separators.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.", "٬, \u00a0\u202f")
_BETWEEN_WORDS = re.compile("[,;،؛|]")


def plain_number(cell: str) -> str:
    """A number with ASCII digits and without thousands separators, such as `1166.5`."""
    return cell.translate(_DIGITS)


def words(cell: str) -> list[str]:
    """The words of a cell, each once, in their order."""
    parts = (word.strip() for word in _BETWEEN_WORDS.split(cell))
    return list(dict.fromkeys(word for word in parts if word))
