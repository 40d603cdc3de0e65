"""The time as an argument: what a day looks like can be tried without waiting for it."""

import pandas as pd


def clock(text: str) -> pd.Timestamp:
    """A time such as 2026-11-26T03:00:00Z, UTC unless it says otherwise, or now."""
    time = pd.Timestamp.now(tz="UTC") if text == "now" else pd.Timestamp(text)
    if pd.isna(time):
        raise ValueError(f"{text!r} is no time")
    return time.tz_localize("UTC") if time.tzinfo is None else time.tz_convert("UTC")
