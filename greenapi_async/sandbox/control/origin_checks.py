"""Protection of the page and the control API against requests from other sites (CSRF and DNS rebinding).

Browsers report the origin of a request in ``Origin`` and ``Sec-Fetch-Site``; programs send neither. DNS rebinding shows
in ``Host``, which is why a sandbox on loopback accepts loopback names only.
"""

import re
from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers

__all__ = ["LOOPBACK", "rejection_reason"]

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")


def rejection_reason(headers: Headers, path: str, hosts: Collection[str] | None) -> str | None:
    """Return why a request is rejected, or None if it is allowed.

    Args:
        headers: The headers of the request.
        path: Its path.
        hosts: The allowed host names; None allows any.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if hosts is not None and _name(host) not in hosts:
        return f"the sandbox accepts requests to {', '.join(sorted(hosts))} only, not to {host or 'an unnamed host'}"
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        return "the control API accepts requests from its own page only"
    if path.startswith("/sandbox/") and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return "the control API accepts requests from its own page only"
    return None


def _name(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else None
