"""Titles as two tables may spell them."""

import re
import unicodedata

ARTICLES = {"the", "a", "an"}


def spelling_key(title: str) -> str:
    """Return what spellings of a title share: no case, accents, punctuation, leading article."""
    letters = unicodedata.normalize("NFKD", title.casefold().replace("&", " and "))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[^\w\s]", "", re.sub(r"[-/:]", " ", plain)).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ARTICLES else words)
