"""The search form of a text: what the person typed and what is stored meet here.

The stored value itself is never rewritten; the search form is kept beside it under a trigram index.
It follows NFKC and Unicode case folding, and then unifies what people write interchangeably:

- Arabic letters: the alefs, the yehs (ي ی ى ئ), the kafs, the hehs and teh marbuta, the waws;
- hamza, harakat and every other mark on Arabic or Hebrew letters, and tatweel, are dropped;
- Latin, Greek and Cyrillic accents are dropped (`Müller` = `muller`), `ø ł æ` become `o l ae`;
- ZWNJ, ZWJ, bidi controls and other invisible format characters are dropped;
- the digits of every script become 0-9; white space becomes one space; what PostgreSQL cannot
  store (NUL, lone surrogates) becomes a space.
"""

import unicodedata

# Each letter on the left is written for the first letter on the right somewhere between Morocco
# and Afghanistan: by another keyboard, another school or another legacy encoding.
_UNIFIED = {
    "ا": "ٱٲٳ",
    "ي": "یىېۍێےؠؽؾؿ",
    "ك": "کڪ",
    "ه": "ةہھۃەۿ",
    "و": "ۄۅۆۇۈۉۊۋ",
    "": "ءٴـʾʿʼʻ",  # hamza alone, high hamza, tatweel; hamza and ain of learned transliterations
}
# Latin letters that Unicode does not take apart into a base letter and an accent.
_STROKED = {
    "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ð": "d", "þ": "th", "æ": "ae",
    "œ": "oe", "ŀ": "l", "ĸ": "k", "ŋ": "n", "ɵ": "o", "ƶ": "z",
}  # fmt: skip
_LETTERS = {variant: base for base, variants in _UNIFIED.items() for variant in variants} | _STROKED

# Marks of alphabets where a reader leaves them out. Marks elsewhere (Devanagari vowels, the
# dakuten of kana) are letters in all but name and stay.
_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F),
    (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E4), (0x06E7, 0x06E8), (0x06EA, 0x06ED),
    (0x0898, 0x089F), (0x08CA, 0x08E1), (0x08E3, 0x08FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF), (0xFB1E, 0xFB1E), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0x10EFD, 0x10EFF),
    (0xE0100, 0xE01EF),
)  # fmt: skip
_TABLE_LIMIT = 8192


def _fold(code: int) -> str:
    """Return the search form of one character: none, one or several characters."""
    category = unicodedata.category(chr(code))
    if category == "Cf":
        return ""
    if category in ("Cc", "Cs"):
        return " "
    taken_apart = unicodedata.normalize("NFKD", chr(code))
    folded = unicodedata.normalize("NFKD", taken_apart.casefold())
    return "".join(_base(character) for character in folded)


def _base(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character)[0] == "M":
        return "" if any(first <= code <= last for first, last in _MARKS) else character
    decimal = unicodedata.decimal(character, None)
    if decimal is not None:
        return str(decimal)
    return _LETTERS.get(character, character)


class _Table(dict[int, str]):
    """Fills itself as characters are met; bounded, so that no text can make it eat the memory."""

    def __missing__(self, code: int) -> str:
        folded = _fold(code)
        if len(self) < _TABLE_LIMIT:
            self[code] = folded
        return folded


_TABLE = _Table()
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")


def search_text(*parts: str | None) -> str:
    """Return the search form of the parts, joined by single spaces; empty when there is nothing.

    Applying it twice changes nothing. Parts that are None or blank leave no trace.
    """
    text = parts[0] or "" if len(parts) == 1 else " ".join([part for part in parts if part])
    if text.isascii():
        folded = text.lower()
        if not folded.isprintable():
            folded = folded.translate(_CONTROLS)
    else:
        folded = text.translate(_TABLE)
        # Accents are gone by now, so only Hangul, kana and Indic letters still need composing.
        if not folded.isascii() and not unicodedata.is_normalized("NFC", folded):
            folded = unicodedata.normalize("NFC", folded)
    return " ".join(folded.split())


def like_escape(text: str) -> str:
    r"""Return the text with `\`, `%` and `_` escaped by a backslash, PostgreSQL's own escape."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def like_pattern(query: str) -> tuple[str, ...]:
    """Return one LIKE pattern `%word%` for each word of the query, in its search form.

    A row is a hit when its search text is LIKE all of them, in whatever order it has the words.
    Words are given once each, longest first: the longest is the most selective under a trigram
    index. An empty query gives no pattern.
    """
    words = sorted(set(search_text(query).split()), key=lambda word: (-len(word), word))
    return tuple(f"%{like_escape(word)}%" for word in words)
