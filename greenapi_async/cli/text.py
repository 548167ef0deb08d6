"""Text for the terminal: commands to copy, times, and untrusted strings."""

from datetime import datetime
from typing import Any

__all__ = ["REMOTE_WARNING", "curl_examples", "environment_exports", "format_time", "printable"]

REMOTE_WARNING = (
    "Anyone who can reach the port can, without a password, read and write all chats, see the token, and make this "
    "machine send requests to any address (webhookUrl)."
)


def environment_exports(url: str, id_instance: int, token: str, messenger: str = "whatsapp") -> str:
    """Return shell commands that set the variables read by ``Client.from_env``.

    Args:
        url: Address of the sandbox.
        id_instance: Id of the instance.
        token: Token of the instance.
        messenger: Messenger of the instance; that of WhatsApp is not set.
    """
    kind = "" if messenger == "whatsapp" else f"\nexport GREENAPI_MESSENGER={messenger}"
    return (
        f"export GREENAPI_API_URL={url}\n"
        f"export GREENAPI_MEDIA_URL={url}\n"
        f"export GREENAPI_ID_INSTANCE={id_instance}\n"
        f"export GREENAPI_API_TOKEN_INSTANCE={token}{kind}"
    )


def curl_examples(url: str, id_instance: int) -> str:
    """Return shell commands that send a message as a contact and read the chat.

    Args:
        url: Address of the sandbox.
        id_instance: Id of the instance.
    """
    message = '{"chatId": "79001234568@c.us", "senderName": "Anna", "text": "Hello"}'
    return (
        f"curl {url}/sandbox/{id_instance}/messages -H 'Content-Type: application/json' -d '{message}'\n"
        f"curl {url}/sandbox/{id_instance}/chats/79001234568@c.us/messages"
    )


def format_time(seconds: float) -> str:
    """Format a Unix time as local time of day."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S")


def printable(value: Any) -> str:
    """Return an untrusted string, truncated and without control characters."""
    text = value if isinstance(value, str) else "unknown"
    return "".join(character if character.isprintable() else "?" for character in text[:60])
