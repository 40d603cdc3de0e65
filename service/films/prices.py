"""What a dollar was worth: the price level by year, for budgets and openings of other decades."""

import numpy as np
from numpy.typing import NDArray

# US city average, all items, 1982-84 = 100, annual averages (Bureau of Labor Statistics, CPI-U).
_CPI = {
    1915: 10.1,
    1920: 20.0,
    1930: 16.7,
    1935: 13.7,
    1940: 14.0,
    1945: 18.0,
    1950: 24.1,
    1955: 26.8,
    1960: 29.6,
    1965: 31.5,
    1970: 38.8,
    1975: 53.8,
    1980: 82.4,
    1985: 107.6,
    1990: 130.7,
    1995: 152.4,
    2000: 172.2,
    2005: 195.3,
    2010: 218.1,
    2015: 237.0,
    2020: 258.8,
    2021: 271.0,
    2022: 292.7,
    2023: 304.7,
    2024: 313.7,
    2025: 321.5,  # January to September
}
NEWEST = max(_CPI)
_BASE = 2010
_YEARS = np.array(list(_CPI), dtype=np.float64)
_LOGS = np.log(np.array(list(_CPI.values())) / _CPI[_BASE])


def log_price_level(years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithm of prices in each year over those of 2010; 0 where the year is unknown.

    Years between those listed are interpolated, years outside take the nearest.
    """
    levels = np.interp(years, _YEARS, _LOGS)
    levels[np.isnan(levels)] = 0.0
    return levels
