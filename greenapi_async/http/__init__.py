"""HTTP: endpoints, the pure protocol, rate limiting, retries, and the transport, the only module that imports httpx."""
