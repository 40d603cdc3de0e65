"""params.yaml with the films that ship, whatever the project has come to learn from since."""

from delivery import sources
from tests.support.project import ROOT

SHIPPED = "data/open"


def learning_from(*listed: str) -> str:
    """The parameters of the project as text, with these sources and no others."""
    return sources.alone((ROOT / "params.yaml").read_text(), ", ".join(listed))
