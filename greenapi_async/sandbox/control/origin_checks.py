"""Who may open the page and use the control API: the page itself, and programs; never another site's page.

A browser says where a request comes from (``Origin``, ``Sec-Fetch-Site``). A site whose name was made to lead here
(DNS rebinding) shows in ``Host``, which is why a sandbox on loopback answers to the names of loopback only.
"""

import re
from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")


def refusal(headers: Headers, path: str, hosts: Collection[str] | None) -> str | None:
    """Say why a request is refused, or None; without `hosts` any name will do."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if hosts is not None and _name(host) not in hosts:
        return f"the sandbox answers to {', '.join(sorted(hosts))} only, and was asked as {host or 'nobody'}"
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        return "the control API answers its own pages only"
    if path.startswith("/sandbox/") and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return "the control API answers its own pages only"
    return None


def _name(host: str) -> str | None:
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else None
