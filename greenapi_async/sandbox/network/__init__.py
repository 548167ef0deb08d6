"""Network I/O of the sandbox: ASGI apps, long polls, webhook delivery, websockets, fault injection."""
