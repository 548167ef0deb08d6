"""Who may open the page and use the control API: the page itself, and programs; never another site's page.

A browser says where a request comes from (``Origin``, ``Sec-Fetch-Site``). A site whose name was made to lead here
(DNS rebinding) shows in ``Host``, which is why a sandbox on loopback answers to the names of loopback only.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def refusal(headers: Headers, path: str, hosts: Collection[str] | None) -> str | None:
    """Say why a request is refused, or None; without `hosts` any name will do."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if hosts is not None and _name(host) not in hosts:
        return f"the sandbox answers to {', '.join(sorted(hosts))} only, and was asked as {host or 'nobody'}"
    if origin is not None and urlsplit(origin).netloc != host:
        return "the control API answers its own pages only"
    if path.startswith("/sandbox/") and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return "the control API answers its own pages only"
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
