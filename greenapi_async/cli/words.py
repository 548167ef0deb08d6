"""What to type in another terminal."""

__all__ = ["access", "curl"]


def access(url: str, id_instance: int, token: str) -> str:
    """Give the variables that ``Client.from_env`` reads."""
    return (
        f"export GREENAPI_API_URL={url}\n"
        f"export GREENAPI_ID_INSTANCE={id_instance}\n"
        f"export GREENAPI_API_TOKEN_INSTANCE={token}"
    )


def curl(url: str, id_instance: int) -> str:
    """Give the commands that write as a contact and read what it received."""
    message = '{"chatId": "79001234568@c.us", "senderName": "Anna", "text": "Hello"}'
    return (
        f"curl {url}/sandbox/{id_instance}/messages -H 'Content-Type: application/json' -d '{message}'\n"
        f"curl {url}/sandbox/{id_instance}/chats/79001234568@c.us/messages"
    )
