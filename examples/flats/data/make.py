"""Make data/flats/flats.csv: 3,000 flats whose price follows area, district and storey."""

from pathlib import Path

import numpy as np
import pandas as pd

COUNT, SEED = 3000, 11
DISTRICTS = {"Harbour": 1.3, "Old Town": 1.5, "Hill": 1.1, "Station": 0.8, "Fields": 0.7}


def flats() -> pd.DataFrame:
    """The table; a tenth of the storeys and of the districts is unknown."""
    random = np.random.default_rng(SEED)
    area = np.exp(random.normal(4.2, 0.4, COUNT)).round(1)
    storey = random.integers(1, 9, COUNT)
    district = random.choice(list(DISTRICTS), COUNT)
    level = np.array([DISTRICTS[name] for name in district]) * (1 + 0.02 * storey)
    price = 4000 * area * level * np.exp(random.normal(0, 0.2, COUNT))
    return pd.DataFrame(
        {
            "building": [f"Building {number}" for number in random.integers(0, 900, COUNT)],
            "area": area,
            "rooms": np.maximum(1, (area / 25).round()).astype(int),
            "storey": np.where(random.random(COUNT) < 0.1, 0, storey),
            "district": np.where(random.random(COUNT) < 0.1, "", district),
            "price": price.round(-2),
        }
    )


if __name__ == "__main__":
    folder = Path(__file__).parent / "flats"
    folder.mkdir(exist_ok=True)
    flats().to_csv(folder / "flats.csv", index=False, lineterminator="\n")
