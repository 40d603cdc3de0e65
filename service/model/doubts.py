"""The kinds of the warnings of a forecast, which are few, by words that each of a kind has."""

from functools import lru_cache

from service.films.features import KNOWN_TO
from service.films.schema import NOUN

# The first is the one whose sentences may have words of others in what they quote.
_WORDS = {
    "strange_label": "is unknown to the model and counts as not given",
    "in_millions": ": did you mean ",
    "out_of_range": "is outside the range seen in training",
    "unknown_fields": "Unknown, and worth knowing: ",
    "unused_fields": " forecast does not use ",
    "only_a_floor": " as the least that it can be, alone.",
    "typical": f"is little more than the forecast of a typical {NOUN}.",
}
_BEYOND = {words for _, words in KNOWN_TO.values()}
KINDS = (*_WORDS, "beyond_what_is_known", "other")


@lru_cache(1000)
def kind(warning: str) -> str:
    """One of KINDS."""
    if warning in _BEYOND:
        return "beyond_what_is_known"
    return next((kind for kind, words in _WORDS.items() if words in warning), "other")
