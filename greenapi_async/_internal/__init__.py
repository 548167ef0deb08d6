"""Concurrency on asyncio and trio, and imports on first use; any other package may import it."""
