"""HTTP: endpoints, the pure protocol, rate limiting, retries, the transport, and ``library``, which imports httpx."""
