"""Concurrent handlers over one inbox, and what a handler can wait for."""
