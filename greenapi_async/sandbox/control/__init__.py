"""The control API under /sandbox/ and the page that uses it; the real server has neither."""
