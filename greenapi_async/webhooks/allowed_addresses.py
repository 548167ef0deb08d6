"""Where a request comes from, and whether it may.

The caller is whoever opened the connection. ``X-Forwarded-For`` is believed only as far as proxies that were named
have written it: each appends the address it was called from, so the list is read from its end until an address that
is no proxy's. What stands before that one anybody could have written.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from greenapi_async.errors import InvalidArgumentError

__all__ = ["UNIX", "WEBHOOK_ADDRESSES", "Address", "NetworkLike", "Networks", "address_of", "origin"]

Address: TypeAlias = IPv4Address | IPv6Address
NetworkLike: TypeAlias = str | IPv4Network | IPv6Network | IPv4Address | IPv6Address

WEBHOOK_ADDRESSES: tuple[str, ...] = (
    "46.101.109.139",
    "51.250.12.167",
    "51.250.84.44",
    "51.250.89.177",
    "51.250.94.65",
    "51.250.95.149",
    "64.226.125.75",
    "89.169.137.216",
    "158.160.49.84",
    "165.22.93.202",
    "167.172.162.71",
    "209.38.202.24",
)
"""Where webhooks come from: both lists of the manual, 1.3.4 "Webhook Endpoint" and 1.3.13 "Работа с вебхуками"."""
UNIX = "unix"
"""In ``trusted_proxies``: whoever calls over a Unix socket, and so has no address."""
MOST_PROXIES = 32
_MAPPED = IPv6Network("::ffff:0:0/96")
_WITH_PORT = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?|([^:\[\]]*):\d{1,5}")


class Networks:
    """Addresses that were named, one by one or as networks."""

    def __init__(self, name: str, networks: Iterable[NetworkLike]) -> None:
        if isinstance(networks, str):
            raise InvalidArgumentError(f"{name} is the string {networks!r}; a list of addresses or networks is needed")
        hosts: set[Address] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        self.has_unix = False
        for each in networks:
            if each == UNIX:
                self.has_unix = True
                continue
            network = _network(name, each)
            if network.num_addresses == 1:
                hosts.add(network.network_address)
            else:
                self._networks.append(network)
        self._hosts = frozenset(hosts)

    def __bool__(self) -> bool:
        return bool(self._hosts or self._networks or self.has_unix)

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return False
        return address in self._hosts or any(address in network for network in self._networks)


def origin(peer: str | None, forwarded: Iterable[bytes], proxies: Networks) -> Address | None:
    """Find who sent a request; None where that cannot be told.

    ``peer`` opened the connection, empty or None for a Unix socket; ``forwarded`` are the values of X-Forwarded-For.
    """
    caller = address_of(peer) if peer else None
    trusted = caller in proxies if peer else proxies.has_unix
    written = b",".join(forwarded).decode("latin-1")
    if not trusted or not written.strip():
        return caller
    for hop in reversed(written.rsplit(",", MOST_PROXIES)):
        caller = address_of(hop.strip())
        if caller not in proxies:
            return caller
    return caller


def address_of(words: str) -> Address | None:
    """Read an address, with or without a port; None where there is none."""
    with_port = _WITH_PORT.fullmatch(words)
    if with_port is not None:
        words = with_port[1] or with_port[2] or ""
    try:
        address = ip_address(words)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _network(name: str, given: NetworkLike) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(given)
    except (ValueError, TypeError):
        words = f"{name} has {given!r}; an address or a network is needed, as 192.0.2.1 or 192.0.2.0/24"
        raise InvalidArgumentError(words) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        inner = network.network_address.ipv4_mapped
        return IPv4Network((int(inner or 0), network.prefixlen - 96))
    return network
