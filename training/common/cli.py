"""How a stage ends: 0, or 1 with one sentence on stderr."""

import shutil
import sys
from collections.abc import Callable
from typing import NoReturn

from service.errors import BoxOfficeError


def run(name: str, main: Callable[[], int]) -> NoReturn:
    """Exit with what main returns; an expected error becomes one sentence and exit code 1."""
    try:
        code = main()
    except (BoxOfficeError, OSError) as error:
        print(f"{name}: {sentence(error)}", file=sys.stderr)
        code = 1
    sys.exit(code)


def sentence(error: BoxOfficeError | OSError) -> str:
    """What an expected error says; of the operating system's, the file and the reason."""
    if isinstance(error, shutil.Error):  # of a folder that was copied: source, target, reason
        return f"{error.args[0][0][-1]}."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename2 or error.filename}: {error.strerror}."
    return str(error)
