"""One issue on one matter: opened, updated and closed, never one a day."""

from collections.abc import Collection

from delivery.process import call, call_json
from delivery.propose import LONGEST


def find(titles: Collection[str], about: str) -> dict[str, str] | None:
    """The open issue with one of these titles, which all have the words `about` in them.

    Its number as text, and its title.
    """
    words = ("--state=open", f"--search={about} in:title", "--json=number,title", "--limit=50")
    issues = call_json("gh", "issue", "list", *words)
    found = [each for each in issues if each["title"] in titles]
    return {name: str(value) for name, value in found[0].items()} if found else None


def keep(there: dict[str, str] | None, title: str, body: str) -> str:
    """Update the issue that is there, or open one; returns what was done."""
    text = body[:LONGEST]
    if there:
        call("gh", "issue", "edit", there["number"], f"--title={title}", f"--body={text}")
        return f"issue {there['number']} is updated"
    url = call("gh", "issue", "create", f"--title={title}", f"--body={text}").strip()
    return f"{url} is opened"


def close(there: dict[str, str] | None, comment: str) -> str:
    """Close the issue, if there is one; returns what was done."""
    if not there:
        return "there is no issue, and none is needed"
    call("gh", "issue", "close", there["number"], f"--comment={comment}")
    return f"issue {there['number']} is closed"
