"""Outputs of a workflow step, and the summary of its job.

Outside GitHub Actions, outputs are only printed and summaries are dropped.
"""

import os
from pathlib import Path


def output(name: str, value: str) -> None:
    """Print `name=value`, and set it as an output of the step."""
    print(f"{name}={value}")
    _append("GITHUB_OUTPUT", f"{name}={value}\n")


def summary(markdown: str) -> None:
    """Add Markdown to the summary of the job."""
    _append("GITHUB_STEP_SUMMARY", markdown.rstrip("\n") + "\n")


def _append(variable: str, text: str) -> None:
    if path := os.environ.get(variable):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
