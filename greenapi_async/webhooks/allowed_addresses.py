"""Client address of a request, and the networks that may send requests.

The client is the peer of the connection. ``X-Forwarded-For`` is trusted only as far as trusted proxies wrote it: each
proxy appends the address of its peer, so the list is read from the end up to the first address that is not a trusted
proxy. Anything before that address can be forged.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias

from greenapi_async._internal.addresses import Address, parse_address
from greenapi_async.errors import InvalidArgumentError

__all__ = ["UNIX", "WEBHOOK_ADDRESSES", "NetworkLike", "NetworkSet", "client_address"]

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
"""Addresses from which the server sends webhooks.

Source: manual 1.3.4, "Webhook Endpoint", and 1.3.13, "Работа с вебхуками"; the union of both lists.
"""
UNIX = "unix"
"""Entry of ``trusted_proxies`` for a proxy that connects over a Unix socket and therefore has no address."""
MAX_PROXIES = 32
_IPV4_MAPPED = IPv6Network("::ffff:0:0/96")


class NetworkSet:
    """Set of addresses and networks, with fast lookup of single addresses."""

    def __init__(self, name: str, networks: Iterable[NetworkLike]) -> None:
        if isinstance(networks, str):
            raise InvalidArgumentError(
                f"{name} must be a list of addresses or networks, got the string {networks!r}. "
                f"Example: {name}=['192.0.2.1', '198.51.100.0/24']"
            )
        addresses: set[Address] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        self.has_unix = False
        for item in networks:
            if item == UNIX:
                self.has_unix = True
                continue
            network = _parse_network(name, item)
            if network.num_addresses == 1:
                addresses.add(network.network_address)
            else:
                self._networks.append(network)
        self._addresses = frozenset(addresses)

    def __bool__(self) -> bool:
        return bool(self._addresses or self._networks or self.has_unix)

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return False
        return address in self._addresses or any(address in network for network in self._networks)


def client_address(peer: str | None, forwarded: Sequence[bytes], proxies: NetworkSet) -> Address | None:
    """Determine the client's address.

    Args:
        peer: Address of the connection's peer; empty or None for a Unix socket.
        forwarded: Values of all ``X-Forwarded-For`` headers, in order.
        proxies: Trusted proxies.

    Returns:
        The address, or None if it cannot be determined.
    """
    address = parse_address(peer) if peer else None
    if not forwarded:
        return address
    is_trusted = address in proxies if peer else proxies.has_unix
    header = b",".join(forwarded).decode("latin-1")
    if not is_trusted or not header.strip():
        return address
    for hop in reversed(header.rsplit(",", MAX_PROXIES)):
        address = parse_address(hop.strip())
        if address not in proxies:
            return address
    return address


def _parse_network(name: str, value: NetworkLike) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(value)
    except (ValueError, TypeError):
        message = f"{name} must contain addresses or networks such as 192.0.2.1 or 192.0.2.0/24, got {value!r}"
        raise InvalidArgumentError(message) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((int(mapped or 0), network.prefixlen - 96))
    return network
