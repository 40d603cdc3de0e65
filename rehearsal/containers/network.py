"""A network of this machine and one container, without a route to any other network."""

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_network

from delivery.process import call

# Reserved for tests of networks (RFC 2544), so that no machine has an address in it.
_BLOCK = ip_network("198.18.0.0/15")
_SIZE = 4


@dataclass(frozen=True)
class Network:
    """Four addresses of the block; two networks collide once in 32,768 times, with an error."""

    number: int = field(default_factory=lambda: secrets.randbelow(_BLOCK.num_addresses // _SIZE))

    @property
    def name(self) -> str:
        """Unique on this machine, and short enough for a network device."""
        return f"box-{self.number}"

    @property
    def subnet(self) -> str:
        """The subnet, for example 198.18.0.0/30."""
        return f"{self._address(0)}/30"

    @property
    def outside(self) -> str:
        """The address of this machine."""
        return str(self._address(1))

    @property
    def inside(self) -> str:
        """The address of the container."""
        return str(self._address(2))

    def _address(self, offset: int) -> IPv4Address:
        return IPv4Address(_BLOCK.network_address + self.number * _SIZE + offset)

    @contextmanager
    def namespace(self) -> Iterator[str]:
        """A network namespace with only the inside address and a loopback; gives its name.

        Processes that still run in it at the end are killed.
        """
        call("ip", "netns", "add", self.name)
        try:
            call("ip", "-batch", "-", stdin=self._outside())
            call("ip", "-netns", self.name, "-batch", "-", stdin=self._inside())
            yield self.name
        finally:
            for pid in call("ip", "netns", "pids", self.name).split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            call("ip", "netns", "delete", self.name)

    def _outside(self) -> str:
        return (
            f"link add {self.name} type veth peer name eth0 netns {self.name}\n"
            f"address add {self.outside}/30 dev {self.name}\n"
            f"link set {self.name} up\n"
        )

    def _inside(self) -> str:
        return f"address add {self.inside}/30 dev eth0\nlink set eth0 up\nlink set lo up\n"
