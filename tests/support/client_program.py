"""Run where the client alone is installed: asks what it reads, line by line as JSON.

python client_program.py URL SECONDS sync|async
"""

import asyncio
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

import box_office_client as client


def plain(answer: Any) -> Any:
    """An answer as JSON has it."""
    if isinstance(answer, list):
        return [plain(each) for each in answer]
    return asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else answer


def told(error: client.BoxOfficeError) -> dict[str, Any]:
    """An error: what it is, what it says, and what is wrong with which field."""
    details = [asdict(each) for each in getattr(error, "details", [])]
    return {"error": type(error).__name__, "words": str(error), "details": details}


async def main(url: str, seconds: str, kind: str) -> None:
    """Answer until there is nothing more to ask."""
    asker: Any = {"sync": client.Client, "async": client.AsyncClient}[kind](
        url, timeout=float(seconds)
    )
    for line in sys.stdin:
        method, arguments, options = json.loads(line)
        try:
            answer = getattr(asker, method)(*arguments, **options)
            said = plain(await answer if asyncio.iscoroutine(answer) else answer)
        except client.BoxOfficeError as error:
            said = told(error)
        print(json.dumps(said), flush=True)
    closing = asker.close()
    if closing is not None:
        await closing


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
