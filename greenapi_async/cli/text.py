"""What to type in another terminal, and how to write what others named."""

from datetime import datetime
from typing import Any

__all__ = ["access", "curl", "moment", "plain"]


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


def moment(seconds: float) -> str:
    """Write a time of today."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")


def plain(value: Any) -> str:
    """Write a name that came from elsewhere: short, and with nothing in it that a terminal obeys."""
    text = value if isinstance(value, str) else "unknown"
    return "".join(sign if sign.isprintable() else "?" for sign in text[:60])
