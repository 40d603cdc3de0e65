"""The containers behind the load balancer: one of each service for an image, with a journal.

What they remember is on their stdout, and so in the log, as an owner has it who sets
BOX_OFFICE_JOURNAL.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from rehearsal.cloud.log import Log
from rehearsal.containers.container import Engine
from rehearsal.deployment import RPC
from rehearsal.image import instance
from rehearsal.sandbox import SERVICE

TOKEN = "a-token-of-this-rehearsal"  # who has it may tell outcomes
_MEMORY = {"BOX_OFFICE_JOURNAL": "stdout", "BOX_OFFICE_OUTCOMES_TOKEN": TOKEN}
_KINDS = {SERVICE: instance.rest, RPC: instance.rpc}


@dataclass
class Instances:
    """The addresses of what runs, by service and by the published name of its image."""

    engine: Engine
    log: Log
    stack: ExitStack
    addresses: dict[str, dict[str, str]] = field(default_factory=lambda: {n: {} for n in _KINDS})

    def start(self, published: str, image: str) -> None:
        """Run both services of an image until the end."""
        for service, kind in _KINDS.items():
            container = kind(image)
            container = replace(container, env={**container.env, **_MEMORY})
            running = self.stack.enter_context(container.running(self.engine))
            self.log.listen(running)
            self.addresses[service][published] = running.address


@contextmanager
def instances(engine: Engine, log: Log) -> Iterator[Instances]:
    """None yet; all that were started end with the block."""
    with ExitStack() as stack:
        yield Instances(engine, log, stack)
