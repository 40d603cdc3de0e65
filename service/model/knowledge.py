"""What follows from which fields of a film are known, whatever their values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, fsum, prod

import numpy as np
from numpy.typing import NDArray

from service.films.features import FEATURES
from service.films.fields import FIELDS, known_at, reached
from service.films.schema import FLOOR, NOUN, Horizon
from service.model.manifest import Manifest, Unknown

Floats = NDArray[np.float64]

_BITS = 2.0 ** np.arange(len(FIELDS))
_ANCHORS = [feature.sources[0] for feature in reversed(FEATURES) if feature.anchor]
_POOR = (
    f"{'Neither ' * (len(_ANCHORS) > 1)}{' nor '.join(_ANCHORS)} is "
    f"{'not ' * (len(_ANCHORS) == 1)}known: this is little more than the forecast of a typical "
    f"{NOUN}."
)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The horizon that films reach, the fields that a forecast uses, and doubts about all of them.

    `shift` is what the unknown fields add to the logs, `width` what they multiply the distance of
    the bounds by. `floored` is whether it is known what the film is not below. Films of which the
    same fields are known share one, with its lists.
    """

    horizon: Horizon
    used: list[str]
    warnings: list[str]
    shift: float
    width: float
    floored: bool


class KnowledgeByFields(dict[float, Knowledge]):
    """The knowledge of a model's films, by the sum of the bits of the known fields.

    It is made for the first film that needs it, and kept for all others.
    """

    def __init__(self, manifest: Manifest) -> None:
        super().__init__()
        self._horizons = manifest.horizons

    def of(self, raw: Floats) -> list[Knowledge]:
        """The knowledge of each of n encoded films."""
        # What is unknown compares false, and a strange label is negative.
        return list(map(self.__getitem__, np.dot(raw >= 0, _BITS).tolist()))

    def __missing__(self, bits: float) -> Knowledge:
        """Make and keep the knowledge of these fields."""
        known = {name: True for place, name in enumerate(FIELDS) if int(bits) >> place & 1}
        horizon = reached(known, self._horizons)
        part = self._horizons[horizon]
        used = [name for name in known if name in part.fields or name == FLOOR]
        unknown = {name: effect for name, effect in part.unknown.items() if name not in known}
        made = Knowledge(
            horizon=horizon,
            used=used,
            warnings=[
                *([_POOR] if known.keys().isdisjoint(_ANCHORS) else []),
                *_late(known, horizon),
                *_missing({name: effect for name, effect in unknown.items() if effect.matters}),
            ],
            shift=fsum(effect.shift for effect in unknown.values()),
            width=prod((effect.width for effect in unknown.values()), start=1.0),
            floored=FLOOR in known,
        )
        return self.setdefault(bits, made)


def effects(knowledge: Sequence[Knowledge]) -> tuple[Floats | float, Floats | float]:
    """Shift and width of n films (n,), or one number each where they are the same for all."""
    if len({*knowledge}) == 1:
        return knowledge[0].shift, knowledge[0].width
    shifts = np.array([each.shift for each in knowledge])
    return shifts, np.array([each.width for each in knowledge])


def _late(known: Iterable[str], horizon: Horizon) -> list[str]:
    """What is said of fields that a forecast at this horizon is not made of."""
    late = [name for name in known if name not in known_at(horizon)]
    idle = [name for name in late if name != FLOOR]
    words = [f"A {horizon} forecast does not use {', '.join(idle)}."] if idle else []
    if FLOOR in late:
        words.append(f"A {horizon} forecast uses {FLOOR} as the least that it can be, alone.")
    return words


def _missing(unknown: Mapping[str, Unknown]) -> list[str]:
    """What it does to forecast and interval that fields are unknown, in one sentence for all."""
    effects = ", ".join(f"{name} ({_effect(effect)})" for name, effect in unknown.items())
    return [f"Unknown, and worth knowing: {effects}."] if effects else []


def _effect(effect: Unknown) -> str:
    wider = f"{effect.width - 1:.0%}"
    moves = f"moves a typical forecast by {exp(effect.moved) - 1:.0%}"
    return moves if wider == "0%" else f"{moves}; without it, the interval is {wider} wider in logs"
