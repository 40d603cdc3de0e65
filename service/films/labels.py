"""Labels as they are compared: without regard to case and blanks, synonyms as one."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from service.films.fields import LABELS
from service.films.synonyms import NEAREST, SYNONYMS


def key(name: str, label: str) -> str:
    """What labels of a field that mean the same have in common."""
    words = _words(label)
    return _SAME[name].get(words, words)


def places(name: str, categories: Sequence[str]) -> Mapping[str, int]:
    """The places in the categories of a field that labels stand for, by their keys."""
    own = {key(name, label): place for place, label in enumerate(categories)}
    near = {key(name, label): key(name, other) for label, other in NEAREST.get(name, {}).items()}
    return {label: own[other] for label, other in near.items() if other in own} | own


def closest(label: str, categories: Sequence[str]) -> str | None:
    """The category that a misspelt label may mean, if one with its first letter is close."""
    words = _words(label)
    # Only these, because to compare two labels takes as long as half a forecast.
    alike = {_words(each): each for each in categories if _words(each)[:1] == words[:1]}
    return next((alike[close] for close in get_close_matches(words, alike, n=1)), None)


def _words(label: str) -> str:
    return " ".join(label.split()).casefold()


_SAME = {
    name: {_words(other): _words(label) for other, label in SYNONYMS.get(name, {}).items()}
    for name in LABELS
}
