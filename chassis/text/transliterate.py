"""A key under which the Latin and the Arabic or Persian spellings of one name meet.

The scheme is a skeleton of consonants, after the idea of the Arabic Soundex family (Aqeel, Beitzel,
Jensen, Grossman & Frieder, "On the Development of Name Search Techniques for Arabic", JASIST 57(6),
2006): what Arabic script leaves out, or writes with a letter that may also be a consonant, is left
out of the Latin spelling too. Unlike Soundex it keeps the whole word and more consonants apart.

1. The text takes its search form (`chassis.text.normalise`), which unifies the Arabic letters.
2. Letters doubled in writing count once (`Mohammad` = `Mohamad`, `عبدالله`).
3. A word that begins with a vowel, alef or ain begins with `a`; every other vowel, alef, ain, yeh
   and waw is dropped. `y` and `w` (also `v`) stay only where a word begins (`Yusuf`, `Vahid`).
4. Sounds that spellings mix become one letter:
       x  kh خ          c  sh ch ش چ      j  j zh dj ج ژ       k  k q g gh ck ک ق غ گ
       s  s th س ص ث    z  z dh ز ذ ض ظ   t  t ت ط             h  h ح ه
5. `h`, heh, hah and teh marbuta at the end of a word are dropped (`Fatemeh` = `Fatima` = `فاطمة`).
6. Articles and `abd` are written apart or together: `Abd al-Rahman`, `Abdul Rahman`,
   `Abdurrahman`, `عبد الرحمن` and `عبدالرحمن` are one word here.
7. A few spellings follow the spoken language and not the letters (`Gamal`, `Rida`): a short list.

So `Mohamed` and `محمد` are `mhmd`, `Hossein` and `حسین` are `hsn`, and so is `Hassan`: the key
finds candidates for a lower rank and is no proof that two names are the same.
"""

import re
from functools import lru_cache

from chassis.text.normalise import search_text

# Latin spellings of Egypt, the Levant and the Maghreb that follow speech (ج as g, ض as d, final
# letters swallowed), and words whose t+h or d+h are two letters. Each maps to the usual spelling.
_SPOKEN = {
    "rida": "reza", "reda": "reza", "ramadan": "ramazan", "riad": "riaz", "riyad": "riaz",
    "murtada": "morteza", "mortada": "morteza", "fadel": "fazel", "fadil": "fazel", "fadl": "fazl",
    "gamal": "jamal", "gamil": "jamil", "gamila": "jamila", "galal": "jalal", "magdi": "majdi",
    "magdy": "majdi", "maged": "majed", "naguib": "najib", "nagib": "najib", "ragab": "rajab",
    "farag": "faraj", "adham": "ad-ham", "fathi": "fat-hi", "fathy": "fat-hi", "fath": "fat",
    "fathollah": "fat-hollah", "fathalla": "fat-hollah", "thomas": "tomas",
    "eshagh": "es-hagh", "eshaq": "es-haq", "ishaq": "is-haq", "ishak": "is-hak",
}  # fmt: skip

_LATIN_PAIRS = {
    "kh": "x", "sh": "c", "ch": "c", "zh": "j", "dj": "j", "gh": "k", "ph": "f", "ck": "k",
    "th": "s", "dh": "z", "chr": "kr", "sch": "c", "tch": "c",
}  # fmt: skip
_LATIN = dict.fromkeys("aeiou", "") | {
    "y": "", "w": "", "v": "", "c": "k", "q": "k", "g": "k", "x": "ks", "-": "", "'": "",
}  # fmt: skip
_ARABIC = dict.fromkeys("اعيو", "") | {
    "ب": "b", "پ": "p", "ت": "t", "ط": "t", "ث": "s", "س": "s", "ص": "s", "ج": "j", "ژ": "j",
    "چ": "c", "ش": "c", "ح": "h", "ه": "h", "خ": "x", "د": "d", "ذ": "z", "ز": "z", "ض": "z",
    "ظ": "z", "ر": "r", "غ": "k", "ق": "k", "ك": "k", "گ": "k", "ف": "f", "ڤ": "", "ل": "l",
    "م": "m", "ن": "n",
}  # fmt: skip
_FIRST = dict.fromkeys("aeiouاع", "a") | {
    "y": "y", "ي": "y", "w": "w", "v": "w", "و": "w", "ڤ": "w",
}  # fmt: skip
_UNIT_KEYS = _LATIN_PAIRS | _LATIN | _ARABIC
_FINAL_H = "hهح"

_UNITS = re.compile(r"chr|sch|tch|kh|sh|ch|zh|dj|gh|ph|ck|th|dh|.", re.DOTALL)
_SOFT_C = re.compile(r"c(?=[eiy])")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_ABD_ASSIMILATED = re.compile(r"^abd[aeou](?=([rszdtn])\1)")
# `Mohammadhossein`, `Ahmadjavad`: two names written as one, not the letters dh and dj.
_COMPOUND = re.compile(r"((?:ham+|ahm)[aeiou]d)(?=[hj])")
# An article joins the word after it, and `abd` joins its article.
_ABD = re.compile(r"\b(abd|عبد)[ -](?=[aeu][lrszdtn][ -]|allah|ال)")
_ABD_WITH_ARTICLE = re.compile(r"\b(abd[aeou](?:l|([rszdtn])(?=[ -]\2)))[ -](?=\w)")
_ARTICLE = re.compile(r"\b([ae]l)[ -](?=\w)")
_WORD = re.compile(r"\w+")
_QUOTES = str.maketrans("", "", "'’‘`´")


def latin_key(text: str) -> str:
    """Return the key of each word of the text, joined by single spaces; empty for no words.

    Letters of other alphabets and digits stay as they are.
    """
    plain = search_text(text)
    if plain.isalnum():
        return _word_key(plain)
    if not plain.replace(" ", "").isalnum():
        plain = plain.translate(_QUOTES)
    if "abd" in plain or "عبد" in plain:
        plain = _ABD_WITH_ARTICLE.sub(r"\1", _ABD.sub(r"\1", plain))
    plain = _ARTICLE.sub(r"\1", plain)
    return " ".join([_word_key(word) for word in _WORD.findall(plain)])


@lru_cache(maxsize=32_768)
def _word_key(word: str) -> str:
    word = _SPOKEN.get(word, word)
    word = _ABD_ASSIMILATED.sub("abdl", word)
    word = _COMPOUND.sub(r"\1-", word)
    word = _DOUBLED.sub(r"\1", word)
    word = _SOFT_C.sub("s", word)
    # In `Sheikh` and `Farrokh` the h belongs to the letter before it.
    if word[-1] in _FINAL_H and len(word) > 1 and word[-2] not in "kscztgdp":
        word = word[:-1]
    first = _FIRST.get(word[0], "")
    units = _UNITS.findall(word, 1 if first else 0)
    return first + "".join([_UNIT_KEYS.get(unit, unit) for unit in units])
