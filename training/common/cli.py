"""How a stage ends: 0, or 1 with one sentence on stderr."""

import sys
from collections.abc import Callable
from typing import NoReturn

from service.errors import BoxOfficeError


def run(name: str, main: Callable[[], int]) -> NoReturn:
    """Exit with what main returns; an expected error becomes one sentence and exit code 1."""
    try:
        code = main()
    except BoxOfficeError as error:
        print(f"{name}: {error}", file=sys.stderr)
        code = 1
    sys.exit(code)
