"""Proxies of the environment."""

import urllib.request
from urllib.parse import urlsplit

__all__ = ["environment_proxy"]


def environment_proxy(url: str) -> str | None:
    """Return the proxy that the environment sets for a host."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    name = parts.scheme if parts.scheme in proxies else "all"
    proxy = proxies.get(name)
    host = parts.hostname or ""
    hosts = (host, f"{host}:{parts.port}") if parts.port else (host,)
    if not proxy or any(urllib.request.proxy_bypass(each) for each in hosts):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
