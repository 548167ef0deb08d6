"""Addresses of peers and proxies, as servers and headers write them."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

__all__ = ["Address", "parse_address"]

Address: TypeAlias = IPv4Address | IPv6Address

_CACHED_LENGTH: Final = 50
"""Longer texts are hardly addresses; the cache must not hold the long headers of an attacker."""
_WITH_PORT: Final = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?|([^:\[\]]*):\d{1,5}")


def parse_address(text: str) -> Address | None:
    """Parse an address with or without a port; return None for anything else.

    Args:
        text: The address; an IPv6 address with a port is in brackets.
    """
    return _parse_cached(text) if len(text) <= _CACHED_LENGTH else _parse(text)


def _parse(text: str) -> Address | None:
    with_port = _WITH_PORT.fullmatch(text)
    if with_port is not None:
        text = with_port[1] or with_port[2] or ""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


_parse_cached = lru_cache(maxsize=1024)(_parse)
